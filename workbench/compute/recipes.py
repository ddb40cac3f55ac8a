"""The allow list: which function a recipe's name stands for."""

import importlib
from collections.abc import Mapping
from typing import Final, cast

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import Recipe

RECIPES: Final[Mapping[str, str]] = {
    "intake": "workbench.intake.recipe:run",
    "mask": "workbench.intake.mask_recipe:run",
    "causal-lm": "workbench.training.causal_lm:run",
    "causal-lm-utility": "workbench.training.causal_lm_utility:run",
    "causal-lm-preview": "workbench.training.causal_lm_preview:run",
    "causal-lm-measure": "workbench.training.causal_lm_measure:run",
    "causal-lm-generate": "workbench.training.causal_lm_generate:run",
    "causal-lm-compare": "workbench.training.causal_lm_compare:run",
    "tabular": "workbench.training.tabular:run",
    "tabular-measure": "workbench.training.tabular_measure:run",
    "tabular-utility": "workbench.training.tabular_utility:run",
    "tabular-compare": "workbench.training.tabular_compare:run",
    "ridge-utility": "workbench.training.ridge_utility:run",
    "logistic-utility": "workbench.training.logistic_utility:run",
    "text-classification": "workbench.training.text_classification:run",
    "text-classification-measure": "workbench.training.text_classification_measure:run",
    "text-classification-utility": "workbench.training.text_classification_utility:run",
    "text-classification-compare": "workbench.training.text_classification_compare:run",
    "fill-cache": "workbench.training.causal_lm_cache:run",
    "freeze-vocabulary": "workbench.training.causal_lm_vocabulary:run",
    "row-values": "workbench.training.row_values:run",
    "weights": "workbench.training.weights:run",
    "import-model": "workbench.training.base_model:run",
    "track": "workbench.tracking.log:run",
    "track-setup": "workbench.tracking.setup:run",
    "track-champion": "workbench.tracking.champion:run",
    "read-back": "workbench.tracking.read_back:run",
}
"""Recipe → ``package.module:function``; a job can run nothing that is not named here."""


def check_recipe(name: str, recipes: Mapping[str, str] = RECIPES) -> None:
    """Raise InvalidInputError unless the allow list has the recipe."""
    if name not in recipes:
        raise InvalidInputError(
            f"there is no recipe {name!r}",
            wanted=f"one of {', '.join(sorted(recipes))}",
            recipe=name,
        )


def load_recipe(name: str, recipes: Mapping[str, str] = RECIPES) -> Recipe:
    """Import a recipe's function; the worker does this when the first job asks for it.

    Recipes are imported late, so that a worker that only reads files never pays for torch.
    """
    check_recipe(name, recipes)
    module, _, function = recipes[name].partition(":")
    return cast("Recipe", getattr(importlib.import_module(module), function))
