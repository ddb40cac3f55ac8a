"""Perplexity, for ``evaluate``."""

import datasets

from workbench.training.metrics.module import ItemMetric


class Perplexity(ItemMetric):
    """Between how many equally likely tokens a language model would be as unsure."""

    metric_name = "perplexity"

    @staticmethod
    def input_features() -> datasets.Features:
        """Return a text's summed loss and over how many tokens it is summed."""
        number = datasets.Value("float64")
        return datasets.Features({"nats": number, "n_tokens": number})


METRIC = Perplexity
