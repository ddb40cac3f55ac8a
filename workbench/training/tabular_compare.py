"""Recipe ``tabular-compare``: the uniform prediction and classifiers on one hidden test."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext
from workbench.training.comparing import (
    BASE_LABEL,
    CompareParameters,
    compare_models,
)
from workbench.training.hidden_items import HiddenItems
from workbench.training.inputs import TEST_INPUT, model_weights, required_input
from workbench.training.paired_items import write_items
from workbench.training.parameters import read_parameters
from workbench.training.tabular import tabular_fingerprint
from workbench.training.tabular_model import TabularModel, load_model_of, uniform_model
from workbench.training.tabular_rows import Table, TabularParameters, read_table

_MAIN = "log-loss"


def run(context: JobContext) -> dict[str, Any]:
    """Compare classifiers, and the uniform prediction where the base is named.

    A model says the likeliest class, and of equally likely ones the first: the uniform
    prediction always says the task's first class.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats; ``items.json``: what a gate
    takes, see ``paired_items``.

    Returns
    -------
    dict
        What ``comparing.compare_models`` returns, by log-loss, with slices by class;
        ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TabularParameters, parameters.trained)
    path = required_input(context.inputs, TEST_INPUT)
    test = read_table(path, TEST_INPUT, trained)
    models = {
        name: uniform_model(trained)
        if name == BASE_LABEL
        else load_model_of(model_weights(context.inputs, position), trained.classes)
        for position, name in enumerate(parameters.models)
    }
    losses = {name: (-model.log_likelihoods(test)).tolist() for name, model in models.items()}
    (context.output / "losses.json").write_bytes(canonical_bytes(losses))
    classes = {"class": [trained.classes[label] for label in test.labels]}
    answers = {name: class_answers(model, test) for name, model in models.items()}
    items = HiddenItems.read(path, properties=classes)
    write_items(context, items, losses, **class_items(answers))
    compared = compare_models(
        "tabular-classification",
        answers,
        items,
        parameters,
        context.spec.seed,
        main=_MAIN,
        sliced=["accuracy"],
    )
    return compared | {"fingerprint": tabular_fingerprint()}


def class_items(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what ``write_items`` takes of classifiers beside their losses."""
    labels = next(iter(answers.values()))["references"]
    predictions = {name: found["predictions"].tolist() for name, found in answers.items()}
    return {"predictions": predictions, "labels": labels.tolist()}


def class_answers(model: TabularModel, test: Table) -> dict[str, Any]:
    """Return what a classifier says of each row, as the metrics of classifications take it."""
    shares = np.exp(model.log_probabilities(test.features))
    return {
        "probabilities": shares,
        "predictions": shares.argmax(axis=1),
        "references": test.labels,
    }
