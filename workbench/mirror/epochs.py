"""Epochs of a mirror: each follows from its study's seal, its task's rules and the log alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.ledger.epoch import UPHOLD, Dispute, EpochWindow
from workbench.ledger.payout import PayoutRule, Split, payout_postings, split_pool
from workbench.ledger.posting import Posting, hold_account, pool_account
from workbench.mirror.checks import instant, moment, record_of, same_rows
from workbench.mirror.contents import Contents, Event, Row
from workbench.mirror.manifest import corrupt
from workbench.mirror.people import People
from workbench.registry.task import LOWER_BOUND, TaskSpec

EXPIRY: Final = "expiry"
SETTLED: Final = "settled"
# The end of a window is seen by one reading of the clock and written by another.
_CLOCK: Final = timedelta(minutes=1)


_Take = Callable[[Event, dict[str, Any]], None]


class Movement(NamedTuple):
    """A ledger entry as a record asks for it.

    Attributes
    ----------
    kind, reason : why money moves, and the record that moves it.
    lines : source, destination and amount of each posting.
    """

    kind: str
    reason: str
    lines: tuple[tuple[str, str, int], ...]

    @classmethod
    def of(cls, kind: str, reason: str, postings: Iterable[Posting]) -> "Movement":
        """Return the movement of these postings."""
        lines = tuple((line.source, line.destination, line.amount) for line in postings)
        return cls(kind, reason, lines)


@dataclass
class _Epoch:
    """An epoch as it follows from the log, so far."""

    row: Row
    spec: TaskSpec
    sponsor: str
    split: Split
    units: Mapping[str, int]
    window: EpochWindow
    disputes: dict[str, Row] = field(default_factory=dict)
    resolutions: dict[str, Row] = field(default_factory=dict)

    def now(self) -> EpochWindow:
        """Return where it stands."""
        known = self.resolutions
        found = [
            Dispute(one, row["owner"], known[one]["decision"] if one in known else None)
            for one, row in self.disputes.items()
        ]
        return EpochWindow(self.window.name, self.window.final_at, found, self.window.settled)


@dataclass
class Epochs:
    """All epochs of a mirror, as they follow from its log.

    Attributes
    ----------
    contents : the mirror.
    people : who signs.
    """

    contents: Contents
    people: People
    _tasks: Mapping[str, Row] = field(default_factory=dict)
    _studies: Mapping[str, Row] = field(default_factory=dict)
    _asked: dict[str, Event] = field(default_factory=dict)
    _epochs: dict[str, _Epoch] = field(default_factory=dict)
    _disputed: dict[str, str] = field(default_factory=dict)
    _settlements: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, contents: Contents, people: People) -> "Epochs":
        """Return the epochs before the first entry of the log."""
        tasks = {row["id"]: row for row in contents.rows("task")}
        studies = {row["id"]: row for row in contents.rows("study")}
        return cls(contents, people, tasks, studies)

    def take(self, event: Event, envelope: Envelope) -> None:
        """Take in a record, if it is about epochs."""
        if take := self._takers().get(envelope.kind):
            take(event, envelope.body)

    def moved(self, event: Event, balances: Counter[str]) -> Movement | None:
        """Return what a ledger entry that closes or settles an epoch has to move.

        Parameters
        ----------
        balances : before it.
        """
        if event.id in self._asked:
            return self._closed(self._asked.pop(event.id), balances)
        identity, _, end = event.id.rpartition(":")
        if end == SETTLED and identity in self._epochs:
            return self._settled(event, self._epochs[identity])
        return None

    def check(self, contents: Contents) -> None:
        """Hold the tables against what follows from the log."""
        if self._asked:
            raise corrupt(f"the payout {min(self._asked)[:12]} moved nothing", "its entry")
        found = self._epochs.values()
        disputes = {name: row for one in found for name, row in one.disputes.items()}
        resolutions = {name: row for one in found for name, row in one.resolutions.items()}
        payouts = {
            f"{owner} in {name[:12]}": {"units": str(one.units[owner]), "amount": str(amount)}
            for name, one in self._epochs.items()
            for owner, amount in one.split.amounts.items()
        }
        rows = {name: one.row for name, one in self._epochs.items()}
        tables: dict[str, tuple[str, Callable[[Row], str], Mapping[str, Row]]] = {
            "epoch": ("the epoch", lambda row: str(row["id"]), rows),
            "payout": ("the payout", lambda row: f"{row['owner']} in {row['epoch'][:12]}", payouts),
            "dispute": ("the dispute", lambda row: str(row["id"]), disputes),
            "resolution": ("the decision on", lambda row: str(row["dispute"]), resolutions),
            "settlement": ("the settlement of", lambda row: str(row["epoch"]), self._settlements),
        }
        for table, (called, key, wanted) in tables.items():
            same_rows(contents, table, wanted, key, called)

    def _pay(self, event: Event, body: Row) -> None:
        task = self._tasks[body["task"]]
        self.people.signer_for(event, task["sponsor"], "treasurer")
        self._asked[event.id] = event

    def _closed(self, asked: Event, balances: Counter[str]) -> Movement:
        body = (asked.envelope or record_of(self.contents, "an epoch", asked.id)).body
        task = self._tasks[body["task"]]
        spec = TaskSpec.from_body(
            record_of(self.contents, f"the task {task['id']!r:.80}", task["record"], "task").body
        )
        units, low_units = self._values(body, spec)
        rule = PayoutRule(spec.minimum_gain_units, spec.pay_on == LOWER_BOUND, spec.owner_cap)
        source = pool_account(spec.id)
        split = split_pool(balances[source], units, rule, low_units=low_units)
        at, window = moment(asked.time), timedelta(seconds=spec.dispute_seconds)
        number = 1 + sum(one.spec.id == spec.id for one in self._epochs.values())
        final_at = at + window if window else None
        row = {
            "id": asked.id,
            "task": spec.id,
            "number": number,
            "study": body["study"],
            "pool": str(split.pool),
            "paid": str(split.paid),
            "returned": str(split.returned),
            "record": asked.id,
            "created_at": instant(at),
            "final_at": None if final_at is None else instant(final_at),
        }
        name = f"{spec.id}:{number}"
        found = _Epoch(row, spec, task["sponsor"], split, units, EpochWindow(name, final_at))
        self._epochs[asked.id] = found
        if window:
            held = Posting(source, hold_account(asked.id), split.pool)
            return Movement.of("hold", asked.id, [held])
        paid = payout_postings(source, found.sponsor, split.amounts, split.returned)
        return Movement.of("payout", asked.id, paid)

    def _values(self, body: Row, spec: TaskSpec) -> tuple[dict[str, int], dict[str, int]]:
        study = self._studies[body["study"]]
        what = f"the study {study['id'][:12]}"
        seal = record_of(self.contents, what, study["record"], "valuation").body
        if seal["task"] != spec.id:
            raise corrupt(f"{what} is of {seal['task']!r:.80}", f"a study of {spec.id}")
        units = {one["owner"]: int(one["units"]) for one in seal["values"]}
        low = {one["owner"]: int(one["low_units"]) for one in seal["values"] if "low_units" in one}
        return units, low

    def _settled(self, event: Event, epoch: _Epoch) -> Movement:
        name, hold = epoch.row["id"], hold_account(epoch.row["id"])
        outcome = epoch.now().due(moment(event.time) + _CLOCK)
        if outcome is None:
            raise corrupt(f"the epoch {name[:12]} is settled, and was not due", "its window first")
        epoch.window = EpochWindow(epoch.window.name, epoch.window.final_at, (), outcome)
        # When it was asked for is not in the log.
        row = {"epoch": name, "outcome": outcome, "entry": event.id}
        self._settlements[name] = row
        if outcome == "final":
            split = epoch.split
            paid = payout_postings(hold, epoch.sponsor, split.amounts, split.returned)
            return Movement.of("payout", name, paid)
        upheld = next(
            row["record"] for row in epoch.resolutions.values() if row["decision"] == UPHOLD
        )
        back = Posting(hold, pool_account(epoch.spec.id), epoch.split.pool)
        return Movement.of("void", upheld, [back])

    def _dispute(self, event: Event, body: Row) -> None:
        epoch = self._epochs[body["epoch"]]
        owner = self.people.signer(event).owner
        if owner != epoch.sponsor and owner not in epoch.units:
            raise corrupt(f"the dispute {event.id[:12]} is of {owner}, who was not valued")
        _allowed(event, lambda: epoch.now().check_dispute(owner, moment(event.time) - _CLOCK))
        row = {"id": event.id, "epoch": body["epoch"], "owner": owner, "reason": body["reason"]}
        epoch.disputes[event.id] = row
        self._disputed[event.id] = body["epoch"]

    def _decide(self, event: Event, body: Row) -> None:
        dispute = body["dispute"]
        epoch = self._epochs[self._disputed[dispute]]
        owner = self.people.signer(event).owner
        if owner != epoch.sponsor:
            self.people.signer(event, "treasurer")
        _allowed(event, lambda: epoch.now().check_decision(dispute, owner))
        row = {"dispute": dispute, "record": event.id, "owner": owner}
        row |= {name: body[name] for name in ("decision", "reason")}
        epoch.resolutions[dispute] = row

    def _takers(self) -> Mapping[str, _Take]:
        return {
            "payout": self._pay,
            "dispute": self._dispute,
            "resolution": self._decide,
        }


def _allowed(event: Event, check: Callable[[], None]) -> None:
    try:
        check()
    except WorkbenchError as error:
        raise corrupt(f"entry {event.seq} of the log was not to be: {error}") from error
