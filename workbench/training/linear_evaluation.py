"""Jobs that evaluate a linear game: from their inputs to the evaluations they tell."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.class_scores import Metric
from workbench.training.coalitions import CoalitionParameters, evaluation
from workbench.training.inputs import TEST_INPUT
from workbench.training.linear_game import Learner, LinearGame, utilities
from workbench.training.tabular import read_all
from workbench.training.tabular_rows import Table
from workbench.training.tabular_utility import UtilityParameters

# Evaluations between two looks at whether the job was cancelled.
_COALITIONS_AT_ONCE: Final = 256


def tabular_game(context: JobContext, parameters: UtilityParameters) -> LinearGame:
    """Return the game of a tabular job.

    Raises
    ------
    InvalidInputError
        Players, coalitions or rows are not what they must be.
    """
    parameters.checked(context.inputs)
    tables = read_all(context, parameters)
    return linear_game(
        parameters, context.inputs, tables, len(parameters.classes), parameters.metric
    )


def linear_game(
    parameters: CoalitionParameters,
    inputs: Mapping[str, Path],
    tables: Mapping[str, Table],
    n_classes: int,
    metric: Metric,
) -> LinearGame:
    """Return the game of tables by the names of their inputs, the hidden test among them.

    Each player's rows are those of its blobs in the order of their digests, as for any other
    recipe; a blob counts once a player.

    Raises
    ------
    InvalidInputError
        A block of the hidden test would have no row.
    """
    test = tables[TEST_INPUT]
    check_blocks(len(test), parameters.n_blocks)
    digests = {name: sha256_hex(inputs[name].read_bytes()) for name in tables}
    by_digest = {digests[name]: table for name, table in tables.items()}
    owners = [
        Table.joined([by_digest[d] for d in parameters.member_inputs(str(1 << p), digests)])
        for p in sorted(player.position for player in parameters.players)
    ]
    return LinearGame.of(owners, test, n_classes, metric)


def check_blocks(n_test_rows: int, n_blocks: int) -> None:
    """Refuse a hidden test with fewer rows than blocks.

    Raises
    ------
    InvalidInputError
        With both numbers.
    """
    if n_test_rows < n_blocks:
        raise InvalidInputError(
            f"the hidden test has {n_test_rows} rows",
            wanted=f"at least one for each of the {n_blocks} blocks",
            next_step="add rows to the task's hidden test",
        )


def evaluate(
    context: JobContext, parameters: CoalitionParameters, learner: Learner
) -> list[dict[str, Any]]:
    """Evaluate a job's coalitions and tell each; seconds are its share of its batch's."""
    positions = sorted(player.position for player in parameters.players)
    evaluations = []
    for first in range(0, len(parameters.coalitions), _COALITIONS_AT_ONCE):
        started = time.perf_counter()
        batch = parameters.coalitions[first : first + _COALITIONS_AT_ONCE]
        members = np.array([[int(text) >> p & 1 for p in positions] for text in batch], dtype=bool)
        total, blocks = utilities(learner, members, parameters.n_blocks)
        seconds = (time.perf_counter() - started) / len(batch)
        for coalition, utility, parts in zip(batch, total.tolist(), blocks.tolist(), strict=True):
            seed = parameters.seed(context.spec.seed, coalition)
            found = evaluation(coalition, parameters.replicate, seed, utility, parts)
            evaluations.append(found)
            context.emit({"type": "utility", **found, "seconds": seconds})
        context.check_cancelled()
    return evaluations
