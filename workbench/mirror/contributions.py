"""Contributions of a mirror: consents, commitments, reviews, withdrawals, and whose a row is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from workbench.core.canonical import sha256_hex
from workbench.core.commitment import commitment_digest
from workbench.core.consent import consent_words
from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.mirror.checks import record_of, rows_by, same, same_rows
from workbench.mirror.contents import Contents, Event, Row
from workbench.mirror.manifest import blob_name, corrupt
from workbench.mirror.people import People
from workbench.registry.contribution import move

_NAMES: Final = ("task", "owner", "file_sha256", "rows_sha256", "license")
_ACCEPTED: Final = "accepted"
_OF_GATES: Final = frozenset({_ACCEPTED, "quarantined", "refused"})
_DECIDED: Final[Mapping[str, str]] = MappingProxyType({"accept": _ACCEPTED, "refuse": "refused"})


_Take = Callable[[Event, Envelope], None]


@dataclass
class Contributions:
    """What became of each contribution, as its records say.

    Attributes
    ----------
    contents : the mirror.
    people : who signs.
    rows : of the table, by id.
    reviewed, withdrawn : the records of those that were, by contribution.
    counted : the newest record of which rows count, by contribution.
    """

    contents: Contents
    people: People
    rows: Mapping[str, Row]
    reviewed: dict[str, Event] = field(default_factory=dict)
    withdrawn: dict[str, Event] = field(default_factory=dict)
    counted: dict[str, Event] = field(default_factory=dict)

    @classmethod
    def check(cls, contents: Contents, people: People) -> None:
        """Hold each contribution, its rows and whose they are against what was signed.

        Raises
        ------
        CorruptBundleError
            A row says something else, or a record is of somebody who had no right to it.
        """
        found = cls(contents, people, {row["id"]: row for row in contents.rows("contribution")})
        takers = found._takers()
        for event in contents.events:
            if event.envelope and (take := takers.get(event.envelope.kind)):
                take(event, event.envelope)
        digests = rows_by(contents.rows("contribution_row"), "contribution")
        for row in found.rows.values():
            found._contribution(row)
            found._state(row)
            found._counts(row, len(digests[row["id"]]))
        for row in contents.rows("contribution_row"):
            found._row(row)
        found._displaced(digests)

    def _review(self, event: Event, envelope: Envelope) -> None:
        row = self._known(event, envelope)
        if self.people.signer(event, "reviewer").owner == row["owner"]:
            raise corrupt(
                f"the review {event.id[:12]} is by {row['owner']!r:.80}, whose rows it is of"
            )
        if row["id"] in self.reviewed or row["id"] in self.withdrawn:
            raise corrupt(f"the review {event.id[:12]} is of what waits no more")
        self.reviewed[row["id"]] = event

    def _withdraw(self, event: Event, envelope: Envelope) -> None:
        row = self._known(event, envelope)
        self.people.signer_for(event, row["owner"])
        what = f"the withdrawal {event.id[:12]}"
        same(what, {"file": (row["file_sha256"], envelope.body["file_sha256"])})
        self.withdrawn[row["id"]] = event

    def _count(self, event: Event, envelope: Envelope) -> None:
        if envelope.author != self.contents.manifest.origin:
            # It came with somebody else's run.
            return
        row = self._known(event, envelope)
        before = self.counted.get(row["id"])
        same(
            f"the count {event.id[:12]}",
            {
                "task": (row["task"], envelope.body["task"]),
                "owner": (row["owner"], envelope.body["owner"]),
                "record before": (before and before.id, envelope.body["previous"]),
            },
        )
        self.counted[row["id"]] = event

    def _commit(self, event: Event, envelope: Envelope) -> None:
        self.people.signer_for(event, envelope.body["owner"], "contributor")

    def _known(self, event: Event, envelope: Envelope) -> Row:
        identity = envelope.body["contribution"]
        row = self.rows.get(identity)
        if row is None or self.contents.records[row["record"]].seq > event.seq:
            raise corrupt(
                f"the {envelope.kind} {event.id[:12]} is of no contribution {identity!r:.80}"
            )
        return row

    def _contribution(self, row: Row) -> None:
        what = f"the contribution {row['id'][:12]}"
        envelope = record_of(self.contents, what, row["record"], "contribution", own=True)
        event, body = self.contents.records[row["record"]], envelope.body
        shown = {name: (row[name], body[name]) for name in _NAMES}
        shown["id"] = (row["id"], body["contribution"])
        same(what, shown | {"key": (row["principal"], envelope.author)})
        self.people.signer_for(event, row["owner"], "contributor")
        reveal = body.get("reveal")
        same(what, {"commitment": (row["commitment"], reveal and reveal["commitment"])})
        if reveal:
            self._opens(what, event, row, reveal)
        # Of before there were consents the submission itself is one.
        if "consent" in body:
            self._agreed(what, event, body)

    def _agreed(self, what: str, event: Event, body: Row) -> None:
        consent = record_of(
            self.contents, f"the consent to {what}", body["consent"], "consent", own=True
        )
        given = self.contents.records[body["consent"]]
        self.people.signer_for(given, body["owner"], "contributor")
        said = {name: value for name, value in body.items() if name not in {"consent", "reveal"}}
        words = sha256_hex(consent_words(consent.body).encode())
        same(f"the consent to {what}", {"words": (said | {"words": words}, consent.body)})
        if given.seq > event.seq:
            raise corrupt(f"{what} was submitted before anybody agreed to it")

    def _opens(self, what: str, event: Event, row: Row, reveal: Row) -> None:
        committed = record_of(
            self.contents, f"the commitment of {what}", reveal["commitment"], "commitment"
        ).body
        digest = commitment_digest(reveal["salt"], row["task"], row["owner"], reveal["file_sha256"])
        wanted = {"task": row["task"], "owner": row["owner"], "digest": digest}
        same(f"the commitment of {what}", {k: (v, committed[k]) for k, v in wanted.items()})
        if self.contents.records[reveal["commitment"]].seq > event.seq:
            raise corrupt(f"{what} was submitted before its commitment")

    def _state(self, row: Row) -> None:
        what, state = f"the contribution {row['id'][:12]}", row["state"]
        review, withdrawal = (one.get(row["id"]) for one in (self.reviewed, self.withdrawn))
        if withdrawal is not None:
            same(what, {"state": (state, "withdrawn")})
        elif review is not None and review.envelope is not None:
            same(what, {"state": (state, _DECIDED[review.envelope.body["decision"]])})
        elif state not in _OF_GATES:
            raise corrupt(f"the state of {what} is {state!r:.40}", "what its records say")
        if review is not None and withdrawal is not None and review.envelope is not None:
            try:
                move(_DECIDED[review.envelope.body["decision"]], "withdrawn")
            except WorkbenchError as error:
                raise corrupt(f"{what}: {error}") from error

    def _is_shared(self, row: Row) -> bool:
        body = record_of(self.contents, "a contribution", row["record"]).body
        return row["state"] == _ACCEPTED and body.get("right_to_share") is True

    def _counts(self, row: Row, n_digests: int) -> None:
        what = f"the contribution {row['id'][:12]}"
        event, digest = self.counted.get(row["id"]), row["counted_sha256"]
        if event is not None and event.envelope is not None and digest != "":
            signed, n_rows = (event.envelope.body[name] for name in ("rows_sha256", "n_rows"))
            counted = None if signed == row["rows_sha256"] else signed
            same(what, {"rows that count": (digest, counted)})
            same(what, {"number of rows": (int(row["n_rows"]), n_rows)})
        elif event is None and digest:
            raise corrupt(f"the rows of {what} that count are {digest!r:.80}", "a signed count")
        if not self._is_shared(row):
            return
        for name in (row["rows_sha256"], digest):
            if name and blob_name(name) not in self.contents.manifest.files:
                raise corrupt(f"the rows {name} of {what} are missing", "a file of them")
        n_lines = self.contents.n_lines[row["rows_sha256"]]
        same(what, {"number of digests of rows": (n_digests, n_lines)})
        if digest is None:
            same(what, {"number of rows": (int(row["n_rows"]), n_lines)})

    def _row(self, row: Row) -> None:
        of = self.rows[row["contribution"]]
        what = f"a row of the contribution {of['id'][:12]}"
        if not self._is_shared(of):
            raise corrupt(f"{what} is shown, which may not be", "no digest of it")
        same(what, {"task": (row["task"], of["task"])})

    def _displaced(self, digests: Mapping[str, list[Row]]) -> None:
        """Find again who claimed each row first: by the place of its record in the log."""
        holders: dict[tuple[str, str], list[tuple[int, int, int, str, str]]] = {}
        closed = set()
        for row in self.rows.values():
            if row["state"] != _ACCEPTED:
                continue
            if not self._is_shared(row):
                # Whose its rows are is nobody's business: of its task nothing can be found again.
                closed.add(row["task"])
            own = self.contents.records[row["record"]].seq
            claim = self.contents.records[row["commitment"] or row["record"]].seq
            for one in digests[row["id"]]:
                turn = (claim, own, int(one["position"]), row["id"], row["owner"])
                holders.setdefault((row["task"], one["sha256"]), []).append(turn)
        wanted: dict[str, Row] = {}
        for (task, _), turns in holders.items():
            if len(turns) > 1 and task not in closed:
                turns.sort()
                for _, _, position, identity, _ in turns[1:]:
                    wanted[f"{identity}:{position}"] = {"owner": turns[0][-1]}
        shown = self.contents.rows("displaced_row")
        if not closed:
            same_rows(
                self.contents, "displaced_row", wanted,
                lambda row: f"{row['contribution']}:{row['position']}", "the row of another",
            )  # fmt: skip
        for identity, of in rows_by(shown, "contribution").items():
            self._left(self.rows[identity], {int(one["position"]) for one in of})

    def _left(self, row: Row, displaced: set[int]) -> None:
        """Hold the digest of the rows that count against the rows without those of others."""
        if not row["counted_sha256"] or not self._is_shared(row):
            return
        lines = self.contents.read(blob_name(row["rows_sha256"])).splitlines(keepends=True)
        digest = hashlib.sha256()
        for position, line in enumerate(lines):
            if position not in displaced:
                digest.update(line)
        what = f"the contribution {row['id'][:12]}"
        same(what, {"rows that count": (row["counted_sha256"], digest.hexdigest())})

    def _takers(self) -> Mapping[str, _Take]:
        return {
            "review": self._review,
            "withdrawal": self._withdraw,
            "counted": self._count,
            "commitment": self._commit,
        }
