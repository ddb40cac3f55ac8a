"""Reads a contributed file of any format into the rows of a task."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.intake.cleaning import Fault
from workbench.intake.codes import refusal
from workbench.intake.columns import choose_columns
from workbench.intake.formats.delimited import open_delimited
from workbench.intake.formats.detect import check_content, named_format
from workbench.intake.formats.json_rows import open_json_array, open_json_lines
from workbench.intake.formats.source import open_source
from workbench.intake.formats.table import Format, Table
from workbench.intake.formats.text import check_text, plain_rows
from workbench.intake.limits import Limits
from workbench.intake.rows import row_maker
from workbench.intake.schema import Schema

_DEFAULTS = Limits()


@contextmanager
def open_table(
    path: Path, file_name: str, limits: Limits = _DEFAULTS, scratch: Path | None = None
) -> Iterator[Table]:
    """Open a contributed file as the table it claims to be.

    Parameters
    ----------
    path
        The stored bytes.
    file_name
        What the contributor called the file; it says the format and is never opened.
    limits
        Bounds of the reading.
    scratch
        Folder for the unpacked bytes of a gzip file; the system's by default.

    Raises
    ------
    UnsupportedFormatError
        The content is not what the name says, or no format that intake reads.
    TooLargeError
        A limit is exceeded.
    InvalidInputError
        Empty, not UTF-8, or broken; the facts say where.
    """
    claimed, gzipped = named_format(file_name)
    with open_source(path, file_name, gzipped=gzipped, limits=limits, scratch=scratch) as stream:
        check_content(stream, file_name, claimed)
        if claimed is Format.PARQUET:
            # Arrow takes a tenth of a second to import: only those who need it wait.
            from workbench.intake.formats.parquet import open_parquet  # noqa: PLC0415

            yield open_parquet(stream, limits)
            return
        check_text(stream, file_name)
        if claimed is Format.TXT:
            yield Table(
                claimed, {"text": True}, lambda _: plain_rows(stream, limits.max_line_chars)
            )
        elif claimed is Format.JSON:
            yield open_json_array(stream, limits)
        elif claimed is Format.JSONL:
            yield open_json_lines(stream, limits)
        else:
            yield open_delimited(stream, claimed, limits)


def read_rows(
    path: Path,
    file_name: str,
    kind: str,
    columns: Mapping[str, str] | None = None,
    *,
    features: int | tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
    limits: Limits = _DEFAULTS,
) -> list[dict[str, Any]]:
    """Return all rows of a file in canonical form; the first bad row refuses the file.

    For files that must be right as a whole, such as a task's hidden test; contributions go
    through the gates, which drop bad rows and say which.

    Parameters
    ----------
    path, file_name, limits
        As in :func:`open_table`.
    kind
        Of the task, as in ``core.kinds``.
    columns
        Role → column, where it cannot be guessed.
    features, classes
        Names of a table's features or how many (``f0``, ``f1``, …), and the labels.

    Returns
    -------
    list of dict
        Members as the kind's shape of rows has them.

    Raises
    ------
    InvalidInputError
        As :func:`open_table`, or a row that is no row of this task, with its number.
    """
    schema = Schema.from_parameters({"kind": kind, "features": features, "classes": classes})
    with open_table(path, file_name, limits) as table:
        chosen = choose_columns(schema, table.columns, columns or {})
        make = row_maker(schema, chosen)
        rows: list[dict[str, Any]] = []
        for number, raw in table.rows(list(chosen.by_role.values())):
            row = make(number, raw)
            if isinstance(row, Fault):
                seen = f" ({row.example})" if row.example else ""
                raise InvalidInputError(
                    f"row {number} is no row of the task: {row.code.replace('-', ' ')}{seen}",
                    wanted="a file without such rows",
                    next_step="mend or remove the row",
                    reason=row.code,
                    row=number,
                )
            if len(rows) == limits.max_rows:
                raise refusal("too-many-rows", limit=limits.max_rows)
            rows.append(json.loads(row.line, parse_int=float))
    return rows
