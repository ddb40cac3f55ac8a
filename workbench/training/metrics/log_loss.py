"""Log-loss, for ``evaluate``."""

import datasets

from workbench.training.metrics.module import ItemMetric


class LogLoss(ItemMetric):
    """The mean of minus the log-probability of the true classes, in nats."""

    metric_name = "log-loss"

    @staticmethod
    def input_features() -> datasets.Features:
        """Return the probability of every class and the true class of a row."""
        number = datasets.Value("float64")
        return datasets.Features({"probabilities": datasets.List(number), "references": number})


METRIC = LogLoss
