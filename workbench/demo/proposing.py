"""The demo goes on after the paid epoch: better models are merged and paid, bad ones refused."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from workbench.client.bench import Bench
from workbench.client.display import Column, Table
from workbench.client.epoch import Epoch
from workbench.client.proposal import ProposedModel
from workbench.client.run import Run
from workbench.core.credits import format_credits
from workbench.core.units import MICRO_PER_METRIC
from workbench.demo import nahuatl, tumour
from workbench.demo.challengers import leaked, moved_by_a_hair, tipped
from workbench.demo.owners import Owners
from workbench.demo.scene import Scene
from workbench.demo.screen import Screen

_BOUNTIES: Final = "500"
_BEING_JUDGED: Final = frozenset({"revealed", "checked"})
_MORE: Final = "has learnt one more variant, with larger steps"
_WITHOUT: Final = "leaves out the clinics whose rows took something away"


class Proposing:
    """The proposals of the demo; what was proposed, approved or merged before is not again.

    Parameters
    ----------
    bench : on the demo's home.
    sponsor : of the tasks.
    screen : where it is told.
    """

    def __init__(self, bench: Bench, sponsor: Bench, screen: Screen) -> None:
        self._bench = bench
        self._sponsor = sponsor
        self._screen = screen

    def go_on(self, scene: Scene, epoch: Epoch) -> None:
        """Let somebody take the champion's place, as the task allows.

        Parameters
        ----------
        scene : of the task.
        epoch : that was paid; whoever leaves data out goes by its values.
        """
        if scene.task == nahuatl.TASK:
            self._one_more_variant(scene)
        elif scene.task == tumour.TASK:
            self._without_what_harms(scene, epoch)

    def _one_more_variant(self, scene: Scene) -> None:
        [owner] = scene.newcomers
        reviewer = next(iter(scene.owners))
        with self._screen.step(f"{scene.task}: {owner} brings one more variant, and proposes"):
            Owners(self._bench, self._screen).contribute([scene.later])

            def model(person: Bench) -> Run:
                return person.train(scene.task, "thorough", **nahuatl.LARGER_STEPS)

            found = self._offered(scene, owner, _MORE, model)
            self._screen.say(difference(found))
        self._merge(scene, found, reviewer, "it writes every variant better")

    def _without_what_harms(self, scene: Scene, epoch: Epoch) -> None:
        proposer, reviewer, copier, leaker = list(scene.owners)[:4]
        helped = [row.owner for row in epoch.payouts if row.value > 0]
        with self._screen.step(f"{scene.task}: {proposer} proposes a model without what harms"):
            found = self._offered(
                scene, proposer, _WITHOUT, lambda person: person.train(scene.task, owners=helped)
            )
        with self._screen.step(f"{scene.task}: three bad proposals are refused"):
            with TemporaryDirectory() as name:
                folder = Path(name)
                bad = [
                    self._offered(
                        scene, copier, "a model of my own",
                        lambda person: moved_by_a_hair(person, found, folder),
                    ),
                    self._offered(
                        scene, leaker, "trained on rows that fit", lambda _: {},
                        data=lambda person: leaked(person.task(scene.task), scene, leaker),
                    ),
                    self._offered(
                        scene, reviewer, "sure of benign tumours",
                        lambda person: tipped(person, scene, reviewer, folder),
                    ),
                ]  # fmt: skip
            self._screen.say(refusals(bad))
        self._merge(scene, found, reviewer, "the clinics left out had wrong labels")

    def _merge(self, scene: Scene, found: ProposedModel, reviewer: str, reason: str) -> None:
        task = self._sponsor.task(scene.task)
        with self._screen.step(f"{scene.task}: {reviewer} reviews it, the sponsor merges and pays"):
            task.fund(_BOUNTIES, bounties=True, nonce=f"demo bounties {scene.task}", sign=True)
            if found.state == "evaluated" and found.view.approvals < found.view.approvals_wanted:
                found = self._person(reviewer).review(found, "approve", reason=reason, sign=True)
            if found.state == "evaluated":
                found = self._sponsor.merge(found, sign=True)
            self._screen.say(repr(found))
            for one in task.champions().to_dict("records"):
                self._screen.say(
                    f"champion {one['number']}: {one['model'][:12]} follows {one['base'][:12]}, "
                    f"better by {int(one['gain']) / MICRO_PER_METRIC:.4f} at least (95 %), paid "
                    f"{format_credits(one['bounty'])} credits"
                )

    def _offered(
        self,
        scene: Scene,
        owner: str,
        claim: str,
        model: Callable[[Bench], Run | Path | Mapping[str, Any]],
        data: Callable[[Bench], str] | None = None,
    ) -> ProposedModel:
        """Propose what a function makes, or return what was proposed with this claim before."""
        person = self._person(owner)
        known = person.proposals(scene.task)
        is_it = (known["owner"] == owner) & (known["claim"] == claim) & (known["state"] != "stale")
        if is_it.any():
            found = person.proposal(known["id"][is_it].iloc[-1])
            if found.state in _BEING_JUDGED and found.view.job is not None:
                person.job(found.view.job).wait()
                found = person.proposal(found.id)
        else:
            found = person.propose(
                model(person), task=scene.task, claim=claim, sign=True,
                contributions=None if data is None else [data(person)],
            )  # fmt: skip
        self._screen.say(f"{owner}: {found.state}{f' ({found.reason})' if found.reason else ''}")
        return found

    def _person(self, owner: str) -> Bench:
        return self._bench.as_(f"demo-{owner}", owner=owner)


def difference(found: ProposedModel) -> str:
    """Return in three lines how a challenger differs from the champion."""
    view = found.diff.view
    added = [f"{one.owner}, {one.n_rows:,} rows" for one in view.data if one.change == "added"]
    told = [
        f"{one.name} {one.champion or '—'} → {one.challenger or '—'}" for one in view.parameters
    ]
    lines = [
        f"data added: {'; '.join(added) or 'none'}",
        f"recipe: {'; '.join(told) or 'the same'}",
    ]
    if view.items_won is not None:
        lines.append(f"of the hidden items it wins {view.items_won}, loses {view.items_lost}")
    return "\n".join(lines)


def refusals(bad: list[ProposedModel]) -> str:
    """Return a table of what was refused and why."""
    rows = []
    for one in bad:
        said = one.view.verdicts[-1].found if one.view.verdicts else ""
        rows.append([one.view.owner, one.view.claim, one.reason or one.state, said])
    columns = [Column("owner"), Column("claims"), Column("refused"), Column("because")]
    return Table("", columns, rows).text()
