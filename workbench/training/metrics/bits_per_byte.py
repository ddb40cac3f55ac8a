"""Bits per byte, for ``evaluate``."""

import datasets

from workbench.training.metrics.module import ItemMetric


class BitsPerByte(ItemMetric):
    """What a byte of text costs a language model, whatever its tokenizer."""

    metric_name = "bits-per-byte"

    @staticmethod
    def input_features() -> datasets.Features:
        """Return a text's summed loss and its length in UTF-8."""
        number = datasets.Value("float64")
        return datasets.Features({"nats": number, "n_bytes": number})


METRIC = BitsPerByte
