"""Recipe ``causal-lm-compare``: the base model and adapters on one hidden test."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.base import BaseModel, base_digest, load_base
from workbench.training.comparing import BASE_LABEL, CompareParameters, compare_models
from workbench.training.fine_tuning import check_loss
from workbench.training.inputs import ROWS_PREFIX, TEST_INPUT, model_weights, required_input
from workbench.training.learner import RowLosses
from workbench.training.lora import load_lora, read_shape
from workbench.training.paired_items import write_items
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import learner_of
from workbench.training.rows import EncodedRow, asked_as, encode_rows, prompt_tokens, read_rows
from workbench.training.sampling import greedy_samples
from workbench.training.text_items import TextItems, read_text_items
from workbench.training.tune_parameters import TuneParameters
from workbench.training.vocabulary import Vocabulary

_MAIN = "loss-per-token"


def run(context: JobContext) -> dict[str, Any]:
    """Compare adapters, and the base model where it is named.

    The softmax ranges over all tokens; where the job has owners' rows too and no adapter is
    everywhere, over the tokens of that pool, as in training and valuation. The adapters say
    their rank and how many blocks they sit in; how rows are cut is said by the parameters
    they were trained with.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats summed over its tokens;
    ``items.json``: what a gate takes, see ``paired_items``.

    Returns
    -------
    dict
        What ``comparing.compare_models`` returns, by loss per token, with slices by source;
        ``generations``: what each model says to the prompts of ``trained``, the likeliest token
        each time; ``softmax`` (``"full"`` or ``"pool"``), ``n_tokens``, ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TuneParameters, parameters.trained)
    losses: dict[str, RowLosses] = {}
    generations: list[dict[str, Any]] = []
    translations: dict[str, list[str]] = {}
    vocabulary: Vocabulary | None = None
    items: TextItems | None = None
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
        items = items or read_text_items(
            required_input(context.inputs, TEST_INPUT), base.tokenizer, trained
        )
        with _speaking(base, weights):
            losses[model] = _losses(context, shaped, base, vocabulary)
            check_loss(losses[model].mean, model=model)
            said = _said(base, trained, trained.prompts, items)
            if 0 < len(items.texts) <= trained.n_translated:
                translations[model] = _said(base, trained, items.texts, items)
        generations += [
            {"prompt": prompt, "model": model, "text": text}
            for prompt, text in zip(trained.prompts, said, strict=True)
        ]
    context.progress(len(losses), len(losses), "comparing")
    totals = {model: found.total.tolist() for model, found in losses.items()}
    (context.output / "losses.json").write_bytes(canonical_bytes(totals))
    n_tokens = losses[parameters.models[0]].n_tokens.tolist()
    if items is None:
        raise InvalidInputError("no model is named", wanted="one model at least")
    write_items(context, items.named, totals, parts=n_tokens)
    lengths = {"n_tokens": n_tokens, "n_bytes": items.n_bytes}
    references = [[text] for text in items.translations]
    compared = compare_models(
        "translation" if items.translations else "causal-lm",
        {
            model: {"nats": total, **lengths}
            | (
                {"predictions": translations[model], "references": references}
                if model in translations
                else {}
            )
            for model, total in totals.items()
        },
        items.named,
        parameters,
        context.spec.seed,
        main=_MAIN,
    )
    return compared | {
        "generations": generations,
        "softmax": "pool" if pruned else "full",
        "n_tokens": sum(n_tokens),
        "fingerprint": base.fingerprint(),
    }


def _said(
    base: BaseModel, trained: TuneParameters, prompts: Sequence[str], items: TextItems
) -> list[str]:
    shape = asked_as(items.shapes)
    tokens = [prompt_tokens(base.tokenizer, text, shape, trained.template) for text in prompts]
    return greedy_samples(base.model, base.tokenizer, tokens, trained.new_tokens)


def _shaped(context: JobContext, trained: TuneParameters, weights: Path) -> TuneParameters:
    return read_shape(weights, base_digest(context)).in_parameters(trained)


def _speaking(base: BaseModel, weights: Path | None) -> AbstractContextManager[Any]:
    """Put an adapter's weights into the model, or leave out what was there for a while."""
    if weights is None:
        found: AbstractContextManager[Any] = base.model.disable_adapter()
        return found
    load_lora(base.model, weights)
    return nullcontext()


def _losses(
    context: JobContext,
    parameters: CausalLmParameters,
    base: BaseModel,
    vocabulary: Vocabulary,
) -> RowLosses:
    test = _encode(context, parameters, base, TEST_INPUT)
    learner, ready = learner_of(context, base, parameters, vocabulary)
    return learner.row_losses(ready(test))


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
