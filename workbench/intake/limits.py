"""How large a contributed file may be in every direction."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from workbench.core.errors import InvalidInputError


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading; what exceeds them is refused before it is held in memory.

    Attributes
    ----------
    max_file_bytes : of the file, and of what a gzip file unpacks to.
    max_rows : rows of a file.
    max_row_chars : characters of one accepted row; longer rows are dropped.
    max_line_chars : characters of one line or record before it is parsed.
    max_columns : columns of a table, keys of a JSON object.
    max_json_bytes : of a JSON array, which must be held whole; JSON Lines has no such limit.
    max_json_depth : levels of nesting in one JSON object.
    max_number_digits : digits of a JSON integer; converting longer ones takes quadratic time.
    max_gzip_ratio : growth when unpacked, from the first MiB on.
    max_gzip_members : gzip files in a row that are read as one; bgzip writes one each 64 KiB,
        millions of empty ones would only burn time.
    max_hidden_percent : share of new rows found in the hidden test, or almost, above which the
        whole upload is quarantined.
    near_percent : Jaccard index of their 5-grams from which two texts are near duplicates.
    """

    max_file_bytes: int = 512 * 2**20
    max_rows: int = 1_000_000
    max_row_chars: int = 20_000
    max_line_chars: int = 2**20
    max_columns: int = 2_000
    max_json_bytes: int = 32 * 2**20
    max_json_depth: int = 16
    max_number_digits: int = 40
    max_gzip_ratio: int = 200
    max_gzip_members: int = 65_536
    max_hidden_percent: int = 1
    near_percent: int = 80

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the defaults with some replaced.

        Raises
        ------
        InvalidInputError
            An unknown limit, or one that is no whole number of at least 1.
        """
        known = [field.name for field in fields(cls)]
        for name, limit in value.items():
            if name not in known:
                raise InvalidInputError(f"intake has no limit {name!r}", wanted=", ".join(known))
            if type(limit) is not int or limit < 1:
                raise InvalidInputError(
                    f"the limit {name} is {limit!r}", wanted="a whole number of at least 1"
                )
        return cls(**value)
