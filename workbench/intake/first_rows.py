"""The job that looks into a file: its columns and its first rows, and nothing is kept."""

import json
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.kinds import KINDS
from workbench.intake.cleaning import Fault
from workbench.intake.columns import choose_columns
from workbench.intake.limits import Limits
from workbench.intake.readers import open_table
from workbench.intake.rows import row_maker
from workbench.intake.schema import Schema
from workbench.intake.shapes import SHAPES

N_ROWS: Final = 5
N_COLUMNS: Final = 20
_MOST_CHARACTERS: Final = 300


def run(context: JobContext) -> dict[str, Any]:
    """Read the first rows of a file as the gates would.

    Parameters
    ----------
    context
        Input: ``file``. Parameters: ``file_name``, ``kind``, ``columns``, ``features`` or
        ``n_features``, ``classes``, ``limits``.

    Returns
    -------
    dict
        ``found`` columns with the beginnings of their ``cells``, the ``roles`` of the task,
        ``by_role``, ``findings`` of the columns, and ``rows``: each its number and either its
        values or the code of its fault; ``refusal`` where the columns do not fit.

    Raises
    ------
    InvalidInputError
        The file cannot be read.
    """
    context.progress(0, 1, "first rows")
    parameters = context.spec.parameters
    limits = Limits.from_json(parameters.get("limits") or {})
    schema = Schema.from_parameters(parameters)
    file, name = context.inputs["file"], str(parameters["file_name"])
    with open_table(file, name, limits, context.output) as table:
        found = list(table.columns)
        raws = list(islice(table.rows(found[:N_COLUMNS]), N_ROWS))
    told: dict[str, Any] = {
        "found": [_utf8(column) for column in found],
        "roles": list(SHAPES[KINDS[schema.kind].rows].roles(schema)),
        "cells": [[_cell(raw.get(column)) for column in found[:N_COLUMNS]] for _, raw in raws],
    }
    try:
        return told | _read(context, schema, limits)
    except InvalidInputError as error:
        # The columns are there to be named: which one is what is asked of a person.
        return told | {"by_role": {}, "findings": [], "rows": [], "refusal": error.found}


def _read(context: JobContext, schema: Schema, limits: Limits) -> dict[str, Any]:
    parameters = context.spec.parameters
    file, name = context.inputs["file"], str(parameters["file_name"])
    rows: list[dict[str, Any]] = []
    # Under another folder: what the first reading unpacked lies in the output.
    with (
        TemporaryDirectory(dir=context.output) as folder,
        open_table(file, name, limits, Path(folder)) as table,
    ):
        columns = choose_columns(schema, table.columns, dict(parameters.get("columns") or {}))
        make = row_maker(schema, columns)
        for number, raw in islice(table.rows(list(columns.by_role.values())), N_ROWS):
            row = make(number, raw)
            if isinstance(row, Fault):
                rows.append({"number": number, "code": row.code})
            else:
                rows.append({"number": number, "values": json.loads(row.line)})
    return {
        "by_role": {role: _utf8(column) for role, column in columns.by_role.items()},
        "findings": [found.model_dump() for found in columns.findings],
        "rows": rows,
    }


def _cell(value: object) -> str:
    text = "" if value is None else value if isinstance(value, str) else repr(value)
    return _utf8(text[:_MOST_CHARACTERS])


def _utf8(name: str) -> str:
    # A JSON key may hold half a character, which no answer can carry.
    return name.encode("utf-8", "backslashreplace").decode()
