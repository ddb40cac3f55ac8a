"""Recipe ``text-classification-measure``: what a classifier of texts costs here, from a part."""

import time
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from workbench.core.jobs import JobContext
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.memory import forget_peak, resident, resident_peak
from workbench.training.parameters import read_parameters
from workbench.training.shares import Shares, draw_half, fit_shares, row_bytes
from workbench.training.tabular_model import check_classes
from workbench.training.tabular_rows import Table
from workbench.training.text_classification import measured
from workbench.training.text_features import find_text_table, hashed_ngrams
from workbench.training.text_parameters import TextParameters
from workbench.training.text_sample import Find, Make, TextRows
from workbench.training.text_tables import text_fingerprint

# As many as an encoder reads at once: the longest ones take the most memory.
_AT_ONCE = 32


class TextMeasureParameters(TextParameters):
    """The classifier to measure.

    Attributes
    ----------
    sizes : name of a size → its steps; of a tuned encoder only.
    measured_steps : after a first one that warms up.
    """

    sizes: dict[str, int] = Field(default_factory=dict, max_length=16)
    measured_steps: int = Field(default=3, ge=1, le=100)

    @model_validator(mode="after")
    def _steps_have_sizes(self) -> "TextMeasureParameters":
        if (self.features == "encoder") != bool(self.sizes):
            raise ValueError("an encoder that is tuned has sizes, and nothing else has")
        return self


def run(context: JobContext) -> dict[str, Any]:
    """Fit a quarter and a half of the texts, or take a few steps of an encoder.

    Returns
    -------
    dict
        What ``registry.fit_prediction.MeasuredFit`` reads, of an encoder that is tuned what
        ``registry.prediction.Measured`` reads; and the ``fingerprint``.

    Raises
    ------
    InvalidInputError
        The rows show one class only, or one of them is no labelled text of the task.
    UnsupportedFormatError
        The task's base is no encoder.
    """
    parameters = read_parameters(TextMeasureParameters, context.spec.parameters)
    if parameters.features == "encoder":
        # As in text_tables: n-grams shall not wait for torch.
        from workbench.training.text_tuning_measure import measure_tuning  # noqa: PLC0415

        found = measure_tuning(context, parameters, parameters.sizes, parameters.measured_steps)
    else:
        found = _measure_fit(context, parameters)
    return found | {"fingerprint": text_fingerprint(parameters)}


def _measure_fit(context: JobContext, parameters: TextParameters) -> dict[str, Any]:
    forget_peak()
    context.progress(0, 3, "measuring")
    started = time.perf_counter()
    make, find = _features(context, parameters)
    rows = TextRows.read(training_inputs(context.inputs), parameters, find)
    test_path = {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    test = TextRows.read(test_path, parameters, find)
    load_seconds = time.perf_counter() - started
    check_classes(Table(np.empty((len(rows.texts), 0)), rows.labels), parameters.classes)
    context.progress(1, 3, "measuring")
    before = resident()
    rows.table(rows.longest(_AT_ONCE), make)
    shares = Shares.of(rows.labels, context.spec.seed)
    small, _ = shares.sizes
    first, first_made = rows.table(shares.order[:small], make)
    context.check_cancelled()
    second, second_made = rows.table(shares.order[small:], make)
    asked, asked_made = test.table(draw_half(len(test.texts), context.spec.seed), make)
    context.progress(2, 3, "measuring")
    part = Table.joined([first, second])
    fitted = fit_shares(
        context, part, shares.sizes, parameters.of_head, lambda model: measured(model, asked)
    )
    peak_bytes = resident_peak()
    context.progress(3, 3, "measuring")
    made = [one for one in (first_made, second_made, asked_made) if one.places]
    scale = len(test.texts) / len(asked)
    return {
        "load_seconds": load_seconds + fitted.warm_seconds,
        "text_seconds": [one.seconds / len(one.places) for one in made],
        "uncached_texts": len(rows.uncached) + len(test.uncached),
        "sampled_rows": list(shares.sizes),
        "fit_seconds": fitted.fit_seconds,
        "score_seconds": [seconds * scale for seconds in fitted.score_seconds],
        "n_rows": len(rows.texts),
        "peak_bytes": peak_bytes,
        "row_bytes": row_bytes(part, peak_bytes - before),
    }


def _features(context: JobContext, parameters: TextParameters) -> tuple[Make, Find]:
    if parameters.features == "ngrams":
        return (
            lambda texts: hashed_ngrams(texts, parameters),
            lambda path: find_text_table(path, parameters, context.cache),
        )
    # As in text_tables: n-grams shall not wait for torch.
    from workbench.training.text_embeddings import (  # noqa: PLC0415
        embedder,
        encoder_of,
        find_embedding_table,
    )

    encoder = encoder_of(context, parameters)
    return (
        embedder(encoder, parameters),
        lambda path: find_embedding_table(context, encoder, parameters, path),
    )
