"""DataFrames from wire objects: amounts stay whole numbers, times stay UTC."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from workbench.core.credits import format_credits

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# Half the width of a 95 % interval, in standard errors.
Z95: Final = 1.959963984540054


def make_frame(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, money: Sequence[str] = ()
) -> "pd.DataFrame":
    """Return rows as a DataFrame with these columns, in this order.

    Parameters
    ----------
    rows : wire objects as dictionaries; other keys are left out.
    columns : names to keep.
    money : columns of µcr as decimal strings; each becomes Python ints, followed by
        ``<name>_credits``, the same as people read it.
    """
    import pandas as pd

    cells = [[row.get(name) for name in columns] for row in rows]
    frame = pd.DataFrame(cells, columns=list(columns))
    for name in money:
        amounts = [int(amount) for amount in frame[name]]
        frame[name] = pd.Series(amounts, dtype=object, index=frame.index)
        texts = pd.Series(map(format_credits, amounts), dtype=str, index=frame.index)
        frame.insert(list(frame.columns).index(name) + 1, f"{name}_credits", texts)
    return frame


def with_interval(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Insert ``low`` and ``high``, the 95 % interval, after ``standard_error``."""
    position = list(frame.columns).index("standard_error") + 1
    half = Z95 * frame["standard_error"]
    frame.insert(position, "low", frame["value"] - half)
    frame.insert(position + 1, "high", frame["value"] + half)
    return frame


def from_arrow(table: "pa.Table") -> "pd.DataFrame":
    """Return an Arrow table as a DataFrame in which no whole number became a float.

    Integers with nulls become pandas' nullable ones; hugeint, which travels as a decimal
    without places, becomes Python ints.
    """
    import pandas as pd

    nullable = {
        "int8": pd.Int8Dtype(), "int16": pd.Int16Dtype(), "int32": pd.Int32Dtype(),
        "int64": pd.Int64Dtype(), "uint8": pd.UInt8Dtype(), "uint16": pd.UInt16Dtype(),
        "uint32": pd.UInt32Dtype(), "uint64": pd.UInt64Dtype(),
    }  # fmt: skip
    has_null = {str(column.type) for column in table.columns if column.null_count}
    frame: pd.DataFrame = table.to_pandas(
        types_mapper=lambda kind: nullable.get(str(kind)) if str(kind) in has_null else None
    )
    for position, field in enumerate(table.schema):
        # By position: a statement may name two columns alike.
        if str(field.type).startswith("decimal") and field.type.scale == 0:
            frame.isetitem(position, frame.iloc[:, position].map(_whole).astype(object).array)
    return frame


def _whole(value: object) -> object:
    return int(value) if isinstance(value, Decimal) else value
