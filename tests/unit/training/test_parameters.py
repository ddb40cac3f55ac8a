"""Recipes say which of their parameters is wrong."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.parameters import CausalLmParameters, read_parameters


def test_defaults_are_a_recipe() -> None:
    assert read_parameters(CausalLmParameters, {}).last_blocks == 2


@pytest.mark.parametrize(
    "given",
    [
        {"steps": 0},
        {"learning_rate": float("nan")},
        {"learning_rate": -1},
        {"max_tokens": 1},
        {"dtype": "float16"},
        {"learning_rtae": 1e-3},
    ],
)
def test_a_wrong_parameter_is_named(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_parameters(CausalLmParameters, given)
    assert next(iter(given)) in caught.value.facts["problems"][0]
