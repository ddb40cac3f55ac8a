"""What every check of a mirror's tables shares: how a row is held against what was signed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from workbench.core.envelope import Envelope
from workbench.ledger.homes import signed_elsewhere
from workbench.mirror.contents import Contents, Row
from workbench.mirror.manifest import corrupt


def record_of(
    contents: Contents, what: str, identity: Any, kind: str | None = None, *, own: bool = False
) -> Envelope:
    """Return the record that a row names.

    Parameters
    ----------
    own : whether it has to be signed for this log's home.

    Raises
    ------
    CorruptBundleError
        It is not in the log, of another kind, or was signed for another home.
    """
    event = contents.records.get(identity)
    if event is None or event.envelope is None:
        raise corrupt(f"{what} names a record {identity!r:.80}, which is not in the log")
    if kind is not None and event.envelope.kind != kind:
        raise corrupt(f"{what} names a {event.envelope.kind!r:.40} for its record", f"a {kind}")
    if own and event.id in contents.homes.elsewhere:
        found, wanted = signed_elsewhere(event.envelope, contents.manifest.origin)
        raise corrupt(f"{what} rests on the record {event.id[:12]}: {found}", wanted)
    return event.envelope


def same(what: str, pairs: Mapping[str, tuple[Any, Any]]) -> None:
    """Raise unless each thing that is shown is what was signed.

    Parameters
    ----------
    pairs : name → what is shown, and what was signed.
    """
    for name, (shown, signed) in pairs.items():
        if shown != signed:
            raise corrupt(f"the {name} of {what} is {shown!r:.120}", f"{signed!r:.120}, as signed")


def same_rows(
    contents: Contents,
    table: str,
    wanted: Mapping[str, Row],
    key: Callable[[Row], str],
    called: str,
) -> None:
    """Raise unless a table has the rows that follow from the log, no more and no fewer.

    Parameters
    ----------
    wanted : the rows by key, with the columns that records speak of.
    key : of a row.
    called : what a row is, for people.
    """
    found = set()
    for row in contents.rows(table):
        name = key(row)
        what = f"{called} {name[:80]!r}"
        if name not in wanted:
            raise corrupt(f"{what} is in its tables, and no record says so")
        if name in found:
            raise corrupt(f"{what} is in its tables twice")
        found.add(name)
        same(what, {column: (row[column], signed) for column, signed in wanted[name].items()})
    if missing := wanted.keys() - found:
        raise corrupt(f"{called} {min(missing)[:80]!r} is not in its tables", "what was signed")


def rows_by(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    """Return rows by one of their columns."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


def moment(text: str) -> datetime:
    """Return an instant of a log or of a row."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)


def instant(at: datetime) -> str:
    """Return an instant as rows travel with it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
