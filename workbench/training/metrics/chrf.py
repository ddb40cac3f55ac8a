"""chrF, for ``evaluate``."""

import datasets

from workbench.training.metrics.module import ItemMetric


class Chrf(ItemMetric):
    """How many character n-grams a text shares with its references, recall before precision."""

    metric_name = "chrf"

    @staticmethod
    def input_features() -> datasets.Features:
        """Return a text and its references."""
        text = datasets.Value("string")
        return datasets.Features({"predictions": text, "references": datasets.List(text)})


METRIC = Chrf
