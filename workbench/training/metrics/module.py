"""Our metrics as ``evaluate`` knows metrics: without a hub, and with a score for each item."""

from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import datasets
import evaluate

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import measure
from workbench.training.metrics.table import METRICS, find_metric


class ItemMetric(evaluate.Metric, ABC):
    """A metric of our table behind ``evaluate``'s interface.

    ``compute`` answers with the score under the metric's key, each item's own score under
    ``<key>_per_item``, and the number of items. Inputs of another of our metrics are left to
    that one, so that ``evaluate.combine`` can hand all inputs to all.

    It is abstract, so that ``evaluate.load`` passes it over in the module of a metric.
    """

    metric_name: ClassVar[str]

    @staticmethod
    @abstractmethod
    def input_features() -> datasets.Features:
        """Return the types of the inputs, as ``datasets`` writes them."""

    def _info(self) -> evaluate.MetricInfo:
        metric = METRICS[self.metric_name]
        return evaluate.MetricInfo(
            description=f"{metric.unit}; {metric.better} is better",
            citation="",
            inputs_description=f"{' and '.join(metric.inputs)}, one of each for {metric.item}",
            features=self.input_features(),
        )

    def _compute(self, **inputs: Any) -> dict[str, Any]:
        metric = METRICS[self.metric_name]
        others = {name for other in METRICS.values() for name in other.inputs}
        unknown = set(inputs) - others
        if unknown:
            raise InvalidInputError(
                f"{metric.name} was given {', '.join(sorted(unknown))}",
                wanted=" and ".join(metric.inputs),
            )
        items = measure(metric.name, **{name: inputs[name] for name in metric.inputs})
        return {
            metric.key: items.score,
            f"{metric.key}_per_item": items.per_item.tolist(),
            f"{metric.key}_n_items": items.n_items,
        }


def load_metric(name: str, folder: Path, experiment_id: str = "workbench") -> ItemMetric:
    """Return one of our metrics for use with ``evaluate``, without asking any hub.

    ``evaluate.load`` on the path of a metric's module works as well, but copies that module to
    ``HF_MODULES_CACHE`` first.

    Parameters
    ----------
    name
        In ``table.METRICS``.
    folder
        Where ``evaluate`` makes its folders; inputs themselves stay in memory.
    experiment_id
        Tells evaluations in one folder apart.

    Raises
    ------
    InvalidInputError
        If no metric has the name.
    """
    metric = find_metric(name)
    module = import_module(f"workbench.training.metrics.{metric.key}")
    found: type[ItemMetric] = module.METRIC
    return found(cache_dir=str(folder), experiment_id=experiment_id, keep_in_memory=True)
