"""The allow list of recipes."""

import importlib.util

import pytest

from workbench.compute.recipes import RECIPES, check_recipe, load_recipe
from workbench.core.errors import InvalidInputError


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_names_a_module_that_exists_and_a_function_called_run(name: str) -> None:
    module, _, function = RECIPES[name].partition(":")

    assert importlib.util.find_spec(module) is not None
    assert function == "run"


@pytest.mark.parametrize("name", ["", "os:system", "workbench.intake.recipe:run", "Intake"])
def test_what_is_not_in_the_list_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="there is no recipe") as raised:
        check_recipe(name)

    assert "intake" in raised.value.wanted


def test_a_recipe_is_imported_by_its_name() -> None:
    assert load_recipe("join", {"join": "posixpath:join"})("a", "b") == "a/b"  # type: ignore[call-arg, arg-type, comparison-overlap]
