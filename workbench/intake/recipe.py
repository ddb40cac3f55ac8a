"""The intake job: one contributed file through all gates, in a worker of its own."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import DiskFullError, InvalidInputError
from workbench.core.jobs import JobContext
from workbench.intake.codes import GateName, finding
from workbench.intake.gates import (
    GATES,
    Passed,
    Read,
    duplicates_gate,
    hidden_gate,
    license_gate,
    outcome_of,
    schema_gate,
    size_gate,
    task_gate,
)
from workbench.intake.limits import Limits
from workbench.intake.readers import open_table
from workbench.intake.rows import Row
from workbench.intake.schema import Schema
from workbench.intake.space import needs_space

ROWS_FILE: Final = "rows.jsonl"
DIGESTS_FILE: Final = "digests.txt"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def run(context: JobContext) -> dict[str, Any]:
    """Check a contributed file.

    Parameters
    ----------
    context
        Inputs: ``file``; ``known``, JSON Lines ``{"sha256", "owner"}`` of the task's accepted
        rows; ``hidden``, JSON Lines ``{"sha256"}`` of its hidden test. Parameters:
        ``file_name``, ``kind``, ``columns``, ``license``, ``allowed_licenses``, ``features``
        or ``n_features``, ``classes``, ``limits``.

    Returns
    -------
    dict
        ``outcome`` (accepted, quarantined or refused), ``n_rows_submitted``, ``n_rows``,
        ``findings`` in the order of the gates, ``license`` and ``columns`` as they were read.
        Unless refused, the output holds ``rows.jsonl``, the kept rows in canonical form, and
        ``digests.txt``, a digest a line in the same order.

    Raises
    ------
    InvalidInputError
        The file cannot be read at all; nothing is written.
    DiskFullError
        No space is left for the output; nothing is kept of it.
    """
    parameters = context.spec.parameters
    limits = Limits.from_json(parameters.get("limits") or {})
    read = _read(context, limits)

    _at(context, "license")
    license_read, findings = license_gate(
        str(parameters.get("license", "")), parameters.get("allowed_licenses", ())
    )
    findings = read.findings + findings
    rows = read.rows
    for gate in GATES[3:]:
        _at(context, gate)
        rows, found = _pass(gate, rows, context, limits)
        findings += found
    if not rows:
        findings.append(finding("no-rows-left", n_submitted=read.n_submitted))
    outcome = outcome_of(findings)
    if outcome == "refused":
        rows = []
    else:
        _write(context.output, rows)
    context.progress(len(GATES), len(GATES), outcome)
    return {
        "outcome": outcome,
        "n_rows_submitted": read.n_submitted,
        "n_rows": len(rows),
        "findings": [found.model_dump() for found in findings],
        "license": license_read,
        "columns": {role: _utf8(name) for role, name in read.by_role.items()},
    }


def _read(context: JobContext, limits: Limits) -> Read:
    parameters = context.spec.parameters
    schema = Schema.from_parameters(parameters)
    _at(context, "format")
    with open_table(
        context.inputs["file"], str(parameters["file_name"]), limits, context.output
    ) as table:
        _at(context, "schema")
        return schema_gate(
            table, schema, dict(parameters.get("columns") or {}), limits, context.check_cancelled
        )


def _pass(gate: GateName, rows: list[Row], context: JobContext, limits: Limits) -> Passed:
    if gate == "size":
        return size_gate(rows, limits)
    if gate == "duplicates-in-file":
        return duplicates_gate(rows)
    if gate == "duplicates-in-task":
        known = _digests(context.inputs["known"])
        return task_gate(rows, ((line["sha256"], str(line["owner"])) for line in known))
    hidden = _digests(context.inputs["hidden"])
    return hidden_gate(rows, (line["sha256"] for line in hidden), limits)


def _at(context: JobContext, gate: GateName) -> None:
    context.progress(GATES.index(gate), len(GATES), gate)


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
