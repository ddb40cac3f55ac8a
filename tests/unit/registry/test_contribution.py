"""A contribution moves forward through its states."""

from typing import get_args

import pytest

from workbench.core.errors import InvalidMoveError
from workbench.registry.contribution import MOVES, State, move


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(get_args(State))


def test_a_clean_draft_becomes_accepted() -> None:
    assert move(move(move("draft", "submitted"), "checked"), "accepted") == "accepted"


@pytest.mark.parametrize(
    ("state", "to"), [("draft", "accepted"), ("accepted", "draft"), ("withdrawn", "accepted")]
)
def test_other_moves_are_refused_with_the_allowed_ones(state: str, to: State) -> None:
    with pytest.raises(InvalidMoveError, match=f"{state} cannot become {to}"):
        move(state, to)
