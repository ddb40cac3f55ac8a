"""A home with a task that takes proposals, and people who make them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.workflows.conftest import Lab
from workbench.core.commitment import make_salt
from workbench.core.settings import Settings
from workbench.core.wire import ProposalView, TrainRequest
from workbench.registry.proposal import Proposal, proposal_digest
from workbench.workflows import commit, merge, proposal_review, propose, rollback, tasks, train
from workbench.workflows.home import Home
from workbench.workflows.proposals import get_proposal

N_HIDDEN = 120
PRICE = 1_000
POOL = 10_000_000_000
# Whoever has few rows is far from what can be learnt; whoever has the rest is near.
RULES = {"tau": 500_000, "bounty_price": str(PRICE), "gate_budget": 6}


def make_hard_rows(n_rows: int, seed: int, *, noisy: float = 0.0) -> bytes:
    """Return rows that take many to learn; noise turns labels round."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n_rows)
    points = rng.normal(size=(n_rows, 2)) + 1.6 * labels[:, None]
    shown = np.where(rng.random(n_rows) < noisy, 1 - labels, labels)
    names = np.array(["low", "high"])[shown]
    lines = [
        json.dumps({"features": [float(x) for x in point], "label": str(name)}, sort_keys=True)
        for point, name in zip(points.round(6), names, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


@dataclass
class Place(Lab):
    """A lab whose people propose models."""

    salts: dict[str, str] = field(default_factory=dict)

    def open_for_proposals(self, task_id: str = "clouds", **changes: Any) -> None:
        hidden, _ = self.home.blobs.put([make_hard_rows(N_HIDDEN, 99)])
        rules = RULES | changes.pop("merge", {})
        self.open_task(task_id, hidden_test_sha256=hidden, merge=rules, **changes)

    def fund_bounties(self, amount: int = POOL, task_id: str = "clouds") -> None:
        body = {"task": task_id, "amount": str(amount), "nonce": "bounty", "for": "bounties"}
        tasks.fund_task(self.home, task_id, self.sign("sponsor", "funding", body))

    def train(self, *owners: str, task_id: str = "clouds", **parameters: Any) -> str:
        """Train on the rows of some owners, and return the model's digest."""
        request = TrainRequest(owners=list(owners), parameters=parameters)
        return str(self.wait(train.start(self.home, task_id, request))["model"])

    def ids_of(self, *owners: str, task_id: str = "clouds") -> list[str]:
        rows = self.home.database.read("accepted_contributions", {"task": task_id})
        return sorted(row["id"] for row in rows if row["owner"] in owners)

    def base_of(self, weights: str | None, task_id: str) -> str | None:
        """Return whom a proposal has to follow: until there is one, the best other model."""
        asked = {"task": task_id, "model": weights}
        if self.home.database.read("proposals", {"task": task_id}):
            return self.champion(task_id)
        found: str | None = self.home.database.read("best_model_but", asked)[0]["model"]
        return found

    def body(self, owner: str, **changes: Any) -> dict[str, Any]:
        """Return a proposal's body."""
        usual = {
            "task": "clouds",
            "owner": owner,
            "base": self.base_of(changes.get("weights"), changes.get("task", "clouds")),
            "recipe": None,
            "weights": None,
            "contributions": [],
            "shares": [{"role": "author", "owner": owner, "part": "1"}],
            "claim": "it knows more",
        }
        return usual | changes

    def commit_to(self, owner: str, body: dict[str, Any]) -> dict[str, Any]:
        """Commit to a proposal and return the body of its reveal."""
        salt = make_salt()
        proposal = Proposal.from_body(body)
        digest = proposal_digest(salt, proposal)
        signed = self.sign(
            owner, "commitment", {"task": body["task"], "owner": owner, "digest": digest}
        )
        view = commit.commit(self.home, body["task"], signed)
        return {"commitment": view.id, "salt": salt, "proposal": proposal.to_body()}

    def reveal(self, owner: str, revealed: dict[str, Any]) -> ProposalView:
        signed = self.sign(owner, "proposal", revealed)
        return propose.propose(self.home, revealed["proposal"]["task"], signed)

    def propose(self, owner: str, **changes: Any) -> ProposalView:
        """Commit, reveal, and wait until the proposal is judged."""
        found = self.reveal(owner, self.commit_to(owner, self.body(owner, **changes)))
        return self.judged(found)

    def judged(self, found: ProposalView) -> ProposalView:
        assert found.job is not None
        self.wait(self.home.jobs.get(found.job))
        return self.again(found)

    def again(self, found: ProposalView) -> ProposalView:
        return get_proposal(self.home, found.id)

    def say(
        self, name: str, found: ProposalView, decision: str, text: str = "well done"
    ) -> ProposalView:
        body = {"proposal": found.id, "decision": decision, "text": text, "nonce": text}
        signed = self.sign(name, "proposal-review", body)
        return proposal_review.review_proposal(self.home, found.id, signed)

    def merge_record(self, found: ProposalView, name: str = "sponsor") -> dict[str, Any]:
        body = {"task": found.task, "proposal": found.id, "base": found.base, "model": found.model}
        return self.sign(name, "merge", body)

    def merge(self, found: ProposalView, name: str = "sponsor") -> ProposalView:
        return merge.merge(self.home, found.id, self.merge_record(found, name))

    def roll_back(
        self, found: ProposalView, reason: str = "it was wrong", name: str = "sponsor"
    ) -> ProposalView:
        merged = self.again(found).merge
        body = {"proposal": found.id, "merge": merged.id if merged else "", "reason": reason}
        return rollback.rollback(self.home, found.id, self.sign(name, "rollback", body))

    def balance(self, account: str) -> int:
        return int(self.home.database.read("balance_of", {"account": account})[0]["amount"])

    def champion(self, task_id: str = "clouds") -> str | None:
        return tasks.get_task(self.home, task_id).champion


def settings_in(folder: Path, **changes: Any) -> Settings:
    return Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1, **changes,
    )  # fmt: skip


def fill(
    place: Place, *, dispute_seconds: int = 0, gate_test_sha256: str = "", **rules: Any
) -> None:
    """Open the task, and let people contribute: few rows, many, and misleading ones."""
    place.open_for_proposals(
        merge=rules, dispute_seconds=dispute_seconds, gate_test_sha256=gate_test_sha256
    )
    for name in ("ana", "ben", "noise", "rita"):
        # Everybody has joined: shares name owner groups of the home.
        place.sign(name, "note", {})
    place.contribute("ana", make_hard_rows(40, 1, noisy=0.4))
    place.contribute("ben", make_hard_rows(150, 2))
    place.contribute("noise", make_hard_rows(60, 3, noisy=0.9))


@pytest.fixture
def open_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Return a function that opens a home with the task, its rows and a poor champion."""
    opened: list[Home] = []

    def make(*, dispute_seconds: int = 0, **rules: Any) -> Place:
        place = Place(Home.open(settings_in(tmp_path / str(len(opened)))))
        opened.append(place.home)
        fill(place, dispute_seconds=dispute_seconds, **rules)
        place.train("ana")
        return place

    yield make
    for home in opened:
        home.close()


@pytest.fixture
def place(open_place: Callable[..., Place]) -> Place:
    """Return an open home with the task, its rows and a champion that has learnt little."""
    return open_place()
