"""Each movement of a mirror's ledger is one that a signed record asks for, and no other."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.ledger.hold import Hold
from workbench.ledger.posting import (
    BOUNTIES,
    TREASURY,
    Posting,
    bounty_account,
    pool_account,
    user_account,
)
from workbench.mirror.checks import instant, moment, same, same_rows
from workbench.mirror.contents import Contents, Event, Row
from workbench.mirror.epochs import EXPIRY, Epochs, Movement
from workbench.mirror.manifest import corrupt
from workbench.mirror.people import People
from workbench.mirror.proposals import Proposals

_Take = Callable[[Event, dict[str, Any]], None]


@dataclass
class Money:
    """The ledger as it follows from records, and the tables that tell of it.

    Attributes
    ----------
    people : who signs.
    epochs : closings of tasks' books.
    proposals : models that were offered, and what merging them paid.
    sponsors : owner group by task.
    """

    people: People
    epochs: Epochs
    proposals: Proposals
    sponsors: Mapping[str, str]
    _balances: Counter[str] = field(default_factory=Counter)
    _due: dict[str, Movement] = field(default_factory=dict)
    _holds: dict[str, Row] = field(default_factory=dict)
    _asked: dict[str, Row] = field(default_factory=dict)
    _moves: dict[str, Row] = field(default_factory=dict)
    _limit: Event | None = None

    @classmethod
    def check(cls, contents: Contents, people: People) -> None:
        """Replay all that moves money, and hold the tables against what follows.

        Raises
        ------
        CorruptBundleError
            Something moved that nobody signed for, or a row says something else.
        """
        sponsors = {row["id"]: row["sponsor"] for row in contents.rows("task")}
        found = cls(people, Epochs.of(contents, people), Proposals(contents, people), sponsors)
        takers = found._takers()
        for event in contents.events:
            if event.envelope is None:
                found._move(event)
            elif event.envelope.kind == "treasury-limit":
                found._recorded(event, event.envelope)
            elif take := takers.get(event.envelope.kind):
                take(event, event.envelope.body)
            else:
                found.epochs.take(event, event.envelope)
                found.proposals.take(event, event.envelope)
        for identity in found._asked:
            # What nobody approved yet waits in its table.
            if identity not in found._moves and identity in found._due:
                found._wait(identity)
        if waiting := found._due.keys() - found._moves.keys():
            raise corrupt(f"the record {min(waiting)[:12]} moved nothing", "what it asks for")
        same_rows(contents, "hold", found._holds, _id, "the hold")
        same_rows(contents, "treasury_move", found._moves, _id, "the treasury's movement")
        found.epochs.check(contents)
        found.proposals.check()

    def _move(self, event: Event) -> None:
        entry = event.entry or {}
        what = f"the ledger entry {event.id[:80]!r}"
        hold, _, end = event.id.rpartition(":")
        if event.id in self._due:
            wanted = self._due.pop(event.id)
            self._within_limit(event)
        elif end == EXPIRY and hold in self._holds:
            wanted = self._expired(event, hold)
        elif found := self.epochs.moved(event, self._balances) or self.proposals.moved(event):
            wanted = found
        else:
            raise corrupt(f"{what} moves money, and no record asks for it")
        moved = tuple(
            (line["source"], line["destination"], int(line["amount"])) for line in entry["postings"]
        )
        shown = {"kind": (entry["kind"], wanted.kind), "reason": (entry["reason"], wanted.reason)}
        same(what, shown | {"postings": (moved, wanted.lines)})
        for source, destination, amount in moved:
            self._balances[source] -= amount
            self._balances[destination] += amount

    def _ask(self, event: Event, kind: str, postings: list[Posting]) -> None:
        self._due[event.id] = Movement.of(kind, event.id, postings)

    def _transfer(self, event: Event, body: Row) -> None:
        self.people.signer_for(event, body["source"])
        source, destination = user_account(body["source"]), user_account(body["destination"])
        self._ask(event, "transfer", [_posting(source, destination, body["amount"])])

    def _grant(self, event: Event, body: Row) -> None:
        self._treasury(event, "grant", user_account(body["owner"]), body)

    def _fund(self, event: Event, body: Row) -> None:
        self.people.signer_for(event, self.sponsors[body["task"]])
        is_bounty = body.get("for") == BOUNTIES
        account = bounty_account if is_bounty else pool_account
        self._treasury(event, "funding", account(body["task"]), body)

    def _treasury(self, event: Event, kind: str, destination: str, body: Row) -> None:
        proposer = self.people.signer(event, "treasurer").name
        self._ask(event, kind, [_posting(TREASURY, destination, body["amount"])])
        self._asked[event.id] = {
            "id": event.id,
            "kind": kind,
            "destination": destination,
            "amount": body["amount"],
            "proposed_by": proposer,
            "created_at": instant(moment(event.time)),
        }

    def _approve(self, event: Event, body: Row) -> None:
        proposed, approver = body["record"], self.people.signer(event, "treasurer").name
        what = f"the approval {event.id[:12]}"
        if proposed not in self._due or proposed not in self._asked:
            raise corrupt(f"{what} is of {proposed!r:.80}, which does not wait")
        if approver == self._asked[proposed]["proposed_by"]:
            raise corrupt(f"{what} is by {approver}, who proposed it", "a second person")
        self._wait(proposed)
        executed = {"state": "executed", "approved_by": approver, "approval": event.id}
        self._moves[proposed] |= executed

    def _recorded(self, event: Event, envelope: Envelope) -> None:
        """Take note of what one person might move out of the treasury from now on."""
        if envelope.author != self.epochs.contents.manifest.origin:
            raise corrupt(f"the limit {event.id[:12]} is signed by {envelope.author[:16]}…")
        before = self._limit.id if self._limit else None
        shown = {"limit before": (envelope.body["previous"], before)}
        same(f"the limit {event.id[:12]}", shown)
        self._limit = event

    def _within_limit(self, event: Event) -> None:
        if self._limit is None or self._limit.envelope is None or event.id not in self._asked:
            return
        limit, amount = _whole(self._limit.envelope.body["limit"]), self._asked[event.id]["amount"]
        if 0 < limit < _whole(amount) and event.id not in self._moves:
            raise corrupt(
                f"entry {event.seq} of the log moves {amount} µcr out of the treasury on one "
                "person's word",
                f"the word of two: the limit was {limit} µcr then",
            )

    def _wait(self, identity: str) -> None:
        waiting = {"state": "proposed", "approved_by": None, "approval": None}
        self._moves[identity] = self._asked[identity] | waiting

    def _hold(self, event: Event, body: Row) -> None:
        self.people.signer_for(event, body["payer"])
        row = {
            "id": event.id,
            "payer": body["payer"],
            "payee": body["payee"],
            "amount": body["amount"],
            "settled": "0",
            "state": "held",
            "closed_by": None,
            "expires_at": instant(moment(body["expires_at"])),
            "created_at": instant(moment(event.time)),
            "closed_at": None,
        }
        self._holds[event.id] = row
        held = _as_hold(row)
        self._ask(event, "hold", _allowed(event, lambda: held.opening(moment(event.time))))

    def _settle(self, event: Event, body: Row) -> None:
        taken = _whole(body["amount"])

        def move(held: Hold) -> list[Posting]:
            return held.settle(taken, moment(event.time))

        self._close(event, body, "settled", body["amount"], move)

    def _void(self, event: Event, body: Row) -> None:
        self._close(event, body, "void", "0", lambda held: held.void(moment(event.time)))

    def _close(
        self,
        event: Event,
        body: Row,
        state: str,
        settled: str,
        move: Callable[[Hold], list[Posting]],
    ) -> None:
        row = self._holds[body["hold"]]
        self.people.signer_for(event, row["payee"])
        held = _as_hold(row)
        kind = "void" if state == "void" else "settlement"
        self._ask(event, kind, _allowed(event, lambda: move(held)))
        row |= {"state": state, "settled": settled, "closed_by": event.id}
        row["closed_at"] = instant(moment(event.time))

    def _expired(self, event: Event, identity: str) -> Movement:
        row = self._holds[identity]
        held = _as_hold(row)
        postings = _allowed(event, lambda: held.expire(moment(event.time)))
        row |= {"state": "expired", "closed_at": instant(moment(event.time))}
        return Movement.of(EXPIRY, identity, postings)

    def _merge(self, event: Event, body: Row) -> None:
        self.proposals.merge(event, body, self._balances)

    def _takers(self) -> Mapping[str, _Take]:
        return {
            "transfer": self._transfer,
            "grant": self._grant,
            "funding": self._fund,
            "approval": self._approve,
            "hold": self._hold,
            "settlement": self._settle,
            "void": self._void,
            "merge": self._merge,
        }


def _allowed(event: Event, move: Callable[[], list[Posting]]) -> list[Posting]:
    try:
        return move()
    except WorkbenchError as error:
        raise corrupt(f"entry {event.seq} of the log was not to be: {error}") from error


def _posting(source: str, destination: str, amount: Any) -> Posting:
    return Posting(source, destination, _whole(amount))


def _whole(amount: Any) -> int:
    if not isinstance(amount, str) or not amount.isascii() or not amount.isdigit():
        raise ValueError(f"{amount!r:.40} is no amount")
    return int(amount)


def _as_hold(row: Row) -> Hold:
    names = {name: row[name] for name in ("id", "payer", "payee", "state")}
    return Hold(**names, amount=int(row["amount"]), expires_at=moment(row["expires_at"]))


def _id(row: Row) -> str:
    return str(row["id"])
