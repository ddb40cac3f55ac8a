"""The states of a contribution and the moves between them."""

from collections.abc import Mapping
from typing import Final, Literal

from workbench.registry.moves import check_move

State = Literal["draft", "submitted", "checked", "quarantined", "accepted", "refused", "withdrawn"]

MOVES: Final[Mapping[str, frozenset[str]]] = {
    "draft": frozenset({"submitted"}),
    "submitted": frozenset({"checked"}),
    "checked": frozenset({"accepted", "quarantined", "refused"}),
    "quarantined": frozenset({"accepted", "refused", "withdrawn"}),
    "accepted": frozenset({"withdrawn"}),
    "refused": frozenset({"withdrawn"}),
    "withdrawn": frozenset(),
}


def move(state: str, to: State) -> State:
    """Return the new state.

    Raises
    ------
    InvalidMoveError
        The move is not in the table.
    """
    check_move("a contribution", MOVES, state, to)
    return to
