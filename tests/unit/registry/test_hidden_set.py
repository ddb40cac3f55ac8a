"""A hidden set serves its budget and retires."""

import pytest

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.registry.hidden_set import HiddenSet


def test_it_retires_after_its_budget_and_says_so() -> None:
    hidden = HiddenSet("d" * 64, budget=2).use("a").use("b")
    assert hidden.is_retired
    with pytest.raises(ConflictError, match="has served all 2 gates") as raised:
        hidden.use("c")
    assert "new one" in raised.value.next_step


def test_the_same_gate_again_is_free_even_when_retired() -> None:
    hidden = HiddenSet("d" * 64, budget=1).use("a")
    assert hidden.use("a") == hidden
    assert (hidden.left, hidden.uses) == (0, ("a",))


@pytest.mark.parametrize(("budget", "uses"), [(0, ()), (1, ("a", "b")), (3, ("a", "a"))])
def test_what_cannot_have_been_is_refused(budget: int, uses: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInputError, match=f"budget of {budget}"):
        HiddenSet("d" * 64, budget, uses)
