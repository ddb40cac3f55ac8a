"""What a task's recipe says: of every training, of a fine-tune alone, of coalitions."""

from typing import Any, Final

from workbench.core.kinds import KINDS
from workbench.registry.task import TaskSpec

# What a task's recipe says about showing a model, not about training it.
_SHOWN: Final = frozenset({"prompts", "references", "new_tokens", "n_translated"})
# What it says about the course of one fine-tune; the coalitions of a study have none.
_COURSE: Final = frozenset({"validation_share", "evaluate_every", "keep"})
# How coalitions are evaluated, where not by the recipe that trains the model.
_UTILITY: Final = "utility"


def recipe_parameters(spec: TaskSpec) -> dict[str, Any]:
    """Return the task's training parameters, the same for every coalition."""
    others = {*_SHOWN, *_COURSE, _UTILITY}
    chosen = {name: value for name, value in spec.recipe.items() if name not in others}
    kind = KINDS[spec.kind]
    if kind.has_classes:
        chosen |= {"classes": list(spec.classes), "metric": spec.metric}
    if kind.rows == "labelled text":
        chosen.setdefault("features", "ngrams" if spec.base is None else "embeddings")
    if kind.rows == "table":
        chosen["n_features"] = spec.n_features
    return chosen


def fine_tune_parameters(spec: TaskSpec) -> dict[str, Any]:
    """Return the task's parameters of a fine-tune alone: its course, samples shown to people."""
    return {name: value for name, value in spec.recipe.items() if name in _SHOWN | _COURSE}
