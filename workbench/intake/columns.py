"""Which column plays which role: named by the contributor, or guessed and said so."""

import difflib
from collections.abc import Mapping, Sequence

from workbench.core.kinds import KINDS
from workbench.intake.codes import refusal, shown, shown_list
from workbench.intake.column_names import missing_columns
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes import SHAPES


def choose_columns(schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    """Return the column of each role.

    Parameters
    ----------
    schema
        Of the task.
    found
        The file's columns: name → whether it holds texts.
    named
        Role → column, where the contributor says so.

    Raises
    ------
    InvalidInputError
        An unknown role, a column that is not there, or one that cannot be guessed; with the
        columns found, those wanted and the nearest names.
    """
    shape = SHAPES[KINDS[schema.kind].rows]
    _check_named(named, shape.roles(schema), found)
    return shape.columns(schema, found, named)


def _check_named(named: Mapping[str, str], roles: Sequence[str], found: Mapping[str, bool]) -> None:
    for role, column in named.items():
        if role not in roles:
            near = difflib.get_close_matches(role, roles, 1)
            raise refusal(
                "unknown-role",
                role=shown(role),
                roles=shown_list(roles),
                hint=f"did you mean {near[0]!r}?" if near else "use one of these roles",
            )
        if column not in found:
            raise missing_columns(found, [column], f"the column you named for {role}")
        if list(named.values()).count(column) > 1:
            raise refusal("same-column", column=shown(column))
