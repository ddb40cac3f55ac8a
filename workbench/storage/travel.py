"""Which tables travel in a mirror of the whole home, and how their rows are written as JSON."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from workbench.core.errors import CorruptBundleError
from workbench.storage.database import Database, Transaction
from workbench.storage.rows import Row

LOGGED: Final = frozenset({"log", "record", "entry", "posting"})
"""Tables whose rows are in the log's own files."""


@dataclass(frozen=True)
class Travel:
    """How a table travels.

    Attributes
    ----------
    query : named query of its rows, which says what of it is public, and in which order.
    stays : columns that the query leaves out → what stands for them in a mirror.
    """

    query: str
    stays: Mapping[str, Any] = field(default_factory=dict)


TRAVELS: Final[Mapping[str, Travel]] = MappingProxyType(
    {
        "principal": Travel("travel_principal"),
        "signing_key": Travel("travel_signing_key"),
        "member": Travel("travel_member"),
        "task": Travel("travel_task"),
        "contribution": Travel("travel_contribution", {"file_name": ""}),
        "contribution_row": Travel("travel_contribution_row"),
        "displaced_row": Travel("travel_displaced_row"),
        # MLflow is at home: in a mirror nothing waits to be logged.
        "run": Travel("travel_run", {"tracking_state": "logged", "tracking_run": None}),
        "model_version": Travel("travel_model_version"),
        "seal": Travel("travel_seal"),
        "game": Travel("travel_game"),
        "player": Travel("travel_player"),
        "study": Travel("travel_study"),
        "study_coalition": Travel("travel_study_coalition"),
        "permutation": Travel("travel_permutation"),
        "evaluation": Travel("travel_evaluation"),
        "look": Travel("travel_look"),
        "sealed_value": Travel("travel_sealed_value"),
        "epoch": Travel("travel_epoch"),
        "payout": Travel("travel_payout"),
        "dispute": Travel("travel_dispute"),
        "resolution": Travel("travel_resolution"),
        "settlement": Travel("travel_settlement"),
        "hold": Travel("travel_hold"),
        "treasury_move": Travel("travel_treasury_move"),
        "proposal": Travel("travel_proposal"),
        "champion": Travel("travel_champion"),
        "bounty": Travel("travel_bounty"),
        "rollback": Travel("travel_rollback"),
        "bounty_settlement": Travel("travel_bounty_settlement"),
    }
)
"""Every table that travels by itself."""

STAYS_HOME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access_token": "what lets people in at one home",
        "champion_alias": "one home's MLflow",
        "gate": "what models said to items of a hidden test stays with the test",
        "gate_test": "rows of a hidden test that only gates ask",
        "hidden_row": "digests of a hidden test give it away to whoever guesses",
        "idempotency": "answers to one home's clients",
        "job": "one home's work",
        "job_event": "one home's work",
        "migration": "one file's schema",
        "mirrored_head": "what this home mirrors",
        "mirrored_run": "another server's word, which travels in its own bundle",
        "upload": "who sent what to one home",
    }
)
"""Every table that does not, and why."""

_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,38})", re.ASCII)


def travelling_rows(database_rows: Iterable[Row], kinds: Mapping[str, str]) -> Iterator[Row]:
    """Yield rows as JSON values: wide integers and instants as strings.

    Parameters
    ----------
    kinds : column → DuckDB's name of its type.
    """
    writers = {name: _writer(kind) for name, kind in kinds.items()}
    for row in database_rows:
        yield {name: _or_none(write, row[name]) for name, write in writers.items()}


def replace_rows(tx: Transaction, table: str, rows: Iterable[Row]) -> None:
    """Put rows that travelled in the place of what a table holds.

    Raises
    ------
    CorruptBundleError
        A row is none of this table; nothing of the transaction is kept.
    """
    tx.clear(table)
    append_rows(tx, table, rows, TRAVELS[table].stays)


def append_rows(
    tx: Transaction, table: str, rows: Iterable[Row], stays: Mapping[str, Any] | None = None
) -> None:
    """Add rows that travelled to a table; see ``replace_rows``."""
    stays = stays or {}
    kinds = tx.columns(table)
    wanted = set(kinds) - set(stays)
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    readers = {name: _reader(kind) for name, kind in kinds.items()}
    for number, row in enumerate(rows):
        if set(row) != wanted:
            odd = min(set(row) ^ wanted)
            raise _bad(f"row {number} of {table} has other columns: {odd!r:.80}", sorted(wanted))
        for name, read in readers.items():
            try:
                value = stays[name] if name in stays else _or_none(read[1], row[name])
            except (ValueError, TypeError, ArithmeticError) as error:
                found = f"row {number} of {table} has {row[name]!r:.80} for its {name}"
                raise _bad(found, kinds[name]) from error
            columns[name].append(value)
    try:
        arrays = [pa.array(columns[name], type=readers[name][0]) for name in kinds]
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise _bad(f"a row of {table} is none: {error!s:.200}", kinds) from error
    tx.append(table, pa.Table.from_arrays(arrays, names=list(kinds)))


def is_empty(tx: Transaction) -> bool:
    """Say whether nothing that travels is in the home yet."""
    return not any(tx.count(table) for table in {*TRAVELS, *LOGGED})


def mirrored_head(database: Database) -> Row | None:
    """Return the newest head that this home mirrors; None in a home of its own."""
    rows = database.read("mirrored_head")
    return rows[0] if rows else None


def _or_none(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def _writer(kind: str) -> Callable[[Any], Any]:
    if kind.endswith("[]"):
        one = _writer(kind.removesuffix("[]"))
        return lambda values: [_or_none(one, value) for value in values]
    if kind in _TYPES:
        return _TYPES[kind][1]
    return lambda value: value


def _reader(kind: str) -> tuple[pa.DataType, Callable[[Any], Any]]:
    if kind.endswith("[]"):
        inner, one = _reader(kind.removesuffix("[]"))
        return pa.list_(inner), lambda values: [_or_none(one, value) for value in _list(values)]
    arrow, _, read = _TYPES[kind]
    return arrow, read


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError("no list")
    return values


def _number_out(value: float) -> Any:
    # JSON has no such numbers, and its canonical form loses the sign of zero.
    odd = not math.isfinite(value) or (value == 0 and math.copysign(1.0, value) < 0)
    return repr(value) if odd else value


def _number_in(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("no number")
    return float(value)


def _whole_in(value: Any) -> int:
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise ValueError("no whole number in a string")
    return int(value)


def _small_in(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("no whole number")
    return value


def _instant_out(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _instant_in(value: Any) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant


def _text_in(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _bool_in(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no truth value")
    return value


def _same(value: Any) -> Any:
    return value


# DuckDB's name of a type → how Arrow holds it, how JSON writes it, and how it is read back.
_TYPES: Final[Mapping[str, tuple[pa.DataType, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "VARCHAR": (pa.string(), _same, _text_in),
    "BOOLEAN": (pa.bool_(), _same, _bool_in),
    "INTEGER": (pa.int32(), _same, _small_in),
    "BIGINT": (pa.int64(), str, _whole_in),
    "UBIGINT": (pa.uint64(), str, _whole_in),
    "HUGEINT": (pa.decimal128(38, 0), str, lambda value: Decimal(_whole_in(value))),
    "DOUBLE": (pa.float64(), _number_out, _number_in),
    "TIMESTAMP WITH TIME ZONE": (pa.timestamp("us", tz="UTC"), _instant_out, _instant_in),
}


def _bad(found: str, wanted: Iterable[str] | str) -> CorruptBundleError:
    return CorruptBundleError(
        f"the mirror is not accepted: {found}",
        wanted=wanted if isinstance(wanted, str) else ", ".join(wanted),
        next_step="ask for it again; a newer workbench may have written it",
    )
