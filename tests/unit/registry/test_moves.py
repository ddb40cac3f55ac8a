"""What is not in the table does not happen."""

import pytest

from workbench.core.errors import InvalidMoveError
from workbench.registry.moves import check_move

MOVES = {"open": frozenset({"shut", "broken"}), "shut": frozenset({"open"}), "broken": frozenset()}


def test_a_move_of_the_table_passes() -> None:
    check_move("a door", MOVES, "open", "shut")


@pytest.mark.parametrize(
    ("state", "to", "wanted"),
    [("shut", "broken", "open"), ("broken", "open", "final"), ("lost", "open", "final")],
)
def test_another_move_is_refused_with_what_may_follow(state: str, to: str, wanted: str) -> None:
    with pytest.raises(InvalidMoveError, match=f"{state} cannot become {to}") as raised:
        check_move("a door", MOVES, state, to)
    assert wanted in raised.value.wanted
