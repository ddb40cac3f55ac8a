"""What a gate takes of a comparison: each model's loss of every item, in whole millionths."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext
from workbench.core.units import MICRO_PER_METRIC, micro_units
from workbench.training.hidden_items import HiddenItems

ITEMS_FILE: Final = "items.json"
# Answers of one model are equal to so many digits, whatever its file looks like.
_DIGITS: Final = 2


def write_items(
    context: JobContext,
    items: HiddenItems,
    losses: Mapping[str, Sequence[float]],
    *,
    parts: Sequence[int] | None = None,
    predictions: Mapping[str, Sequence[int]] | None = None,
    labels: Sequence[int] = (),
) -> None:
    """Write ``items.json`` into a comparison's output: numbers, and nothing that items say.

    Parameters
    ----------
    losses : model → nats of each item.
    parts : by which a sum of losses is divided; each item is one unless given.
    predictions : model → the class it says; of classifiers.
    labels : the right class of each item; of classifiers.
    """
    said = predictions or {}
    document: dict[str, Any] = {
        "digests": list(items.digests),
        "parts": list(parts or [1] * len(items.digests)),
        "slices": {name: list(values) for name, values in items.properties.items()},
        "losses": {model: [micro_units(one) for one in found] for model, found in losses.items()},
        "errors": {
            model: [
                0 if one == right else MICRO_PER_METRIC
                for one, right in zip(found, labels, strict=True)
            ]
            for model, found in said.items()
        },
        "answers": {
            model: [f"{one:.{_DIGITS}f}" for one in found] for model, found in losses.items()
        },
    }
    (context.output / ITEMS_FILE).write_bytes(canonical_bytes(document))
