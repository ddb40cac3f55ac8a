"""Recipe ``causal-lm-measure``: what a fine-tune's parts cost here, from a few steps of it."""

import time
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from workbench.core.jobs import JobContext
from workbench.training.causal_lm import full_losses
from workbench.training.fine_tuning import fine_tune, row_order
from workbench.training.parameters import read_parameters
from workbench.training.pool import Pool, load_pool
from workbench.training.rows import asked_as, prompt_tokens
from workbench.training.sampling import greedy_samples
from workbench.training.suffix import Suffix
from workbench.training.tune_parameters import TuneParameters

_TEST_ROWS: Final = 16
_NEW_TOKENS: Final = 4


class MeasureParameters(TuneParameters):
    """The fine-tune to measure.

    Attributes
    ----------
    sizes : name of a size → its steps.
    measured_steps : after a first one that warms up.
    """

    sizes: dict[str, int] = Field(min_length=1, max_length=16)
    measured_steps: int = Field(default=3, ge=1, le=100)


def run(context: JobContext) -> dict[str, Any]:
    """Take the first steps of the fine-tune, and measure each part.

    The hidden states it computes stay in the cache: they are the ones the fine-tune needs first.

    Returns
    -------
    dict
        What ``registry.prediction.Measured`` reads, and the ``fingerprint``.
    """
    parameters = read_parameters(MeasureParameters, context.spec.parameters)
    _forget_peak()
    n_parts = parameters.measured_steps + 3
    context.progress(0, n_parts, "measuring")
    started = time.perf_counter()
    pool = load_pool(context, parameters)
    load_seconds = time.perf_counter() - started
    context.progress(1, n_parts, "measuring")
    few = parameters.model_copy(update={"steps": parameters.measured_steps + 1})
    cache_seconds = _fill(context, pool, few)
    context.progress(2, n_parts, "measuring")
    step_seconds, step_tokens = _steps(context, pool, few)
    evaluation_seconds = _evaluation(context, pool, parameters)
    peak_bytes = _peak_bytes()
    context.progress(n_parts, n_parts, "measuring")
    sizes = {
        name: pool.needed(parameters.model_copy(update={"steps": steps}), context.spec.seed)
        for name, steps in parameters.sizes.items()
    }
    everything = [*pool.training_rows().sources(), *pool.test.sources()]
    read = [state for s in everything if s.is_read for state in s.hidden.values()]
    return {
        "load_seconds": load_seconds,
        "cache_seconds": cache_seconds,
        "step_seconds": step_seconds,
        "step_tokens": step_tokens,
        "evaluation_seconds": evaluation_seconds,
        "peak_bytes": peak_bytes,
        "token_bytes": read[0][0].nbytes if read else 0,
        "read_tokens": sum(s.group.n_tokens for s in everything if s.is_read),
        "sizes": {
            name: {
                "steps": parameters.sizes[name],
                "tokens": sum(s.group.n_tokens for s in found),
                "uncached_tokens": sum(s.group.n_tokens for s in found if not s.is_cached),
            }
            for name, found in sizes.items()
        },
        "fingerprint": pool.base.fingerprint(),
    }


def _fill(context: JobContext, pool: Pool, few: MeasureParameters) -> list[float]:
    """Compute what the first steps need, and return the seconds a token of each group."""
    rows = pool.training_rows()
    order = islice(row_order(len(rows), context.spec.seed), few.steps * few.batch_rows)
    found = []
    for source in rows.sources(order):
        is_known = source.is_cached
        began = time.perf_counter()
        _ = source.hidden
        if not is_known:
            found.append((time.perf_counter() - began) / source.group.n_tokens)
        context.check_cancelled()
    return found


def _steps(context: JobContext, pool: Pool, few: MeasureParameters) -> tuple[list[float], float]:
    at: list[float] = []
    tokens: list[int] = []

    def on_step(step: int, _loss: float, n_tokens: int) -> None:
        at.append(time.perf_counter())
        tokens.append(n_tokens)
        context.progress(1 + step, few.steps + 2, "measuring")

    fine_tune(pool.base.model, pool.learner, pool.training_rows(), few, context.spec.seed, on_step)
    seconds = [end - begin for begin, end in pairwise(at)]
    return seconds, sum(tokens[1:]) / len(seconds)


def _evaluation(context: JobContext, pool: Pool, parameters: TuneParameters) -> float:
    """Return the seconds of both evaluations on the whole hidden test, from some of its rows."""
    every = max(len(pool.test) // _TEST_ROWS, 1)
    some = replace(pool, test=pool.test[::every], test_tokens=pool.test_tokens[::every])
    for _ in some.test.read():
        context.check_cancelled()
    began = time.perf_counter()
    pool.learner.row_losses(some.test)
    if isinstance(pool.learner, Suffix):
        full_losses(some)
    scale = _n_tokens(pool) / _n_tokens(some)
    seconds = (time.perf_counter() - began) * scale
    shape = asked_as(pool.shapes)
    n_written = len(parameters.prompts)
    if shape == "translation":
        n_written += min(parameters.n_translated, len(pool.test))
    if n_written:
        tokens = pool.test_tokens[0].tokens
        if parameters.prompts:
            asked = (parameters.prompts[0], shape, parameters.template)
            tokens = prompt_tokens(pool.base.tokenizer, *asked)
        began = time.perf_counter()
        n_tokens = min(_NEW_TOKENS, parameters.new_tokens)
        greedy_samples(pool.base.model, pool.base.tokenizer, [tokens], n_tokens)
        each = (time.perf_counter() - began) / n_tokens
        seconds += each * n_written * parameters.new_tokens
    return 2 * seconds


def _n_tokens(pool: Pool) -> int:
    return sum(len(row.tokens) for row in pool.test_tokens)


def _forget_peak() -> None:
    """Let the peak of this process's memory start from now, where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
