"""Recipe ``tabular-compare``: the uniform prediction and classifiers on one hidden test."""

from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.comparing import BASE_LABEL, CompareParameters, compare_losses
from workbench.training.inputs import TEST_INPUT, model_weights, required_input
from workbench.training.parameters import read_parameters
from workbench.training.tabular import scores, tabular_fingerprint
from workbench.training.tabular_model import TabularModel, uniform_model
from workbench.training.tabular_rows import TabularParameters, read_table


def run(context: JobContext) -> dict[str, Any]:
    """Compare classifiers, and the uniform prediction where the base is named.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats.

    Returns
    -------
    dict
        ``rows``, one a model: see ``comparing.compare_losses``, and ``accuracy``;
        ``n_rows``, ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TabularParameters, parameters.trained)
    test = read_table(required_input(context.inputs, TEST_INPUT), TEST_INPUT, trained)
    models = {
        name: uniform_model(trained)
        if name == BASE_LABEL
        else _load(model_weights(context.inputs, position), trained)
        for position, name in enumerate(parameters.models)
    }
    losses = {name: -model.log_likelihoods(test) for name, model in models.items()}
    (context.output / "losses.json").write_bytes(
        canonical_bytes({name: loss.tolist() for name, loss in losses.items()})
    )
    rng = np.random.default_rng(derive_seed("bootstrap", str(context.spec.seed)))
    weights = np.ones(len(test), dtype=np.int64)
    table = compare_losses(losses, weights, parameters, rng)
    for line in table:
        line["accuracy"] = scores(models[line["model"]], test)[1]
    return {"rows": table, "n_rows": len(test), "fingerprint": tabular_fingerprint()}


def _load(path: Path, trained: TabularParameters) -> TabularModel:
    model = TabularModel.load(path)
    if list(model.classes) != trained.classes:
        raise InvalidInputError(
            f"a model knows the classes {', '.join(model.classes)}",
            wanted=f"the task's: {', '.join(trained.classes)}",
            next_step="compare models of one task",
        )
    return model
