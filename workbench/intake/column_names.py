"""How columns are guessed by their names, and what is said where they cannot be."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Final

from workbench.core.errors import WorkbenchError
from workbench.intake.codes import finding, refusal, shown, shown_list
from workbench.intake.schema import Columns

TEXT_NAMES: Final = ("text", "sentence", "content", "utterance", "body")
SOURCE_NAMES: Final = ("source", "document", "doc")
LABEL_NAMES: Final = ("label", "class", "target")


def first_named(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """Return the first column that has one of these names, the likeliest name first."""
    for name in names:
        for column in sorted(columns, key=lambda column: column != name):
            if column.strip().casefold() == name:
                return column
    return None


def guess_text(
    by_role: dict[str, str], role: str, names: Sequence[str], found: Mapping[str, bool]
) -> None:
    """Choose the column of a text, by its name or because no other holds texts.

    Raises
    ------
    InvalidInputError
        Neither says which it is.
    """
    free = [name for name in found if name not in by_role.values()]
    texts = [name for name in free if found[name]]
    guess = first_named(names, free) or (texts[0] if len(texts) == 1 else None)
    if guess is None:
        raise missing_columns(
            found, [role], f"a column named {role}, or the only column that holds texts"
        )
    by_role[role] = guess


def guess_named(
    by_role: dict[str, str], role: str, names: Sequence[str], found: Mapping[str, bool]
) -> bool:
    """Choose the column of a role by its name, and return whether it has one."""
    if role not in by_role:
        free = [name for name in found if name not in by_role.values()]
        column = first_named(names, free)
        if column is None:
            return False
        by_role[role] = column
    return True


def noted(by_role: dict[str, str], named: Mapping[str, str]) -> Columns:
    """Return the columns, with a note of those that nobody named."""
    guessed = [
        (role, column) for role, column in by_role.items() if role not in named and column != role
    ]
    if not guessed:
        return Columns(by_role)
    roles = ", ".join(f"{role} is read from the column {shown(name)}" for role, name in guessed)
    return Columns(by_role, (finding("columns-guessed", roles=roles, role=guessed[0][0]),))


def missing_columns(
    found: Mapping[str, bool], missing: Sequence[str], wanted: str
) -> WorkbenchError:
    """Return the refusal that names the columns found, those missing and the nearest."""
    near = [
        match
        for name in missing[:5]
        for match in difflib.get_close_matches(name[:100], [c[:100] for c in found], 1, 0.6)
    ]
    texts = [name for name, holds_text in found.items() if holds_text]
    if near:
        hint = f"did you mean {shown_list(near)}?"
    elif missing == ["text"] and texts:
        hint = f"say which column holds the text, such as columns={{'text': {shown(texts[0])}}}"
    else:
        hint = "rename the columns, or say which is which with columns={role: column}"
    return refusal(
        "missing-columns",
        columns=shown_list(list(found)),
        missing=shown_list(missing),
        needed=wanted,
        hint=hint,
        nearest=[shown(name) for name in near],
    )
