"""Loss per token, for ``evaluate``."""

import datasets

from workbench.training.metrics.module import ItemMetric


class LossPerToken(ItemMetric):
    """The mean of minus the log-probability of each next token, in nats."""

    metric_name = "loss-per-token"

    @staticmethod
    def input_features() -> datasets.Features:
        """Return a text's summed loss and over how many tokens it is summed."""
        number = datasets.Value("float64")
        return datasets.Features({"nats": number, "n_tokens": number})


METRIC = LossPerToken
