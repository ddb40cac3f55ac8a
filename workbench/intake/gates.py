"""The gates a contribution passes, in this order, and what each of them found.

1. ``format``: the file is what its name says and within its size (errors only)
2. ``schema``: text in UTF-8, columns and values as the task wants them
3. ``license``: an SPDX expression on the task's list
4. ``size``: no row longer than the limit
5. ``secrets``: rows with keys and passwords are held until these are masked or dropped
6. ``personal-data``: and so are rows with such data
7. ``duplicates-in-file``: the first of equal rows stays
8. ``duplicates-in-task``: a row belongs to whoever brought it first
9. ``hidden-test``: no row of the task's hidden test
10. ``near-duplicates``: none that is almost the same, in any of these three
11. ``verdict``: too much of the hidden test quarantines the upload

Later gates run even when the licence is refused, so that a contributor sees everything there is
to mend at once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from workbench.core.errors import InvalidInputError
from workbench.core.wire import Finding
from workbench.intake.cleaning import Fault
from workbench.intake.codes import GateName, finding, refusal, shown_list
from workbench.intake.columns import choose_columns
from workbench.intake.formats.table import Table
from workbench.intake.limits import Limits
from workbench.intake.rows import Row, row_maker
from workbench.intake.schema import Schema
from workbench.intake.tally import Passed, Tally, by_owner, drop
from workbench.registry.licence import check_license, parse_allowed

Outcome = Literal["accepted", "quarantined", "held", "refused"]

GATES: Final[tuple[GateName, ...]] = (
    "format",
    "schema",
    "license",
    "size",
    "secrets",
    "personal-data",
    "duplicates-in-file",
    "duplicates-in-task",
    "hidden-test",
    "near-duplicates",
    "verdict",
)
_TICK_ROWS: Final = 10_000


@dataclass(frozen=True)
class Read:
    """What the schema gate made of a table.

    Attributes
    ----------
    rows : in file order.
    n_submitted : rows of the file, good or not.
    findings : of the schema gate.
    by_role : role → column that was read.
    """

    rows: list[Row]
    n_submitted: int
    findings: list[Finding]
    by_role: dict[str, str]


def schema_gate(
    table: Table,
    schema: Schema,
    named: dict[str, str],
    limits: Limits,
    tick: Callable[[], None] = lambda: None,
) -> Read:
    """Read a table into canonical rows; rows that are none are dropped, by reason.

    Parameters
    ----------
    table, schema, named, limits
        The file, what the task wants, columns the contributor named, and bounds.
    tick
        Called every 10,000 rows; may raise to stop.

    Raises
    ------
    InvalidInputError
        The columns do not fit, or the file breaks on the way.
    TooLargeError
        More rows or text than the limits allow.
    """
    columns = choose_columns(schema, table.columns, named)
    make = row_maker(schema, columns)
    rows: list[Row] = []
    tallies: dict[str, Tally] = defaultdict(Tally)
    n_submitted = n_chars = 0
    for number, raw in table.rows(list(columns.by_role.values())):
        n_submitted += 1
        if n_submitted > limits.max_rows:
            raise refusal("too-many-rows", limit=limits.max_rows)
        if n_submitted % _TICK_ROWS == 0:
            tick()
        row = make(number, raw)
        if isinstance(row, Fault):
            tallies[row.code].add(number, row.example)
            continue
        n_chars += row.n_chars
        if n_chars > limits.max_file_bytes:
            raise refusal("too-much-text", limit=limits.max_file_bytes)
        if row.has_invisible:
            tallies["invisible-characters"].add(number)
        rows.append(row)
    findings = [
        tally.found(
            code,
            examples=tally.shown_examples,
            classes=shown_list(schema.classes) or "any text",
        )
        for code, tally in sorted(tallies.items())
    ]
    return Read(rows, n_submitted, [*columns.findings, *findings], columns.by_role)


def license_gate(license_text: str, allowed: Sequence[str]) -> tuple[str, list[Finding]]:
    """Return the normalised licence, ``""`` when refused, and what there is to say about it."""
    # The task's own list first: what is wrong there is no fault of the contributor's.
    listed = parse_allowed(allowed)
    try:
        normalised = check_license(license_text, listed)
    except InvalidInputError as error:
        code = str(error.facts.get("reason", "license-unreadable"))
        why, hint, wanted = error.found, error.next_step, error.wanted
        return "", [finding(code, why=why, hint=hint, allowed=wanted)]
    if normalised != license_text:
        return normalised, [finding("license-normalised", license=normalised)]
    return normalised, []


def size_gate(rows: list[Row], limits: Limits) -> Passed:
    """Drop rows longer than a row may be."""
    limit = limits.max_row_chars
    return drop(rows, lambda row: row.n_chars > limit, "row-too-long", limit=limit)


def duplicates_gate(rows: list[Row]) -> Passed:
    """Drop rows that repeat an earlier row of the file; the first of them stays."""
    seen: set[str] = set()

    def is_repeated(row: Row) -> bool:
        repeated = row.digest in seen
        seen.add(row.digest)
        return repeated

    return drop(rows, is_repeated, "duplicate-in-file")


def task_gate(rows: list[Row], known: Iterable[tuple[str, str]]) -> Passed:
    """Drop rows that somebody brought before, with a finding for each owner.

    Parameters
    ----------
    rows
        Without duplicates among themselves.
    known
        Digest and owner of every accepted row of the task; streamed, it may be long.
    """
    mine = {row.digest for row in rows}
    owners = {digest: owner for digest, owner in known if digest in mine}
    if not owners:
        return rows, []
    tallies: dict[str, Tally] = defaultdict(Tally)
    kept = []
    for row in rows:
        if row.digest in owners:
            tallies[owners[row.digest]].add(row.number)
        else:
            kept.append(row)
    return kept, by_owner("duplicate-in-task", tallies)


def hidden_gate(rows: list[Row], hidden: Iterable[str]) -> Passed:
    """Drop rows of the hidden test."""
    leaked = {row.digest for row in rows}.intersection(hidden)
    return drop(rows, lambda row: row.digest in leaked, "in-hidden-test")


def verdict(n_rows: int, n_leaked: int, n_submitted: int, limits: Limits) -> list[Finding]:
    """Return what is said when all rows were seen: too much of the hidden test, or nothing left.

    Parameters
    ----------
    n_rows
        Rows that are left. Rows dropped as duplicates do not count: copies of an innocent row,
        near or exact, cannot dilute a leak.
    n_leaked
        Rows that were dropped because the hidden test has them, or nearly.
    n_submitted
        Rows of the file.
    """
    n_checked, percent = n_rows + n_leaked, limits.max_hidden_percent
    findings: list[Finding] = []
    if n_leaked * 100 > percent * n_checked:
        findings.append(
            finding("hidden-test-leak", n_rows=n_leaked, n_checked=n_checked, percent=percent)
        )
    if not n_rows:
        findings.append(finding("no-rows-left", n_submitted=n_submitted))
    return findings


def outcome_of(findings: Sequence[Finding]) -> Outcome:
    """Return what becomes of the upload: its worst finding decides."""
    outcomes = {found.outcome for found in findings}
    worst: tuple[Outcome, ...] = ("refused", "held", "quarantined")
    return next((outcome for outcome in worst if outcome in outcomes), "accepted")
