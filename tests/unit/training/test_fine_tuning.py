"""The learning rate's course, and losses that are no numbers."""

import pytest

from workbench.core.errors import TrainingDivergedError
from workbench.training.fine_tuning import check_loss, learning_rate
from workbench.training.parameters import CausalLmParameters


def test_cosine_starts_at_the_learning_rate_and_ends_near_zero() -> None:
    parameters = CausalLmParameters(steps=100, learning_rate=1.0)
    course = [learning_rate(parameters, step) for step in range(100)]
    assert course[0] == 1
    assert course == sorted(course, reverse=True)
    assert 0 < course[-1] < 0.001


def test_constant_stays() -> None:
    parameters = CausalLmParameters(steps=3, learning_rate=0.5, schedule="constant")
    assert {learning_rate(parameters, step) for step in range(3)} == {0.5}


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_says_where(loss: float) -> None:
    with pytest.raises(TrainingDivergedError) as caught:
        check_loss(loss, step=7)
    assert caught.value.facts == {"step": 7}
