"""Moves between states, as tables: what is not in the table does not happen."""

from collections.abc import Mapping

from workbench.core.errors import InvalidMoveError


def check_move(noun: str, moves: Mapping[str, frozenset[str]], state: str, to: str) -> None:
    """Raise unless a move is in its table.

    Parameters
    ----------
    noun : what moves, with its article, for the message.
    moves : state → states that may follow.

    Raises
    ------
    InvalidMoveError
        The move is not in the table.
    """
    allowed = moves.get(state, frozenset())
    if to not in allowed:
        raise InvalidMoveError(
            f"{noun} that is {state} cannot become {to}",
            wanted=", ".join(sorted(allowed)) or "nothing: it is final",
        )
