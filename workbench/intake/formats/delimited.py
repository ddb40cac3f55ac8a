"""CSV and TSV (RFC 4180): a header, then as many fields in every row."""

import csv
import re
from collections.abc import Generator, Iterator
from itertools import islice
from typing import BinaryIO, Final

from workbench.intake.codes import refusal, shown
from workbench.intake.formats.table import Format, RawRow, Table
from workbench.intake.formats.text import Lines, open_text
from workbench.intake.limits import Limits

_N_SAMPLED: Final = 1_000
_NUMBER_OR_NOTHING: Final = re.compile(r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?\s*", re.ASCII)
_DELIMITERS: Final = {Format.CSV: ",", Format.TSV: "\t"}


def open_delimited(stream: BinaryIO, form: Format, limits: Limits) -> Table:
    """Return the table of a checked CSV or TSV file.

    Fields are texts as they stand: formulas, leading zeros and spaces are data.

    Raises
    ------
    InvalidInputError
        No rows, a column named twice, a broken quote, or a row with another number of fields,
        named by row and line.
    """
    records = _records(stream, _DELIMITERS[form], limits)
    header = [name.strip() for name in next(records, (0, []))[1]]
    for place, name in enumerate(header):
        if name and name in header[:place]:
            raise refusal("duplicate-column", column=shown(name))
    n_sampled = 0
    texts: set[int] = set()
    for _, fields in islice(records, _N_SAMPLED):
        n_sampled += 1
        texts |= {i for i, field in enumerate(fields) if not _NUMBER_OR_NOTHING.fullmatch(field)}
    records.close()
    if not n_sampled:
        raise refusal("no-rows")
    are_texts = {name: i in texts for i, name in enumerate(header) if name}

    def rows(_wanted: object) -> Iterator[RawRow]:
        again = _records(stream, _DELIMITERS[form], limits)
        next(again)
        for number, fields in again:
            yield number, dict(zip(header, fields, strict=True))

    return Table(form, are_texts, rows)


def _records(
    stream: BinaryIO, delimiter: str, limits: Limits
) -> Generator[tuple[int, list[str]], None, None]:
    """Yield row number and fields, the header first; blank lines count and are left out."""
    n_columns = 0
    with open_text(stream) as text:
        lines = Lines(text, limits.max_line_chars)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.next_record()
            line = lines.n_lines + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                why = "a field is too long; does a quote never close?"
                if "field larger" not in str(error):
                    why = str(error).replace("\t", "tab")
                raise refusal("broken-csv", row=lines.row, line=line, why=why) from error
            if not fields:
                continue
            if not n_columns:
                n_columns = len(fields)
                if n_columns > limits.max_columns:
                    raise refusal("too-many-columns", limit=limits.max_columns)
            if len(fields) != n_columns:
                raise refusal(
                    "ragged-row",
                    row=lines.row,
                    line=line,
                    n_fields=len(fields),
                    n_columns=n_columns,
                )
            yield lines.row, fields
