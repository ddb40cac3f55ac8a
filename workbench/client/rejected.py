"""The rows of a contribution that did not pass: as a frame, and as a file to mend them by."""

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api, join
from workbench.client.frames import make_frame
from workbench.core.new_file import write_new

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ("row", "gate", "code", "outcome", "message")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def read_rejected(api: Api, contribution: str) -> "pd.DataFrame":
    """Return the rejected rows of a contribution, a line for each reason, in file order.

    The columns of its file stand last, as text.
    """
    answer = api.connection.request("GET", join("contributions", contribution, "rejected"))
    lines = [json.loads(line) for line in answer.text.split("\n") if line]
    names = list(dict.fromkeys(name for line in lines for name in line["values"]))
    # A column of the file may be called like one of ours.
    shown = {name: f"{name} (file)" if name in _COLUMNS else name for name in names}
    rows = [
        {name: line[name] for name in _COLUMNS}
        | {shown[name]: value for name, value in line["values"].items()}
        for line in lines
    ]
    return make_frame(rows, (*_COLUMNS, *shown.values()))


def write_rejected(frame: "pd.DataFrame", file: str | Path) -> Path:
    """Write rejected rows into a new CSV file that no spreadsheet takes for formulas.

    Raises
    ------
    ConflictError
        The file exists.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_harmless(name) for name in frame.columns])
    for values in frame.itertuples(index=False, name=None):
        writer.writerow([_harmless(value) for value in values])
    return write_new(Path(file), text.getvalue(), mode=0o600)


def _harmless(value: Any) -> str:
    """Return a cell; one that a spreadsheet would compute is quoted by an apostrophe."""
    cell = str(value)
    return f"'{cell}" if cell.lstrip(" \n").startswith(_FORMULA) else cell
