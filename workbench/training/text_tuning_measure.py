"""What tuning an encoder costs here, from a few steps of it and parts of its texts."""

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from workbench.core.jobs import JobContext
from workbench.registry.fit_prediction import FIT_GROWTH, SCORE_GROWTH, grown
from workbench.training.encoder import AT_ONCE
from workbench.training.encoder_tuning import tune_encoder
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.memory import forget_peak, resident_peak
from workbench.training.shares import Shares, draw_half, fit_shares, part_of, row_bytes
from workbench.training.tabular_model import check_classes
from workbench.training.tabular_rows import Table
from workbench.training.text_classification import measured
from workbench.training.text_embeddings import embedder, find_embedding_table
from workbench.training.text_parameters import TextParameters
from workbench.training.text_sample import TextRows
from workbench.training.text_tuning import Tuning

_PARTS: Final = 4

Tokens = Sequence[Sequence[int]]


def measure_tuning(
    context: JobContext,
    parameters: TextParameters,
    sizes: Mapping[str, int],
    measured_steps: int,
) -> dict[str, Any]:
    """Take the first steps of a tuning on half of the rows, and measure each part.

    Parameters
    ----------
    context : of the job.
    parameters : of the tuning.
    sizes : name of a size → its steps.
    measured_steps : after a first one that warms up.

    Returns
    -------
    dict
        What ``registry.prediction.Measured`` reads.

    Raises
    ------
    InvalidInputError
        The rows show one class only.
    """
    forget_peak()
    context.progress(0, _PARTS, "measuring")
    started = time.perf_counter()
    tuning = Tuning.of(context, parameters)
    encoder, seed = tuning.encoder, context.spec.seed
    make = embedder(encoder, parameters)
    paths = training_inputs(context.inputs)
    test_path = {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    rows, test = (
        TextRows.read(
            some, parameters, lambda path: find_embedding_table(context, encoder, parameters, path)
        )
        for some in (paths, test_path)
    )
    load_seconds = time.perf_counter() - started
    check_classes(Table(np.empty((len(rows.texts), 0)), rows.labels), parameters.classes)
    tokens = [row for name in sorted(paths) for row in tuning.tokens[name]]
    test_tokens = tuning.tokens[TEST_INPUT]
    context.progress(1, _PARTS, "measuring")
    # The longest texts at once: no batch takes more memory, and all is warm afterwards.
    longest = rows.longest(max(parameters.batch_rows, AT_ONCE))
    table, _ = rows.table(longest, make)
    hardest = np.arange(min(parameters.batch_rows, len(longest)))
    hardest_tokens = [tokens[longest[place]] for place in hardest]
    _steps(context, tuning, hardest_tokens, part_of(table, hardest), 1)
    context.check_cancelled()
    shares = Shares.of(rows.labels, seed)
    small, large = shares.sizes
    first, first_made = rows.table(shares.order[:small], make)
    second, second_made = rows.table(shares.order[small:], make)
    context.check_cancelled()
    asked = draw_half(len(test.texts), seed)
    asked_tokens = [test_tokens[place] for place in asked]
    test_table, test_made = test.table(asked, make)
    context.progress(2, _PARTS, "measuring")
    part = Table.joined([first, second])
    fitted = fit_shares(
        context, part, shares.sizes, parameters.of_head, lambda model: measured(model, test_table)
    )
    step_seconds, step_tokens = _steps(
        context, tuning, [tokens[place] for place in shares.order], part, measured_steps + 1
    )
    context.progress(3, _PARTS, "measuring")
    began = time.perf_counter()
    encoder.embed(asked_tokens)
    scale = _n_tokens(test_tokens) / _n_tokens(asked_tokens)
    evaluation_seconds = (time.perf_counter() - began) * scale
    for seconds, bounds in ((fitted.fit_seconds, FIT_GROWTH), (fitted.score_seconds, SCORE_GROWTH)):
        evaluation_seconds += grown(shares.sizes, seconds, len(tokens), bounds)[0]
    context.progress(_PARTS, _PARTS, "measuring")
    made = [
        (one.seconds, _n_tokens([of[place] for place in one.places]))
        for one, of in ((first_made, tokens), (second_made, tokens), (test_made, test_tokens))
        if one.places
    ]
    uncached = [tokens[p] for p in rows.uncached] + [test_tokens[p] for p in test.uncached]
    needed = {
        "tokens": _n_tokens(tokens) + _n_tokens(test_tokens),
        "uncached_tokens": _n_tokens(uncached),
    }
    read_tokens = _n_tokens([tokens[p] for p in shares.order]) + _n_tokens(asked_tokens)
    n_read = large + len(asked)
    return {
        "load_seconds": load_seconds + fitted.warm_seconds,
        "cache_seconds": [seconds / n_tokens for seconds, n_tokens in made],
        "step_seconds": step_seconds,
        "step_tokens": sum(step_tokens) / len(step_tokens),
        "evaluation_seconds": evaluation_seconds,
        "peak_bytes": resident_peak(),
        "token_bytes": -(-row_bytes(part, 0) * n_read // read_tokens),
        "read_tokens": read_tokens,
        "sizes": {name: {"steps": steps} | needed for name, steps in sizes.items()},
    }


def _steps(
    context: JobContext, tuning: Tuning, tokens: Tokens, table: Table, steps: int
) -> tuple[list[float], list[int]]:
    """Take steps, and return the seconds and tokens of each but the first."""
    at: list[float] = []
    n_tokens: list[int] = []

    def on_step(_step: int, _loss: float, n_step_tokens: int) -> None:
        at.append(time.perf_counter())
        n_tokens.append(n_step_tokens)
        context.check_cancelled()

    few = tuning.parameters.model_copy(update={"steps": steps})
    tune_encoder(tuning.encoder, tokens, table, few, context.spec.seed, on_step)
    return [end - begin for begin, end in pairwise(at)], n_tokens[1:]


def _n_tokens(rows: Tokens) -> int:
    return sum(map(len, rows))
