"""What a mirror says, once every byte of it was held against its manifest and its log."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.ledger.homes import Homes
from workbench.ledger.log import ENTRY, RECORD, LogRow, Walk, replay
from workbench.mirror.manifest import Manifest, corrupt

Row = dict[str, Any]
Read = Callable[[str], bytes]
Told = Callable[[int, int, str], None]

_TABLES: Final = "tables"
_BLOBS: Final = "blobs"
# Rows are held in memory: a mirror of more than this is not read here.
_MOST_BYTES: Final = 2**31


@dataclass(frozen=True)
class Event:
    """What an entry of the log is about: a record, or a movement of the ledger.

    Attributes
    ----------
    seq : place in the log.
    time : when it was written, ISO 8601.
    id : of the record or the ledger entry.
    envelope : the record; None for a movement.
    entry : the movement; None for a record.
    """

    seq: int
    time: str
    id: str
    envelope: Envelope | None = None
    entry: Row | None = None


@dataclass
class Contents:
    """The log and the tables of a mirror.

    Attributes
    ----------
    manifest : what was read.
    read : name of a file → its bytes.
    log : its entries, oldest first.
    events : what each of them is about.
    records : signed records by content id, in the log's order.
    n_lines : lines of each file that is named by its content.
    balances : what accounts hold by the log's ledger entries.
    roots : size → root of the tree when the log had so many entries, for the sizes asked for.
    tables : rows by table.
    homes : which records are for this log's home.
    """

    manifest: Manifest
    read: Read
    homes: Homes
    log: list[LogRow] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    records: dict[str, Event] = field(default_factory=dict)
    n_lines: dict[str, int] = field(default_factory=dict)
    balances: Counter[str] = field(default_factory=Counter)
    roots: dict[int, str] = field(default_factory=dict)
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table; none where it has no file."""
        return self.tables.get(table, [])


def read_contents(
    manifest: Manifest, read: Read, *, sizes: Collection[int] = (), told: Told | None = None
) -> Contents:
    """Read and verify every file of a mirror.

    Parameters
    ----------
    read : name of a file → its bytes.
    sizes : of earlier logs whose roots are asked for.
    told : is told of progress: done, total, what.

    Raises
    ------
    CorruptBundleError
        The first thing that is not as it was written, by name.
    NotFoundError
        A file is missing.
    """
    found = Contents(manifest, read, Homes(manifest.origin))
    named = [name for name in manifest.files if name.startswith(("log/", f"{_TABLES}/"))]
    if (n_bytes := sum(manifest.files[name].n_bytes for name in named)) > _MOST_BYTES:
        raise corrupt(f"its log and tables have {n_bytes} bytes", f"at most {_MOST_BYTES}")
    wanted = {*sizes, manifest.head.size}
    walk = Walk()
    if 0 in wanted:
        found.roots[0] = walk.tree.root.hex()
    for number, name in enumerate(manifest.files):
        content = _checked(manifest, read, name)
        folder = name.partition("/")[0]
        if folder == "log":
            _read_log(found, walk, name, content, wanted)
        elif folder == _TABLES:
            rows = found.tables.setdefault(name.split("/")[1], [])
            rows += (row for _, row in _lines(name, content))
        elif folder == _BLOBS:
            found.n_lines[manifest.files[name].sha256] = content.count(b"\n")
        if told:
            told(number + 1, len(manifest.files), "checking the mirror")
    _check_head(found, walk)
    if total := sum(found.balances.values()):
        raise corrupt(f"all accounts together hold {total} µcr", "0: none are made")
    return found


def _checked(manifest: Manifest, read: Read, name: str) -> bytes:
    content, file = read(name), manifest.files[name]
    if len(content) != file.n_bytes:
        raise corrupt(f"{name} has {len(content)} bytes", f"{file.n_bytes} bytes")
    if (digest := sha256_hex(content)) != file.sha256:
        raise corrupt(f"{name} hashes to {digest}", file.sha256)
    return content


def _read_log(
    found: Contents, walk: Walk, name: str, content: bytes, wanted: Collection[int]
) -> None:
    for place, line in _lines(name, content):
        seq = walk.tree.size
        try:
            row = _log_row(line["entry"])
            if fault := walk.step(row):
                raise corrupt(f"entry {seq} of the log: {fault.found}", fault.wanted)
            _take(found, row, line)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise corrupt(f"{place} is no entry of the log ({error!r:.100})") from error
        found.log.append(row)
        if walk.tree.size in wanted:
            found.roots[walk.tree.size] = walk.tree.root.hex()


def _log_row(entry: Row) -> LogRow:
    text = canonical_bytes(entry)
    return LogRow(entry["seq"], entry["kind"], text.decode(), entry["prev"], sha256_hex(text))


def _take(found: Contents, row: LogRow, line: Row) -> None:
    """Take in what an entry of the log is about."""
    entry = line["entry"]
    if row.kind == RECORD:
        try:
            envelope = Envelope.from_json(line["record"]).verify()
        except WorkbenchError as error:
            raise corrupt(f"the record of entry {row.seq} does not verify: {error}") from error
        if envelope.content_id != entry[RECORD]:
            raise corrupt(
                f"the record of entry {row.seq} is {envelope.content_id}", str(entry[RECORD])
            )
        if fault := found.homes.step(envelope):
            raise corrupt(
                f"the record of entry {row.seq} is none of this log: {fault[0]}", fault[1]
            )
        event = Event(row.seq, entry["time"], envelope.content_id, envelope)
        if event.id in found.records:
            raise corrupt(f"the record of entry {row.seq} is in the log twice")
        found.records[event.id] = event
    elif row.kind == ENTRY:
        event = Event(row.seq, entry["time"], entry[ENTRY]["id"], entry=entry[ENTRY])
        if overdrawn := replay(found.balances, row.entry):
            raise corrupt(
                f"entry {row.seq} leaves {overdrawn} at {found.balances[overdrawn]} µcr",
                "no account below zero but the treasury",
            )
    else:
        raise corrupt(f"entry {row.seq} of the log is a {row.kind!r:.40}", "a record or an entry")
    found.events.append(event)


def _check_head(found: Contents, walk: Walk) -> None:
    head, size = found.manifest.head, walk.tree.size
    if size != head.size:
        raise corrupt(
            f"its log has {size} entries", f"the {head.size} that were signed at {head.time}"
        )
    if (root := walk.tree.root.hex()) != head.root:
        raise corrupt(f"its log has the root {root}", f"{head.root}, signed at {head.time}")


def _lines(name: str, content: bytes) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(content.splitlines(), start=1):
        place = f"line {number} of {name}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise corrupt(f"{place} is no JSON") from error
        if not isinstance(row, dict):
            raise corrupt(f"{place} is no object")
        yield place, row
