"""Recipe ``tabular``: one classifier trained on all the rows of a job."""

import hashlib
import platform
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from workbench.core.jobs import JobContext
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.parameters import read_parameters
from workbench.training.tabular_model import TabularModel, check_classes, fit, uniform_model
from workbench.training.tabular_rows import Table, TabularParameters, read_tables


def run(context: JobContext) -> dict[str, Any]:
    """Train the task's classifier on every owner's rows and measure it on the hidden test.

    Output
    ------
    ``model.safetensors``: its arrays, with estimator and classes in the header.

    Returns
    -------
    dict
        ``model_digest``; ``metrics``: ``loss`` (minus the log-likelihood, nats a row)
        and ``accuracy``, the same of the uniform prediction as ``base_…``; sizes,
        ``seconds``, ``fingerprint``; ``curve`` and ``samples`` are empty.
    """
    parameters = read_parameters(TabularParameters, context.spec.parameters)
    started = time.perf_counter()
    tables = read_all(context, parameters)
    test = tables.pop(TEST_INPUT)
    table = Table.joined([tables[name] for name in sorted(tables)])
    context.progress(0, 1, "training")
    check_classes(table, parameters.classes)
    model = fit(table, parameters, context.spec.seed)
    path = model.save(context.output)
    context.progress(1, 1, "training")
    loss, accuracy = scores(model, test)
    base_loss, base_accuracy = scores(uniform_model(parameters), test)
    return {
        "model_digest": hashlib.sha256(path.read_bytes()).hexdigest(),
        "metrics": {
            "base_loss": base_loss,
            "loss": loss,
            "base_accuracy": base_accuracy,
            "accuracy": accuracy,
        },
        "curve": [],
        "samples": [],
        "n_rows": len(table),
        "n_test_rows": len(test),
        "seconds": time.perf_counter() - started,
        "fingerprint": tabular_fingerprint(),
    }


def read_all(context: JobContext, parameters: TabularParameters) -> dict[str, Table]:
    """Return the job's tables by the names of their inputs, the hidden test under its own."""
    paths = training_inputs(context.inputs)
    return read_tables(paths | {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}, parameters)


def scores(model: TabularModel, test: Table) -> tuple[float, float]:
    """Return the mean loss in nats a row, and the accuracy in [0, 1]."""
    return float(-model.log_likelihoods(test).mean()), float(hits(model, test).mean())


def hits(model: TabularModel, test: Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return 1 for each row whose label is the likeliest class; k-way ties count 1/k."""
    found = model.log_probabilities(test.features)
    best = found == found.max(axis=1, keepdims=True)
    right = np.take_along_axis(best, test.labels[:, None], axis=1)[:, 0]
    return np.asarray(right / best.sum(axis=1), dtype=np.float64)


def tabular_fingerprint() -> dict[str, str]:
    """Return the versions and the processor that decide a classifier's last bits."""
    packages = {name: version(name) for name in ("scikit-learn", "numpy", "scipy")}
    return packages | {"machine": platform.machine(), "threads": "1"}
