"""What a shape of rows is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.intake.cleaning import Fault
from workbench.intake.schema import Columns, Schema


@dataclass(frozen=True)
class Shape:
    """How rows of one shape are read.

    Attributes
    ----------
    roles : what columns may be named for, of this schema.
    columns : (schema, columns found → whether they hold texts, role → column as named) to the
        columns chosen.
    values : (row as read, schema, role → column) to the members of the canonical row, or a fault.
    digest : (members, canonical line) to what the same rows share, 64 hexadecimal digits.
    texts : the members that people read: their characters are counted and looked through.
    """

    roles: Callable[[Schema], list[str]]
    columns: Callable[[Schema, Mapping[str, bool], Mapping[str, str]], Columns]
    values: Callable[[Mapping[str, object], Schema, Mapping[str, str]], dict[str, Any] | Fault]
    digest: Callable[[Mapping[str, Any], bytes], str]
    texts: Callable[[Mapping[str, Any]], list[str]]
