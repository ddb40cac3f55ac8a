"""DataFrames as tables for a terminal."""

import math
from typing import TYPE_CHECKING, Any

from workbench.client.display import Column, Table

if TYPE_CHECKING:
    import pandas as pd


def frame_table(frame: "pd.DataFrame", empty: str) -> str:
    """Return a DataFrame as an aligned table, or the sentence for an empty one."""
    if frame.empty:
        return empty
    columns = [Column(str(n), _side(frame.iloc[:, k])) for k, n in enumerate(frame.columns)]
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return Table("", columns, rows).text()


def _side(column: "pd.Series[Any]") -> Any:
    numbers = column.dtype.kind in "iuf" or all(isinstance(v, int) for v in column)
    return "right" if numbers and column.dtype.kind != "b" else "left"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return ""
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value.tolist() if hasattr(value, "tolist") else value)
