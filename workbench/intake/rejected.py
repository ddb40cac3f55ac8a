"""The rows that did not pass, one line for each reason: what findings only begin to list."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import DiskFullError
from workbench.core.wire import Finding
from workbench.intake.codes import Found
from workbench.intake.formats.table import Table
from workbench.intake.space import needs_space

REJECTED_FILE: Final = "rejected.jsonl"
_KEPT: Final = frozenset({"note"})


def reasons_by_row(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    """Return the findings about each row that was dropped or is held, by its number.

    Rows of the hidden test are in none: which ones they are is not said.
    """
    reasons: dict[int, list[Finding]] = defaultdict(list)
    for found in findings:
        if isinstance(found, Found) and found.outcome not in _KEPT:
            for number in found.every:
                reasons[number].append(found)
    return dict(reasons)


def write_rejected(
    folder: Path, table: Table, columns: list[str], reasons: dict[int, list[Finding]]
) -> None:
    """Write the rejected rows as JSON Lines, in file order: what stands in those that were dropped.

    Parameters
    ----------
    folder : output of the job.
    table : the contributed file, read a second time.
    columns : those that were read.
    reasons : of each row.
    """
    path = folder / REJECTED_FILE
    try:
        with needs_space("store the rejected rows"), path.open("x", encoding="utf-8") as lines:
            for number, raw in table.rows(columns):
                about = reasons.get(number, [])
                # What a held row says is stored nowhere else than in its owner's file.
                is_held = any(found.outcome == "held" for found in about)
                texts = {_utf8(name): "" if is_held else _text(raw.get(name)) for name in columns}
                for found in about:
                    line = {
                        "row": number,
                        "gate": found.gate,
                        "code": found.code,
                        "outcome": found.outcome,
                        "message": found.message,
                        "values": texts,
                    }
                    lines.write(json.dumps(line) + "\n")
    except (OSError, DiskFullError):
        # Half a file must never be taken for a whole one.
        path.unlink(missing_ok=True)
        raise


def _text(value: Any) -> str:
    if value is None:
        return ""
    return _utf8(value if isinstance(value, str) else json.dumps(value, default=str))


def _utf8(text: str) -> str:
    # Half a character can be in a file, and in no answer.
    return text.encode("utf-8", "backslashreplace").decode()
