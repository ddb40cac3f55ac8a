"""The log held against the tables: every record and ledger entry is the one that was logged."""

import json
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from workbench.core.canonical import content_id, sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.ledger.log import (
    ENTRY,
    RECORD,
    START,
    Fault,
    LogRow,
    Walk,
    ledger_body,
    replay,
    row_at,
)
from workbench.ledger.signers import Signers
from workbench.storage import log
from workbench.storage.database import Database
from workbench.storage.rows import Row
from workbench.workflows.jobs import Report

_TREASURY_ONLY: Final = "no account below zero but the treasury"


class Audit:
    """What is known of a log once it was read.

    Parameters
    ----------
    database : holds the log and what it is about.
    promised : entries that each signed head has.
    origin : public key of the server whose log it is.
    n_threads : among which signatures are spread; what is found is the same for any number.

    Attributes
    ----------
    walk : over the entries that are as they were written.
    roots : of the tree when it had as many entries as a head promised.
    n_records, n_entries : met so far.
    balances : by the log's ledger entries alone.
    signers : by the log's records alone.
    """

    def __init__(
        self, database: Database, promised: Collection[int], origin: str, *, n_threads: int = 1
    ) -> None:
        self.walk = Walk()
        self.roots = {0: self.walk.tree.root}
        self.n_records = 0
        self.n_entries = 0
        self.balances: dict[str, int] = {}
        self.signers = Signers(origin)
        self._database = database
        self._promised = frozenset(promised)
        self._n_threads = n_threads
        self._record_head = START

    def read(self, end: int, report: Report) -> Fault | None:
        """Read the entries before ``end``; return the first fault."""
        with ThreadPoolExecutor(self._n_threads) as threads:
            for rows in log.read(self._database, end):
                report.check_cancelled()
                if fault := self._check(rows, threads):
                    return fault
                report.progress(self.walk.tree.size, end, "checking the log")
        return None

    def _check(self, rows: list[LogRow], threads: ThreadPoolExecutor) -> Fault | None:
        count = Counter(row.kind for row in rows)
        of_records = {"first": self.n_records, "until": self.n_records + count[RECORD]}
        of_entries = {"first": self.n_entries, "until": self.n_entries + count[ENTRY]}
        records = self._by_seq("records_between", of_records)
        entries = self._by_seq("entries_between", of_entries)
        postings = log.postings_of(self._database.read("postings_between", of_entries))
        # Most of the time goes into signatures, and checking one lets go of the interpreter.
        parts = [list(records.values())[n :: self._n_threads] for n in range(self._n_threads)]
        envelopes = {seq: e for part in threads.map(_envelopes, parts) for seq, e in part.items()}
        for row in rows:
            if fault := self.walk.step(row):
                return fault
            if row.kind == RECORD:
                number = self.n_records
                fault = self._check_record(row, records.get(number), envelopes.get(number))
                self.n_records += 1
            else:
                number = self.n_entries
                fault = self._check_entry(row, entries.get(number), postings[number])
                self.n_entries += 1
            if fault:
                return fault
            if self.walk.tree.size in self._promised:
                self.roots[self.walk.tree.size] = self.walk.tree.root
        return None

    def _by_seq(self, query: str, between: dict[str, int]) -> dict[int, Row]:
        return {row["seq"]: row for row in self._database.read(query, between)}

    def _check_record(
        self, row: LogRow, record: Row | None, envelope: Envelope | str | None
    ) -> Fault | None:
        if record is None or envelope is None:
            return Fault(row.seq, f"record {self.n_records} is missing", row.entry)
        identity, text = record["content_id"], record["envelope"]
        name = f"record {record['seq']}"
        logged = row_at(row.seq, row.prev, RECORD, identity, record["created_at"])
        if logged.entry != row.entry:
            return Fault(row.seq, f"{name} is {identity} of {record['created_at']}", row.entry)
        if (digest := sha256_hex(text.encode())) != identity:
            return Fault(row.seq, f"{name} hashes to {digest}", f"its content id {identity}")
        if isinstance(envelope, str):
            return Fault(row.seq, f"{name} does not verify: {envelope}", "its author's signature")
        shown, signed = (record["kind"], record["author"]), (envelope.kind, envelope.author)
        if shown != signed:
            return Fault(row.seq, f"{name} is shown as {shown}", f"{signed}, as it was signed")
        previous = self._record_head
        link = {"seq": record["seq"], "previous": previous, "content_id": identity}
        self._record_head = content_id(link)
        if (record["previous"], record["head"]) != (previous, self._record_head):
            return Fault(
                row.seq,
                f"{name} has the head {record['head']} after {record['previous']}",
                f"{self._record_head} after {previous}",
            )
        if fault := self.signers.step(envelope, row.seq):
            return Fault(row.seq, f"{name}: {fault[0]}", fault[1])
        return None

    def _check_entry(
        self, row: LogRow, entry: Row | None, postings: list[tuple[str, str, int]]
    ) -> Fault | None:
        if entry is None:
            return Fault(row.seq, f"ledger entry {self.n_entries} is missing", row.entry)
        body = ledger_body(entry["id"], entry["kind"], entry["reason"], postings)
        logged = row_at(row.seq, row.prev, ENTRY, body, entry["created_at"])
        if logged.entry != row.entry:
            return Fault(row.seq, f"ledger entry {entry['seq']} says {logged.entry}", row.entry)
        if overdrawn := replay(self.balances, row.entry):
            found = f"{overdrawn} ends at {self.balances[overdrawn]} µcr"
            return Fault(row.seq, found, _TREASURY_ONLY)
        return None


def _envelopes(records: list[Row]) -> dict[int, Envelope | str]:
    """Return the envelopes of records by their numbers, or why one does not verify."""
    found: dict[int, Envelope | str] = {}
    for record in records:
        try:
            found[record["seq"]] = Envelope.from_json(json.loads(record["envelope"])).verify()
        except (ValueError, RecursionError, WorkbenchError) as error:
            found[record["seq"]] = str(error)
    return found
