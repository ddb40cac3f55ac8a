"""What the demo's owners do: commit, contribute through the gates, name where they are paid."""

from collections.abc import Sequence
from typing import Final

from workbench.client.bench import Bench
from workbench.client.contribution import Contribution
from workbench.client.doctor import has_module
from workbench.client.progress import Meter
from workbench.client.task import Task
from workbench.core.errors import WorkbenchError
from workbench.demo.scene import Row, Scene
from workbench.demo.screen import Screen

_ACCEPTED: Final = "accepted"


def can_claim() -> bool:
    """Return whether addresses on a chain can be made here: the extra ``chain`` is installed."""
    return has_module("eth_hash")


class Owners:
    """The owners of all scenes; what one of them has done already is not done again.

    Parameters
    ----------
    bench : on the demo's home.
    screen : where they tell of it.
    """

    def __init__(self, bench: Bench, screen: Screen) -> None:
        self._bench = bench
        self._screen = screen

    def contribute(self, scenes: Sequence[Scene]) -> None:
        """Let every owner sign and submit; the first one of each scene commits before.

        Raises
        ------
        WorkbenchError
            The gates do not accept one of them.
        """
        todo = [(scene, owner) for scene in scenes for owner in scene.owners]
        with Meter("contributions", self._bench.api.make_display) as meter:
            for done, (scene, owner) in enumerate(todo):
                meter.update("contributions", done, len(todo), f"{owner} to {scene.task}")
                self._contribute(scene, owner)
        self._screen.say(f"{len(todo)} contributions accepted")

    def name_addresses(self, scenes: Sequence[Scene]) -> None:
        """Let every owner sign for an address where a contract may pay it."""
        if not can_claim():
            self._screen.say(
                "No owner names an address on a chain: the extra chain is not installed. "
                "Next: pip install 'merit-workbench[chain]'"
            )
            return
        owners = list(dict.fromkeys(owner for scene in scenes for owner in scene.owners))
        for owner in owners:
            person = self._person(owner)
            if person.principal.address is None:
                person.set_address(sign=True)
        self._screen.say(f"{len(owners)} owners have signed for an address of their own key")

    def _person(self, owner: str) -> Bench:
        return self._bench.as_(f"demo-{owner}", owner=owner)

    def _contribute(self, scene: Scene, owner: str) -> None:
        task = self._person(owner).task(scene.task)
        known = task.contributions()
        if ((known["owner"] == owner) & (known["state"] == _ACCEPTED)).any():
            return
        rows = list(scene.owners[owner])
        if owner == next(iter(scene.owners)):
            record = task.commit(rows, sign=True)
            self._screen.say(
                f"{owner} commits to its file for {scene.task} before anybody sees it: "
                f"record {record.id[:12]}"
            )
        if owner in scene.held:
            given = self._masked(task, owner, [*rows, scene.held[owner]], scene.license)
        else:
            given = task.contribute(rows, license=scene.license, sign=True)
        if given.state != _ACCEPTED:
            raise WorkbenchError(
                f"{owner}'s contribution to {scene.task} is {given.state}",
                wanted="an accepted one",
                next_step=f"workbench contribution show {given.id}",
            )

    def _masked(
        self, task: Task, owner: str, rows: Sequence[Row], license_name: str
    ) -> Contribution:
        draft = task.contribute(list(rows), license=license_name)
        for found in draft.view.findings:
            if found.outcome == "held":
                self._screen.say(f"{owner} to {task.id}, held: {found.message}")
        self._screen.say(f"{owner} has that masked, and submits the new version")
        return draft.mask().submit(sign=True)
