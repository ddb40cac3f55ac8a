"""The intake job: one contributed file through all gates, in a worker of its own."""

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from workbench.core.errors import DiskFullError, InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.wire import Finding
from workbench.intake.codes import GateName
from workbench.intake.gates import (
    GATES,
    Read,
    duplicates_gate,
    hidden_gate,
    license_gate,
    outcome_of,
    schema_gate,
    size_gate,
    task_gate,
    verdict,
)
from workbench.intake.limits import Limits
from workbench.intake.near import CHUNK_ROWS, near_gate
from workbench.intake.readers import open_table
from workbench.intake.rejected import reasons_by_row, write_rejected
from workbench.intake.rows import Row
from workbench.intake.schema import Schema
from workbench.intake.sensitive import TICK_ROWS, personal_gate, secrets_gate
from workbench.intake.space import needs_space
from workbench.intake.texts import said_in_line

ROWS_FILE: Final = "rows.jsonl"
DIGESTS_FILE: Final = "digests.txt"
# Rows that are held hold what nobody may pass on: they are stored nowhere else.
_WITH_ROWS: Final = frozenset({"accepted", "quarantined"})
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def run(context: JobContext) -> dict[str, Any]:
    """Check a contributed file.

    Parameters
    ----------
    context
        Inputs: ``file``; ``known``, JSON Lines ``{"sha256", "owner"}`` of the task's accepted
        rows; ``hidden``, JSON Lines ``{"sha256"}`` of its hidden test; ``hidden-rows``, that
        test in canonical form; ``rows:<k>``, accepted rows of other owners in canonical form.
        Parameters: ``file_name``, ``kind``, ``columns``, ``license``, ``allowed_licenses``,
        ``features`` or ``n_features``, ``classes``, ``limits``; ``others``, the owner of each
        ``rows:<k>``, the earliest first; ``is_test``, for the hidden test itself, which holds
        what its sponsor wants.

    Returns
    -------
    dict
        ``outcome`` (accepted, quarantined, held or refused), ``n_rows_submitted``, ``n_rows``
        that passed every gate, ``findings`` in the order of the gates, ``license`` and
        ``columns`` as they were read. When accepted or quarantined, the output holds
        ``rows.jsonl``, the kept rows in canonical form, and ``digests.txt``, a digest a line in
        the same order. Where rows were dropped or are held, it holds ``rejected.jsonl``.

    Raises
    ------
    InvalidInputError
        The file cannot be read at all; nothing is written.
    DiskFullError
        No space is left for the output; nothing is kept of it.
    """
    parameters = context.spec.parameters
    limits = Limits.from_json(parameters.get("limits") or {})
    read = read_file(context, limits)
    with _gate(context, "license"):
        license_read, findings = license_gate(
            str(parameters.get("license", "")), parameters.get("allowed_licenses", ())
        )
    rows, held, found = _sift(context, read, limits)
    findings = read.findings + findings + found
    outcome = outcome_of(findings)
    if outcome in _WITH_ROWS:
        _write(context.output, rows)
    _write_rejected(context, read, findings, limits)
    context.progress(len(GATES), len(GATES), "all gates")
    return {
        "outcome": outcome,
        "n_rows_submitted": read.n_submitted,
        "n_rows": 0 if outcome == "refused" else sum(row.number not in held for row in rows),
        "findings": [found.model_dump() for found in findings],
        "license": license_read,
        "columns": {role: _utf8(name) for role, name in read.by_role.items()},
    }


def read_file(context: JobContext, limits: Limits) -> Read:
    """Return the rows of the job's file: the gates ``format`` and ``schema``."""
    parameters = context.spec.parameters
    schema = Schema.from_parameters(parameters)
    named = dict(parameters.get("columns") or {})
    with ExitStack() as stack:
        with _gate(context, "format"):
            table = stack.enter_context(
                open_table(
                    context.inputs["file"], str(parameters["file_name"]), limits, context.output
                )
            )
        with _gate(context, "schema"):
            return schema_gate(table, schema, named, limits, context.check_cancelled)


def _write_rejected(
    context: JobContext, read: Read, findings: list[Finding], limits: Limits
) -> None:
    parameters = context.spec.parameters
    reasons = reasons_by_row(findings)
    if reasons and not parameters.get("is_test"):
        file, name = context.inputs["file"], str(parameters["file_name"])
        # Under another folder: what the first reading unpacked lies in the output.
        with (
            TemporaryDirectory(dir=context.output) as folder,
            open_table(file, name, limits, Path(folder)) as table,
        ):
            wanted = set(read.by_role.values())
            columns = [column for column in table.columns if column in wanted]
            write_rejected(context.output, table, columns, reasons)


def _sift(
    context: JobContext, read: Read, limits: Limits
) -> tuple[list[Row], set[int], list[Finding]]:
    """Return the rows that are left, which of them are held, and the findings."""
    is_test = bool(context.spec.parameters.get("is_test"))
    held: set[int] = set()
    with _gate(context, "size"):
        rows, findings = size_gate(read.rows, limits)
    with _gate(context, "secrets"):
        if not is_test:
            held, found = secrets_gate(rows, _ticks(context, "secrets", len(rows), TICK_ROWS))
            findings += found
    with _gate(context, "personal-data"):
        if not is_test:
            ticks = _ticks(context, "personal-data", len(rows), TICK_ROWS)
            also_held, found = personal_gate(rows, ticks)
            held |= also_held
            findings += found
    with _gate(context, "duplicates-in-file"):
        rows, found = duplicates_gate(rows)
        findings += found
    with _gate(context, "duplicates-in-task"):
        known = _digests(context.inputs["known"])
        rows, found = task_gate(rows, ((line["sha256"], str(line["owner"])) for line in known))
        findings += found
    with _gate(context, "hidden-test"):
        n_before = len(rows)
        hidden = _digests(context.inputs["hidden"])
        rows, found = hidden_gate(rows, (line["sha256"] for line in hidden))
        n_leaked = n_before - len(rows)
        findings += found
    with _gate(context, "near-duplicates"):
        if not is_test:
            # Every row is looked at twice: sketched, then compared.
            n_steps = 2 * len(rows) + _count_lines(context)
            sifted = near_gate(
                rows,
                _hidden_texts(context),
                _texts_of_others(context),
                limits,
                _ticks(context, "near-duplicates", n_steps, CHUNK_ROWS),
            )
            rows, n_leaked = sifted.rows, n_leaked + sifted.n_leaked
            findings += sifted.findings
    with _gate(context, "verdict"):
        findings += verdict(len(rows), n_leaked, read.n_submitted, limits)
    return rows, held, findings


def _hidden_texts(context: JobContext) -> Iterator[str]:
    return _said(context.inputs["hidden-rows"])


def _texts_of_others(context: JobContext) -> Iterator[tuple[str, str]]:
    for k, owner in enumerate(context.spec.parameters.get("others") or ()):
        for text in _said(context.inputs[f"rows:{k}"]):
            yield str(owner), text


def _said(path: Path) -> Iterator[str]:
    with path.open("rb") as lines:
        yield from map(said_in_line, lines)


@contextmanager
def _gate(context: JobContext, gate: GateName) -> Iterator[None]:
    """Say that a gate starts and, unless it ends the job, how long it took."""
    context.progress(GATES.index(gate), len(GATES), gate)
    context.emit({"type": "gate", "gate": gate, "state": "started"})
    start = time.perf_counter()
    yield
    seconds = round(time.perf_counter() - start, 3)
    context.emit({"type": "gate", "gate": gate, "state": "finished", "seconds": seconds})


def _ticks(context: JobContext, gate: GateName, n_rows: int, step: int) -> Callable[[], None]:
    """Return what a gate calls every ``step`` rows: it says how far it is, and may stop it."""
    done = 0

    def tick() -> None:
        nonlocal done
        if 0 < done < n_rows:
            context.progress(done, n_rows, f"{gate}, rows")
        else:
            context.check_cancelled()
        done += step

    return tick


def _count_lines(context: JobContext) -> int:
    files = [path for name, path in context.inputs.items() if name.startswith("rows:")]
    n_lines = 0
    for path in [context.inputs["hidden-rows"], *files]:
        with path.open("rb") as lines:
            n_lines += sum(1 for _ in lines)
    return n_lines


def _utf8(name: str) -> str:
    # A JSON key may hold half a character, which no answer can carry.
    return name.encode("utf-8", "backslashreplace").decode()


def _digests(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for number, text in enumerate(lines, start=1):
            line = json.loads(text)
            # A list that cannot be read must never pass for one without matches.
            if not _SHA256.fullmatch(str(line.get("sha256"))):
                raise InvalidInputError(
                    f"line {number} of the task's digests holds no SHA-256",
                    wanted="64 hexadecimal digits",
                )
            yield line


def _write(folder: Path, rows: Sequence[Row]) -> None:
    files = (folder / ROWS_FILE, folder / DIGESTS_FILE)
    try:
        with (
            needs_space("store the rows"),
            files[0].open("xb") as lines,
            files[1].open("x", encoding="ascii") as digests,
        ):
            for row in rows:
                lines.write(row.line + b"\n")
                digests.write(row.digest + "\n")
    except (OSError, DiskFullError):
        # Half a file must never be taken for a whole one.
        for file in files:
            file.unlink(missing_ok=True)
        raise
