"""Recipe ``text-classification``: one classifier of texts trained on all the rows of a job."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.jobs import JobContext
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.metrics.items import measure
from workbench.training.parameters import read_parameters
from workbench.training.tabular import scores
from workbench.training.tabular_model import TabularModel, check_classes, fit, uniform_model
from workbench.training.tabular_rows import Table
from workbench.training.text_parameters import TextParameters
from workbench.training.text_tables import text_fingerprint, text_tables


def run(context: JobContext) -> dict[str, Any]:
    """Train the task's classifier on every owner's texts and measure it on the hidden test.

    Output
    ------
    ``model.safetensors``: the head's arrays, with classes and how texts become numbers in the
    header; of a tuned encoder also ``adapter_model.safetensors`` and ``adapter_config.json``,
    as peft reads them, whose digest the head's header holds.

    Returns
    -------
    dict
        ``model_digest``; ``metrics``: ``loss`` (minus the log-likelihood, nats a row),
        ``accuracy`` and ``macro_f1``, the same of the uniform prediction as ``base_…``;
        ``curve`` of training losses, of an encoder only; ``samples`` is empty; sizes,
        ``seconds`` and ``fingerprint``.

    Raises
    ------
    InvalidInputError
        The rows show one class only, or one of them is no labelled text of the task.
    TrainingDivergedError
        The loss became NaN or infinite.
    """
    parameters = read_parameters(TextParameters, context.spec.parameters)
    started = time.perf_counter()
    curve: list[list[float]] = []
    inputs = training_inputs(context.inputs)
    names = sorted(inputs)
    context.progress(0, 1, "reading the texts once")
    tables = text_tables(
        context, parameters, inputs | {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    )
    test = tables.pop(TEST_INPUT)
    table = Table.joined([tables[name] for name in names])
    check_classes(table, parameters.classes)
    if parameters.features == "encoder":
        # As in text_tables: n-grams shall not wait for torch.
        from workbench.training.text_tuning import Tuning  # noqa: PLC0415

        tuning = Tuning.of(context, parameters)
        on_step = _teller(context, parameters.steps, curve)
        model, test = tuning.tuned(names, table, test, context.spec.seed, on_step)
        model = tuning.kept(context, model)
    else:
        model = fit(table, parameters.of_head)
        model = replace(model, texts=_texts(context, parameters))
        context.progress(1, 1, "training")
    path = model.save(context.output)
    return {
        "model_digest": _sha256(path),
        "metrics": _metrics("base_", uniform_model(parameters.of_head), test)
        | _metrics("", model, test),
        "curve": curve,
        "samples": [],
        "features": parameters.features,
        "n_rows": len(table),
        "n_test_rows": len(test),
        "seconds": time.perf_counter() - started,
        "fingerprint": text_fingerprint(parameters),
    }


def measured(model: TabularModel, test: Table) -> dict[str, float]:
    """Return ``loss`` in nats a row, ``accuracy`` and ``macro_f1``.

    Of equally likely classes accuracy counts each its share, and macro-F1 takes the first.
    """
    loss, accuracy = scores(model, test)
    guesses: NDArray[np.int64] = model.log_probabilities(test.features).argmax(axis=1)
    items = measure("macro-f1", predictions=guesses, references=test.labels)
    return {"loss": loss, "accuracy": accuracy, "macro_f1": items.score}


def _metrics(prefix: str, model: TabularModel, test: Table) -> dict[str, float]:
    return {f"{prefix}{name}": value for name, value in measured(model, test).items()}


def _texts(context: JobContext, parameters: TextParameters) -> dict[str, Any]:
    if parameters.features == "ngrams":
        named = parameters.model_dump(mode="json", include={"features", "n_features", "ngrams"})
        return dict(named)
    # As in text_tables: n-grams shall not wait for torch.
    from workbench.training.text_embeddings import described  # noqa: PLC0415

    return described(context, parameters)


def _teller(
    context: JobContext, n_steps: int, curve: list[list[float]]
) -> Callable[[int, float, int], None]:
    since, n_tokens = time.perf_counter(), 0

    def on_step(step: int, loss: float, n_step_tokens: int) -> None:
        nonlocal n_tokens
        n_tokens += n_step_tokens
        curve.append([step, loss])
        speed = n_tokens / (time.perf_counter() - since)
        context.emit({"type": "metric", "step": step, "loss": loss, "tokens_per_second": speed})
        context.progress(step, n_steps, "fine-tuning")

    return on_step


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
