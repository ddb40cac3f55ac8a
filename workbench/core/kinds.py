"""What a task's model may do, and what follows from it: rows, recipe, metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

KindName = Literal["causal-lm", "translation", "text-classification", "tabular-classification"]

RowShape = Literal["text", "translation", "labelled text", "table"]
"""What a canonical row holds: ``{"text", "source"}`` or, in a chat, ``{"messages", "source"}``;
``{"text", "translation", "source"}``; ``{"text", "label", "source"}``; ``{"features", "label"}``.
"""


@dataclass(frozen=True)
class Kind:
    """One kind of task.

    Attributes
    ----------
    name : as tasks say it.
    rows : the shape of its rows.
    recipe : trains its model; ``<recipe>-utility`` evaluates coalitions, ``<recipe>-compare``
        holds models against each other.
    metrics : what its utilities may measure, the usual one first; higher is better.
    base : whether a task names a base model.
    utilities : closed forms that may evaluate coalitions instead of the recipe.
    has_classes : whether a task names the labels of its rows.
    writes : whether its models write text.
    """

    name: KindName
    rows: RowShape
    recipe: str
    metrics: tuple[str, ...]
    base: Literal["always", "maybe", "never"]
    utilities: tuple[str, ...] = ()
    has_classes: bool = False
    writes: bool = False


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name="causal-lm",
            rows="text",
            recipe="causal-lm",
            metrics=("negative loss per token",),
            base="always",
            writes=True,
        ),
        Kind(
            name="translation",
            rows="translation",
            recipe="causal-lm",
            metrics=("negative loss per token",),
            base="always",
            writes=True,
        ),
        Kind(
            name="text-classification",
            rows="labelled text",
            recipe="text-classification",
            metrics=("log-likelihood", "accuracy"),
            base="maybe",
            has_classes=True,
        ),
        Kind(
            name="tabular-classification",
            rows="table",
            recipe="tabular",
            metrics=("log-likelihood", "accuracy"),
            base="never",
            utilities=("ridge", "logistic"),
            has_classes=True,
        ),
    )
}
"""Every kind by its name."""
