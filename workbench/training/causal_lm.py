"""Recipe ``causal-lm``: one fine-tune on all the rows of a job."""

import hashlib
import time
from pathlib import Path
from typing import Any, cast

from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.course import Course
from workbench.training.fine_tuning import check_loss
from workbench.training.learner import RowLosses
from workbench.training.lora import save_lora
from workbench.training.parameters import read_parameters
from workbench.training.pool import Pool, load_pool, read_hidden
from workbench.training.rows import asked_as, prompt_tokens
from workbench.training.sampling import greedy_samples
from workbench.training.suffix import CachedRow, Suffix
from workbench.training.translating import translated_test
from workbench.training.tune_parameters import TuneParameters
from workbench.training.validation import hold_out
from workbench.training.vocabulary import Vocabulary


def run(context: JobContext) -> dict[str, Any]:
    """Tune LoRA on every owner's rows and measure it on the hidden test.

    Output
    ------
    ``adapter_model.safetensors`` and ``adapter_config.json``, as peft reads them.

    Returns
    -------
    dict
        ``model_digest``; ``metrics`` in nats a token, with the softmax over the pool's tokens
        (``base_loss``, ``loss``) and over all tokens (``…_full``), for translations
        ``base_chrf``, ``chrf`` and ``n_translated``; ``curve`` of training losses;
        ``samples``; ``row_shapes`` and ``n_rows_left_out``, of rows too long or empty; sizes,
        ``seconds`` and ``fingerprint``. With rows held out, ``validation`` with its own curve
        and the step that is kept. ``stopped_at_step``, if a person ended the training early.

    Raises
    ------
    TrainingDivergedError
        The loss became NaN or infinite.
    """
    parameters = read_parameters(TuneParameters, context.spec.parameters)
    started = time.perf_counter()
    context.progress(0, parameters.steps, "loading the base model")
    pool = load_pool(context, parameters)
    everybody = pool.training_rows()
    targets = [targets for _, targets in everybody.tokens_and_targets()]
    seed = derive_seed("validation", str(context.spec.seed))
    taken, held = hold_out(targets, parameters.validation_share, seed)
    rows, held_out = everybody.at(taken), everybody.at(held)
    missing = [
        source
        for source in [*held_out.sources(), *pool.needed(parameters, context.spec.seed, rows)]
        if not source.is_cached
    ]
    context.emit({"type": "uncached", "tokens": sum(s.group.n_tokens for s in missing)})
    # Hidden states come with the batches, and the base model is measured at the end: the first
    # losses are on the screen before the hidden test, or rows of no batch, cost anything.
    context.progress(0, parameters.steps, "fine-tuning")
    course = Course(context, pool.base.model, pool.learner, rows, held_out, parameters)
    course.run()
    read_hidden(context, pool.test)
    with pool.base.model.disable_adapter():
        before = _evaluate(context, pool, 0)
        base_samples = _samples(pool, parameters)
    after = _evaluate(context, pool, course.n_steps)
    tuned_samples = _samples(pool, parameters)
    translated = _translated(context, pool, parameters)
    weights = save_lora(pool.base.model, context.output, pool.base.digest)
    return {
        "model_digest": _sha256(weights),
        "metrics": {
            "base_loss": before["pool"].mean,
            "loss": after["pool"].mean,
            "base_loss_full": before["full"].mean,
            "loss_full": after["full"].mean,
        }
        | translated,
        "curve": course.curve,
        "samples": _side_by_side(parameters, base_samples, tuned_samples),
        "vocabulary_size": len(pool.vocabulary),
        "vocabulary_digest": pool.vocabulary.digest,
        "n_rows": len(rows),
        "n_test_rows": len(pool.test),
        "n_rows_left_out": pool.n_left_out,
        "row_shapes": pool.shapes,
        "n_tokens": course.n_tokens,
        "seconds": time.perf_counter() - started,
        "fingerprint": pool.base.fingerprint(),
        **_course_facts(course, parameters, len(held_out)),
    }


def _course_facts(course: Course, parameters: TuneParameters, n_held_out: int) -> dict[str, Any]:
    """Return what only a training with validation, or one that was stopped, has to tell."""
    facts: dict[str, Any] = {}
    if n_held_out:
        kept = course.best_step if parameters.keep == "best" else course.n_steps
        facts["validation"] = {
            "curve": course.validation,
            "n_rows": n_held_out,
            "kept_step": kept,
        }
    if course.stopped_at is not None:
        facts["stopped_at_step"] = course.stopped_at
    return facts


def _evaluate(context: JobContext, pool: Pool, step: int) -> dict[str, RowLosses]:
    found = pool.learner.row_losses(pool.test)
    cut = isinstance(pool.learner, Suffix)
    losses = {"pool": found, "full": full_losses(pool) if cut else found}
    check_loss(losses["pool"].mean, step=step)
    context.emit(
        {"type": "evaluation", "step": step, "loss": losses["pool"].mean, "on": "hidden test"}
    )
    context.check_cancelled()
    return losses


def full_losses(pool: Pool) -> RowLosses:
    """Return the hidden test's losses with the softmax over all the model's tokens."""
    every = Vocabulary.full(pool.base.n_vocabulary)
    last_blocks = cast("Suffix", pool.learner).last_blocks
    suffix = Suffix.over(pool.base.parts, last_blocks, every.tokens)
    return suffix.row_losses(
        [
            CachedRow(cast("CachedRow", row).hidden, every.indices(tokens.targets))
            for row, tokens in zip(pool.test, pool.test_tokens, strict=True)
        ]
    )


def _samples(pool: Pool, parameters: TuneParameters) -> list[str]:
    base = pool.base
    shape = asked_as(pool.shapes)
    prompts = [
        prompt_tokens(base.tokenizer, prompt, shape, parameters.template)
        for prompt in parameters.prompts
    ]
    return greedy_samples(base.model, base.tokenizer, prompts, parameters.new_tokens)


def _side_by_side(
    parameters: TuneParameters, base: list[str], tuned: list[str]
) -> list[dict[str, str]]:
    columns = {"prompt": parameters.prompts, "base": base, "tuned": tuned}
    if parameters.references:
        columns["reference"] = parameters.references
    return [dict(zip(columns, texts, strict=True)) for texts in zip(*columns.values(), strict=True)]


def _translated(context: JobContext, pool: Pool, parameters: TuneParameters) -> dict[str, float]:
    if asked_as(pool.shapes) != "translation":
        return {}
    return translated_test(
        context, pool.base, parameters.template, parameters.n_translated, parameters.new_tokens
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
