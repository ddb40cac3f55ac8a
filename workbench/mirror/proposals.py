"""Proposals of a mirror: who offered what, who merged, and what that paid, from its log alone."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.ledger.bounty import bounty_of, split_bounty
from workbench.ledger.head import TreeHead
from workbench.ledger.payout import payout_postings
from workbench.ledger.posting import Posting, bounty_account, hold_account
from workbench.mirror.checks import instant, moment, record_of, same_rows
from workbench.mirror.contents import Contents, Event, Row
from workbench.mirror.epochs import SETTLED, Movement
from workbench.mirror.manifest import corrupt
from workbench.mirror.people import People
from workbench.registry.champion import Champions, Merge
from workbench.registry.merge_rules import MergeRules
from workbench.registry.proposal import Proposal, check_reveal
from workbench.registry.task import TaskSpec

# The end of a window is seen by one reading of the clock and written by another.
_CLOCK: Final = timedelta(minutes=1)
_DECIDED: Final[Mapping[str, frozenset[str]]] = {
    "passed": frozenset({"evaluated", "merged", "stale"}),
    "waiting": frozenset({"waiting", "stale"}),
    "rejected": frozenset({"rejected"}),
}
_UNDECIDED: Final = frozenset({"revealed", "checked", "stale"})
_Take = Callable[[Event, Row], None]


@dataclass
class _Offered:
    """A proposal as it follows from the log, so far."""

    proposal: Proposal
    event: Event
    verdict: Row | None = None
    said: dict[str, str] = field(default_factory=dict)


@dataclass
class _Merged:
    """A merge as it follows from the log, so far."""

    row: Row
    sponsor: str
    amounts: Mapping[str, int] = field(default_factory=dict)
    settled: Row | None = None
    rollback: Row | None = None


@dataclass
class Proposals:
    """All proposals of a mirror, as they follow from its log.

    Attributes
    ----------
    contents : the mirror.
    people : who signs.
    """

    contents: Contents
    people: People
    _offered: dict[str, _Offered] = field(default_factory=dict)
    _merged: dict[str, _Merged] = field(default_factory=dict)
    _champions: dict[str, Champions] = field(default_factory=dict)
    _due: dict[str, Movement] = field(default_factory=dict)
    _uses: dict[str, set[str]] = field(default_factory=dict)

    def take(self, event: Event, envelope: Envelope) -> None:
        """Take in a record, if it is about proposals."""
        takers: Mapping[str, _Take] = {
            "proposal": self._propose,
            "proposal-review": self._review,
            "rollback": self._roll_back,
        }
        if envelope.kind == "verdict" and envelope.author == self.contents.manifest.origin:
            self._judge(event, envelope.body)
        elif take := takers.get(envelope.kind):
            take(event, envelope.body)

    def merge(self, event: Event, body: Row, balances: Counter[str]) -> None:
        """Take in a merge.

        Parameters
        ----------
        balances : of accounts, before it.
        """
        task = self._task(body["task"])
        spec = self._spec(task)
        offered = self._offered[body["proposal"]]
        self.people.signer_for(event, task["sponsor"], "treasurer")
        what = f"the merge {event.id[:12]}"
        verdict = offered.verdict or {}
        if verdict.get("decision") != "passed":
            raise corrupt(f"{what} is of a proposal that did not pass its gate")
        self._check_approved(what, offered, spec.merge)
        asked = Merge(body["proposal"], body["base"], body["model"])
        known = (offered.proposal.base, verdict["model"])
        if (asked.base, asked.model) != known:
            raise corrupt(f"{what} is of other models", " after ".join(map(str, known)))
        before = self._champions.get(spec.id, Champions(asked.base))
        after, outcome = before.merge(asked)
        if outcome != "merged" or after == before:
            raise corrupt(f"{what} does not follow the champion")
        self._champions[spec.id] = after
        self._merged[event.id] = self._paid(event, task, spec, offered, int(verdict["gain"]), body,
                                            balances)  # fmt: skip

    def moved(self, event: Event) -> Movement | None:
        """Return what a ledger entry that pays or returns a bounty has to move."""
        if event.id in self._due:
            return self._due.pop(event.id)
        identity, _, end = event.id.rpartition(":")
        if end == SETTLED and identity in self._merged:
            return self._settled(event, self._merged[identity])
        return None

    def check(self) -> None:
        """Hold the tables against what follows from the log."""
        if self._due:
            raise corrupt(f"the record {min(self._due)[:12]} moved nothing", "its bounty")
        merged = self._merged.values()
        bounties = {
            f"{owner} for {one.row['id'][:12]}": {"amount": str(amount)}
            for one in merged
            for owner, amount in one.amounts.items()
        }
        tables: dict[str, tuple[str, Callable[[Row], str], Mapping[str, Row]]] = {
            "proposal": ("the proposal", lambda row: str(row["id"]), self._rows()),
            "champion": (
                "the champion",
                lambda row: str(row["id"]),
                {one.row["id"]: one.row for one in merged},
            ),
            "bounty": (
                "the bounty", lambda row: f"{row['owner']} for {row['champion'][:12]}", bounties
            ),
            "rollback": (
                "the rollback of",
                lambda row: str(row["champion"]),
                {one.row["id"]: one.rollback for one in merged if one.rollback},
            ),
            "bounty_settlement": (
                "the settlement of",
                lambda row: str(row["champion"]),
                {one.row["id"]: one.settled for one in merged if one.settled},
            ),
        }  # fmt: skip
        for table, (called, key, wanted) in tables.items():
            same_rows(self.contents, table, wanted, key, called)
        for row in self.contents.rows("proposal"):
            self._check_state(row)

    def _propose(self, event: Event, body: Row) -> None:
        proposal = Proposal.from_body(body["proposal"])
        what = f"the proposal {event.id[:12]}"
        self.people.signer_for(event, proposal.owner, "contributor")
        named = body["commitment"]
        committed = record_of(self.contents, f"the commitment of {what}", named, "commitment")
        if self.contents.records[named].seq > event.seq:
            raise corrupt(f"{what} was shown before its commitment")
        said = (committed.body["task"], committed.body["owner"])
        if said != (proposal.task, proposal.owner):
            raise corrupt(f"the commitment of {what} is of {said}")
        check_reveal(committed.body["digest"], body["salt"], proposal)
        self._offered[event.id] = _Offered(proposal, event)

    def _judge(self, event: Event, body: Row) -> None:
        offered = self._offered[body["proposal"]]
        what = f"the verdict {event.id[:12]}"
        if body["head"] is not None:
            head = TreeHead.of_envelope(body["head"], self.contents.manifest.origin)
            if head.size <= offered.event.seq:
                raise corrupt(f"{what} draws from a head of before the proposal was shown")
        elif body["conditions"]:
            raise corrupt(f"{what} measured something, and draws from no head")
        decided = offered.verdict and offered.verdict["decision"]
        if decided not in {None, "waiting"}:
            raise corrupt(f"{what} is of a proposal that is {decided} already")
        if body["hidden_sha256"] is not None:
            uses = self._uses.setdefault(body["hidden_sha256"], set())
            spec = self._spec(self._task(offered.proposal.task))
            is_new = body["proposal"] not in uses
            uses.add(body["proposal"])
            if is_new and len(uses) > spec.merge.gate_budget:
                raise corrupt(
                    f"{what} is use {len(uses)} of its hidden test", "no more than agreed"
                )
        offered.verdict = body

    def _review(self, event: Event, body: Row) -> None:
        offered = self._offered[body["proposal"]]
        if body["decision"] == "comment":
            self.people.signer(event)
            return
        owner = self.people.signer(event, "reviewer").owner
        if owner == offered.proposal.owner:
            raise corrupt(f"the review {event.id[:12]} is by {owner!r:.80}, who proposes")
        offered.said[owner] = body["decision"]

    def _roll_back(self, event: Event, body: Row) -> None:
        merged = self._merged[body["merge"]]
        self.people.signer_for(event, merged.sponsor, "treasurer")
        task = merged.row["task"]
        before = self._champions[task]
        after = _allowed(event, lambda: before.roll_back(body["proposal"]))
        if merged.row["proposal"] != body["proposal"] or after == before:
            raise corrupt(f"the rollback {event.id[:12]} is of another merge, or of one before")
        self._champions[task] = after
        merged.rollback = {
            "champion": merged.row["id"],
            "record": event.id,
            "reason": body["reason"],
            "created_at": instant(moment(event.time)),
        }

    def _paid(
        self, event: Event, task: Row, spec: TaskSpec, offered: _Offered, gain: int, body: Row,
        balances: Counter[str],
    ) -> _Merged:  # fmt: skip
        source = bounty_account(spec.id)
        bounty = bounty_of(gain, spec.merge.bounty_price, balances[source])
        amounts = split_bounty(bounty, offered.proposal.by_owner)
        at, window = moment(event.time), timedelta(seconds=spec.dispute_seconds)
        row = {
            "id": event.id,
            "task": spec.id,
            "number": 1 + sum(one.row["task"] == spec.id for one in self._merged.values()),
            "proposal": body["proposal"],
            "base": body["base"],
            "model": body["model"],
            "gain": str(gain),
            "bounty": str(bounty),
            "created_at": instant(at),
            "final_at": instant(at + window) if window else None,
        }
        if bounty and window:
            held = Posting(source, hold_account(event.id), bounty)
            self._due[event.id] = Movement.of("hold", event.id, [held])
        elif bounty:
            postings = payout_postings(source, task["sponsor"], amounts, 0)
            self._due[event.id] = Movement.of("bounty", event.id, postings)
        return _Merged(row, task["sponsor"], amounts)

    def _settled(self, event: Event, merged: _Merged) -> Movement:
        row, what = merged.row, f"the bounty of {merged.row['id'][:12]}"
        hold, bounty = hold_account(row["id"]), int(row["bounty"])
        if merged.settled is not None or row["final_at"] is None or not bounty:
            raise corrupt(f"{what} is settled, and nothing of it is held")
        is_void = merged.rollback is not None
        if not is_void and moment(event.time) + _CLOCK < moment(row["final_at"]):
            raise corrupt(f"{what} is paid, and was not due", "its window first")
        merged.settled = {
            "champion": row["id"],
            "outcome": "void" if is_void else "final",
            "entry": event.id,
        }
        if merged.rollback is not None:
            back = Posting(hold, bounty_account(row["task"]), bounty)
            return Movement.of("void", merged.rollback["record"], [back])
        postings = payout_postings(hold, merged.sponsor, merged.amounts, 0)
        return Movement.of("bounty", row["id"], postings)

    def _check_approved(self, what: str, offered: _Offered, rules: MergeRules) -> None:
        said = list(offered.said.values())
        if "request-changes" in said or said.count("approve") < rules.approvals:
            raise corrupt(f"{what} was not approved", f"{rules.approvals} approvals, no objection")

    def _rows(self) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for identity, offered in self._offered.items():
            envelope = offered.event.envelope
            body = offered.proposal.to_body()
            rows[identity] = {
                "id": identity,
                "task": body["task"],
                "owner": body["owner"],
                "base": body["base"],
                "commitment": envelope and envelope.body["commitment"],
                "created_at": instant(moment(offered.event.time)),
            }
        return rows

    def _check_state(self, row: Row) -> None:
        offered = self._offered[row["id"]]
        what = f"the proposal {row['id'][:12]}"
        if json.loads(row["body"]) != offered.proposal.to_body():
            raise corrupt(f"{what} shows another body", "what was signed")
        is_merged = any(one.row["proposal"] == row["id"] for one in self._merged.values())
        decision = offered.verdict["decision"] if offered.verdict else None
        allowed = _DECIDED[decision] if decision else _UNDECIDED
        if row["state"] not in allowed or (row["state"] == "merged") != is_merged:
            raise corrupt(f"{what} is shown as {row['state']!r:.40}", "what its records say")

    def _task(self, name: str) -> Row:
        return next(row for row in self.contents.rows("task") if row["id"] == name)

    def _spec(self, task: Row) -> TaskSpec:
        what = f"the task {task['id']!r:.80}"
        return TaskSpec.from_body(record_of(self.contents, what, task["record"], "task").body)


def _allowed(event: Event, move: Callable[[], Any]) -> Any:
    try:
        return move()
    except WorkbenchError as error:
        raise corrupt(f"entry {event.seq} of the log was not to be: {error}") from error
