"""Laws that hold whatever people do, with real trainings, gates and money."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.integration.proposals.conftest import POOL, Place, make_hard_rows, settings_in
from workbench.core.errors import WorkbenchError
from workbench.core.wire import ProposalView
from workbench.training.tabular_model import TabularModel
from workbench.workflows.home import Home
from workbench.workflows.merge import champions_of
from workbench.workflows.proposals import list_champions, list_proposals

BUDGET = 4
N_MOVES = 14


def scaled(place: Place, folder: Path, model: str, by: float) -> str:
    """Return a model that is surer or less sure of the same answers."""
    known = TabularModel.load(place.home.blobs.path(model))
    moved = {
        name: array * by if name in {"coefficients", "intercepts"} else array
        for name, array in known.arrays.items()
    }
    return place.home.blobs.put_file(replace(known, arrays=moved).save(folder))[0]


@dataclass
class Walk:
    """People who propose, copy, approve, merge, merge again and roll back as chance has it."""

    place: Place
    folder: Path
    draw: random.Random
    copies: list[str] = field(default_factory=list)

    def propose(self) -> None:
        owners = self.draw.choice([["ben"], ["ana", "ben"], ["ana", "noise"]])
        strength = self.draw.choice([0.05, 0.3, 1.0, 7.0])
        model = self.place.train(*owners, inverse_regularisation=strength)
        self.place.propose("ben", weights=model, contributions=self.place.ids_of(*owners))

    def copy(self) -> None:
        model = self.draw.choice([one.model for one in self.proposals if one.model])
        # Under the same name or another: both are copies.
        by = self.draw.choice([1.0, 1 + 1e-9])
        copied = model if by == 1.0 else scaled(self.place, self.folder, str(model), by)
        found = self.place.propose("rita", weights=copied, contributions=self.place.ids_of("ben"))
        self.copies.append(found.id)

    def approve(self) -> None:
        self.place.say("ana", self.chosen, "approve", str(self.draw.random()))

    def merge(self) -> None:
        chosen = self.chosen
        merged = self.place.merge(chosen)
        before = self.money
        # Sent again, it moves nothing.
        assert self.place.merge(chosen) == merged
        assert self.money == before

    def roll_back(self) -> None:
        self.place.roll_back(self.chosen)

    @property
    def proposals(self) -> list[ProposalView]:
        return list_proposals(self.place.home, "clouds")

    @property
    def chosen(self) -> ProposalView:
        return self.draw.choice(self.proposals)

    @property
    def money(self) -> dict[str, int]:
        accounts = [f"user:{name}" for name in ("ana", "ben", "rita", "noise")]
        return {name: self.place.balance(name) for name in (*accounts, "bounty:clouds")}

    def check(self) -> None:
        """Check all laws at once."""
        proposals = {one.id: one for one in self.proposals}
        champions = list_champions(self.place.home, "clouds")
        read = self.place.home.database.read
        gates = [one for name in proposals for one in read("gate_of_proposal", {"proposal": name})]
        assert len(gates) <= BUDGET
        # Each merge was paid what its shares say, and all that was paid are these bounties.
        for one in champions:
            assert sum(map(int, one.bounties.values())) == int(one.bounty)
        paid = sum(amount for name, amount in self.money.items() if name.startswith("user:"))
        assert paid == sum(int(one.bounty) for one in champions)
        assert self.money["bounty:clouds"] == POOL - paid
        # Nobody merges twice, no copy ever, and nobody whom the gate refused.
        merged = [one.proposal for one in champions]
        assert len(set(merged)) == len(merged)
        assert not set(merged) & set(self.copies)
        assert self.money["user:rita"] == 0
        assert all(proposals[name].state == "merged" for name in merged)
        # Each follows the one before, and whoever goes on to another base is stale.
        rows = read("champions_of_task", {"task": "clouds"})
        standing = self.place.home.database.write(lambda tx: champions_of(tx, "clouds", rows))
        models = [standing.first, *(one.model for one in standing.merges)]
        assert [one.base for one in standing.merges] == models[:-1]
        if proposals:
            assert self.place.champion() == models[-1]
            alive = [one for one in proposals.values() if one.state in {"evaluated", "waiting"}]
            assert {one.base for one in alive} <= {models[-1]}


@pytest.mark.parametrize("seed", [1, 3])
def test_whatever_people_do_the_laws_hold(
    open_place: Callable[..., Place], tmp_path: Path, seed: int
) -> None:
    place = open_place(gate_budget=BUDGET)
    place.fund_bounties()
    walk = Walk(place, tmp_path, random.Random(seed))
    moves = [walk.propose, walk.copy, walk.approve, walk.merge, walk.roll_back]
    model = place.train("ana", "ben")
    good = place.propose("ben", weights=model, contributions=place.ids_of("ana", "ben"))
    place.say("ana", good, "approve")
    place.merge(good)
    walk.copy()
    for _ in range(N_MOVES):
        move = walk.draw.choices(moves, weights=[3, 2, 5, 5, 1])[0]
        with suppress(WorkbenchError):
            move()
        walk.check()
    # The walk has come somewhere: something merged, and a copy was refused.
    assert list_champions(place.home, "clouds")
    assert "copy" in {one.reason for one in walk.proposals if one.id in walk.copies}


@pytest.mark.parametrize("metric", ["log-likelihood", "accuracy"])
def test_a_challenger_equal_to_the_champion_never_merges(tmp_path: Path, metric: str) -> None:
    """As sure of every answer it is a copy; surer, it still has no more answers right."""
    place = Place(Home.open(settings_in(tmp_path)))
    try:
        place.open_for_proposals(metric=metric)
        for name in ("ben", "rita"):
            place.sign(name, "note", {})
        place.contribute("ben", make_hard_rows(150, 2))
        champion = place.train("ben")
        same = scaled(place, tmp_path, champion, 1 + 1e-9)
        copied = place.propose("rita", weights=same, base=champion)
        assert (copied.state, copied.reason) == ("rejected", "copy")
        if metric == "accuracy":
            surer = place.propose("rita", weights=scaled(place, tmp_path, champion, 1.5))
            [verdict] = surer.verdicts
            assert (surer.state, verdict.p, verdict.gain) == ("rejected", 1.0, "0")
        assert list_champions(place.home, "clouds") == []
    finally:
        place.home.close()
