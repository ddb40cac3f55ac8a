"""What every format is read into."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

RawRow = tuple[int, Mapping[str, object]]
"""Row number as people count it in the file, and values by column name.

Counted from 1: lines of JSON Lines and text, items of a JSON array, rows of Parquet; for CSV and
TSV as a spreadsheet counts, where the header is row 1.
"""


class Format(StrEnum):
    """The formats that intake reads, as people call them."""

    CSV = "CSV"
    TSV = "TSV"
    JSON = "JSON (an array of objects)"
    JSONL = "JSON Lines"
    PARQUET = "Parquet"
    TXT = "plain text"


@dataclass(frozen=True)
class Table:
    """A file of rows, opened and bounded, not yet read.

    Attributes
    ----------
    format : what it is.
    columns : name → whether the first values are texts rather than numbers, in file order.
    rows : reads the file from its start; given the columns that are wanted, yields each row
        with at least these. Raises a WorkbenchError where the file is broken.
    """

    format: Format
    columns: Mapping[str, bool]
    rows: Callable[[Sequence[str]], Iterator[RawRow]]
