"""Recipe ``text-classification-compare``: the uniform prediction and classifiers of texts."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.comparing import BASE_LABEL, CompareParameters, compare_losses
from workbench.training.encoder import check_base
from workbench.training.inputs import TEST_INPUT, required_input
from workbench.training.lora import ADAPTER_FILE, load_lora, read_shape
from workbench.training.parameters import read_parameters
from workbench.training.tabular_model import MODEL_FILE, TabularModel, uniform_model
from workbench.training.tabular_rows import Table
from workbench.training.text_classification import measured
from workbench.training.text_parameters import TextParameters
from workbench.training.text_tables import encoder_of, read_tokens, text_fingerprint, text_tables


def run(context: JobContext) -> dict[str, Any]:
    """Compare classifiers of texts, and the uniform prediction where the base is named.

    Each model says itself how texts become numbers, so that one of n-grams stands beside a
    tuned encoder.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats.

    Returns
    -------
    dict
        ``rows``, one a model: see ``comparing.compare_losses``, ``accuracy`` and ``macro_f1``;
        ``n_rows``, ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TextParameters, parameters.trained)
    found: dict[str, dict[str, float]] = {}
    losses = {}
    fingerprint: dict[str, str] = {}
    for position, name in enumerate(parameters.models):
        context.progress(position, len(parameters.models), "comparing")
        if name == BASE_LABEL:
            how = trained.model_copy(update={"features": "ngrams"})
            model, test = uniform_model(trained.of_head), _frozen(context, how)
        else:
            model, how = _load(_model_file(context, position, MODEL_FILE), trained)
            test = _test(context, model, how, position)
        losses[name] = -model.log_likelihoods(test)
        found[name] = measured(model, test)
        fingerprint |= text_fingerprint(how)
    context.progress(len(losses), len(losses), "comparing")
    (context.output / "losses.json").write_bytes(
        canonical_bytes({name: loss.tolist() for name, loss in losses.items()})
    )
    rng = np.random.default_rng(derive_seed("bootstrap", str(context.spec.seed)))
    weights = np.ones(len(next(iter(losses.values()))), dtype=np.int64)
    table = compare_losses(losses, weights, parameters, rng)
    for line in table:
        line |= {name: found[line["model"]][name] for name in ("accuracy", "macro_f1")}
    return {"rows": table, "n_rows": len(weights), "fingerprint": fingerprint}


def _load(path: Path, trained: TextParameters) -> tuple[TabularModel, TextParameters]:
    """Return a model, and the parameters that say how it turns texts into numbers."""
    model = TabularModel.load(path)
    if list(model.classes) != trained.classes:
        raise InvalidInputError(
            f"a model knows the classes {', '.join(model.classes)}",
            wanted=f"the task's: {', '.join(trained.classes)}",
            next_step="compare models of one task",
        )
    named = {name: value for name, value in model.texts.items() if name not in {"base", "adapter"}}
    return model, read_parameters(TextParameters, {"classes": trained.classes} | named)


def _test(context: JobContext, model: TabularModel, how: TextParameters, position: int) -> Table:
    """Return the hidden test as the model sees it."""
    if how.features != "ngrams":
        check_base(context, str(model.texts.get("base", "")))
    frozen = _frozen(context, how)
    if how.features != "encoder":
        return frozen
    adapter = _model_file(context, position, ADAPTER_FILE)
    digest = hashlib.sha256(adapter.read_bytes()).hexdigest()
    if digest != model.texts.get("adapter"):
        raise InvalidInputError(
            f"the adapter of the model at position {position} is {digest[:12]}…",
            wanted=f"the one that its head was trained with, {model.texts.get('adapter')!r:.20}",
            next_step="train the model again: its files are not of one training",
        )
    encoder = encoder_of(context, how)
    read_shape(adapter, encoder.digest)
    load_lora(encoder.lora, adapter)
    path = required_input(context.inputs, TEST_INPUT)
    return Table(encoder.embed(read_tokens(encoder, how, path, TEST_INPUT)), frozen.labels)


def _frozen(context: JobContext, how: TextParameters) -> Table:
    test = {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    return text_tables(context, how, test)[TEST_INPUT]


def _model_file(context: JobContext, position: int, name: str) -> Path:
    return required_input(context.inputs, f"model:{position}:{name}")
