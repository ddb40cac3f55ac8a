"""Recipe ``causal-lm-compare``: the base model and adapters on one hidden test."""

from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.base import BaseModel, base_digest, load_base
from workbench.training.causal_lm import TuneParameters
from workbench.training.comparing import BASE_LABEL, CompareParameters, compare_losses
from workbench.training.fine_tuning import check_loss
from workbench.training.inputs import ROWS_PREFIX, TEST_INPUT, model_weights, required_input
from workbench.training.learner import RowLosses
from workbench.training.lora import load_lora, read_shape
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import learner_of
from workbench.training.rows import EncodedRow, encode_rows, read_rows
from workbench.training.vocabulary import Vocabulary


def run(context: JobContext) -> dict[str, Any]:
    """Compare adapters, and the base model where it is named.

    The softmax ranges over all tokens; where the job has owners' rows too and no adapter is
    everywhere, over the tokens of that pool, as in training and valuation. The adapters say
    their rank and how many blocks they sit in; how rows are cut is said by the parameters
    they were trained with.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats summed over its tokens.

    Returns
    -------
    dict
        ``rows``, one a model: see ``comparing.compare_losses``; ``softmax`` (``"full"`` or
        ``"pool"``), ``n_rows``, ``n_tokens``, ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TuneParameters, parameters.trained)
    losses: dict[str, RowLosses] = {}
    vocabulary: Vocabulary | None = None
    chosen = [
        None if model == BASE_LABEL else model_weights(context.inputs, position)
        for position, model in enumerate(parameters.models)
    ]
    shapes = [trained if path is None else _shaped(context, trained, path) for path in chosen]
    # One softmax for all: losses over different ones are different numbers.
    pruned = bool(_pool_names(context)) and not any(s.lora == "everywhere" for s in shapes)
    for position, (model, weights, shaped) in enumerate(
        zip(parameters.models, chosen, shapes, strict=True)
    ):
        context.progress(position, len(parameters.models), "comparing")
        base = load_base(context, shaped)
        vocabulary = vocabulary or _vocabulary(context, shaped, base, pruned=pruned)
        losses[model] = _losses(context, shaped, base, vocabulary, weights)
        check_loss(losses[model].mean, model=model)
    context.progress(len(losses), len(losses), "comparing")
    totals = {model: np.asarray(found.total) for model, found in losses.items()}
    n_tokens = np.asarray(losses[parameters.models[0]].n_tokens)
    (context.output / "losses.json").write_bytes(
        canonical_bytes({model: total.tolist() for model, total in totals.items()})
    )
    rng = np.random.default_rng(derive_seed("bootstrap", str(context.spec.seed)))
    return {
        "rows": compare_losses(totals, n_tokens, parameters, rng),
        "softmax": "pool" if pruned else "full",
        "n_rows": len(n_tokens),
        "n_tokens": int(n_tokens.sum()),
        "fingerprint": base.fingerprint(),
    }


def _shaped(context: JobContext, trained: TuneParameters, weights: Path) -> TuneParameters:
    return read_shape(weights, base_digest(context)).in_parameters(trained)


def _losses(
    context: JobContext,
    parameters: CausalLmParameters,
    base: BaseModel,
    vocabulary: Vocabulary,
    weights: Path | None,
) -> RowLosses:
    test = _encode(context, parameters, base, TEST_INPUT)
    learner, ready = learner_of(context, base, parameters, vocabulary)
    rows = ready(test)
    if weights is None:
        with base.model.disable_adapter():
            return learner.row_losses(rows)
    load_lora(base.model, weights)
    return learner.row_losses(rows)


def _pool_names(context: JobContext) -> list[str]:
    return sorted(name for name in context.inputs if name.startswith(ROWS_PREFIX))


def _vocabulary(
    context: JobContext, parameters: CausalLmParameters, base: BaseModel, *, pruned: bool
) -> Vocabulary:
    if not pruned:
        return Vocabulary.full(base.n_vocabulary)
    names = [*_pool_names(context), TEST_INPUT]
    return Vocabulary.of_rows(
        row.tokens for name in names for row in _encode(context, parameters, base, name)
    )


def _encode(
    context: JobContext, parameters: CausalLmParameters, base: BaseModel, name: str
) -> list[EncodedRow]:
    rows = read_rows(required_input(context.inputs, name), name)
    return encode_rows(base.tokenizer, rows, parameters, name).rows
