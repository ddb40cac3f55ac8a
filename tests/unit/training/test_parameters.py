"""Recipes say which of their parameters is wrong."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.tune_parameters import check_tune


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


def test_a_misspelt_name_gets_the_nearest_and_all_there_are() -> None:
    with pytest.raises(InvalidInputError, match="'learning_rtae' is unknown") as caught:
        read_parameters(CausalLmParameters, {"learning_rtae": 1e-3})
    assert caught.value.next_step == "did you mean learning_rate?"
    assert "max_tokens" in caught.value.wanted


def test_a_value_out_of_bounds_is_said_with_its_bounds_alone() -> None:
    with pytest.raises(InvalidInputError, match="steps is 0") as caught:
        read_parameters(CausalLmParameters, {"steps": 0})
    assert caught.value.wanted == "steps: greater than or equal to 1"


def test_what_does_not_go_together_is_said_in_our_words() -> None:
    with pytest.raises(InvalidInputError, match=r": accumulate 9 is more than the batch_rows 8"):
        read_parameters(CausalLmParameters, {"accumulate": 9})


@pytest.mark.parametrize(
    ("recipe", "name", "value"),
    [
        ("tabular", "n_features", 3),
        ("tabular", "classes", ["a", "b"]),
        ("text-classification", "metric", "accuracy"),
    ],
)
def test_what_the_rules_fix_is_nobodys_choice(recipe: str, name: str, value: object) -> None:
    of_task = {"classes": ["low", "high"], "metric": "log-likelihood"}
    with pytest.raises(InvalidInputError, match=f"asks for {name}, which the task's rules fix"):
        check_tune(recipe, of_task, {name: value})
    with pytest.raises(InvalidInputError, match="is unknown") as caught:
        check_tune(recipe, of_task, {"magic": 1})
    assert name not in caught.value.wanted.split(", ")


def test_the_number_of_ngrams_is_a_choice() -> None:
    of_task = {"classes": ["low", "high"], "metric": "log-likelihood"}
    chosen = check_tune("text-classification", of_task, {"n_features": 64})
    assert chosen["n_features"] == 64
