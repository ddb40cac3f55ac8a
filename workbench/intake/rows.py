"""Canonical rows: the one form in which a task's rows are stored, hashed and trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.core.canonical import canonical_bytes
from workbench.core.kinds import KINDS
from workbench.intake.cleaning import Fault, has_invisible
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes import SHAPES


@dataclass(frozen=True, slots=True)
class Row:
    """One row that passed the schema.

    Attributes
    ----------
    number : where people find it in their file, from 1.
    line : canonical JSON (RFC 8785), without a line break.
    digest : SHA-256 under which the same row is the same, 64 hexadecimal digits.
    n_chars : characters of its texts.
    has_invisible : whether it holds characters nobody sees.
    """

    number: int
    line: bytes
    digest: str
    n_chars: int
    has_invisible: bool = False


def row_maker(
    schema: Schema, columns: Columns
) -> Callable[[int, Mapping[str, object]], Row | Fault]:
    """Return the function from a row as read to its canonical form, or what is wrong with it."""
    shape = SHAPES[KINDS[schema.kind].rows]

    def make(number: int, raw: Mapping[str, object]) -> Row | Fault:
        values = shape.values(raw, schema, columns.by_role)
        if isinstance(values, Fault):
            return values
        texts = shape.texts(values)
        line = canonical_bytes(values)
        return Row(
            number,
            line,
            shape.digest(values, line),
            sum(map(len, texts)),
            any(map(has_invisible, texts)),
        )

    return make
