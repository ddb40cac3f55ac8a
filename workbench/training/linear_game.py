"""Games of linear classifiers: the owners' rows as matrices, evaluated many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.class_scores import Metric, block_means, uniform_utility
from workbench.training.tabular_rows import Table

# Squares of larger numbers, and their sums, leave what a float64 can hold.
_LARGEST: Final = 1e100
# A feature varies in a coalition if its variance is more than this share of its mean square;
# below, it is rounding.
_CONSTANT: Final = 1e-12


@dataclass(frozen=True)
class LinearGame:
    """The rows of a game's players and its hidden test.

    Features are shifted and scaled by the hidden test's mean and deviation, and a column of
    ones stands before them. The hidden test never changes, so a coalition's numbers do not
    depend on who else is in the game. It is a choice of units only: learners standardise by
    the coalition's own rows.

    Attributes
    ----------
    owners : one matrix (n_rows, 1 + n_features) a player, in the order of positions.
    labels : the owners' classes, int64 (n_rows,) each.
    test : shape (n_test_rows, 1 + n_features).
    test_labels : int64 (n_test_rows,).
    n_classes : of the task.
    metric : of the utility.
    """

    owners: tuple[NDArray[np.float64], ...]
    labels: tuple[NDArray[np.int64], ...]
    test: NDArray[np.float64]
    test_labels: NDArray[np.int64]
    n_classes: int
    metric: Metric

    @classmethod
    def of(
        cls, owners: Sequence[Table], test: Table, n_classes: int, metric: Metric
    ) -> "LinearGame":
        """Return the game of owners' tables, given in the order of positions.

        Raises
        ------
        InvalidInputError
            A feature is too far from the hidden test's to be squared.
        """
        centre, deviation = test.features.mean(axis=0), test.features.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1.0)

        def matrix(table: Table) -> NDArray[np.float64]:
            moved = (table.features - centre) / scale
            if np.abs(moved).max() > _LARGEST:
                raise InvalidInputError(
                    f"a feature is {np.abs(moved).max():.3g} deviations of the hidden test away "
                    "from its mean",
                    wanted=f"at most {_LARGEST:g}",
                    next_step="look for rows with extreme features, and correct them",
                )
            return np.hstack([np.ones((len(table), 1)), moved])

        return cls(
            tuple(matrix(table) for table in owners),
            tuple(table.labels for table in owners),
            matrix(test),
            test.labels,
            n_classes,
            metric,
        )


class Learner(Protocol):
    """Trains a classifier on the rows of each of many coalitions."""

    game: LinearGame

    def row_utilities(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return each test row's utility, shape (n_coalitions, n_test_rows).

        ``members`` is (n_coalitions, n_players), no row of it empty. A coalition's answer
        has the same bits whichever others are asked for with it.
        """
        ...

    @property
    def batch_size(self) -> int:
        """How many coalitions fit comfortably in memory."""
        ...


def member_sums(
    parts: Sequence[NDArray[np.float64]], members: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the sum of the members' parts for each coalition, in the order of positions."""
    total = np.zeros((len(members), *parts[0].shape))
    for k, part in enumerate(parts):
        total[members[:, k]] += part
    return total


def variances(
    count: NDArray[np.float64], mean: NDArray[np.float64], mean_square: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return features' variances, 1 for a constant feature, as scikit-learn's StandardScaler.

    ``count`` is (n_coalitions, 1); the moments are (n_coalitions, n_features).
    """
    found = mean_square - mean**2
    constant = (found <= _CONSTANT * mean_square) | (count < 2)
    return np.where(constant, 1.0, found)


def utilities(
    learner: Learner, members: NDArray[np.bool_], n_blocks: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coalitions' utilities (n_coalitions,) and their blocks' (n_coalitions, n_blocks).

    Parameters
    ----------
    learner
        Trains and measures.
    members
        Shape (n_coalitions, n_players). The empty coalition predicts uniformly.
    n_blocks
        Interleaved blocks of the hidden test.
    """
    game = learner.game
    empty = uniform_utility(game.n_classes, game.metric)
    total, blocks = np.full(len(members), empty), np.full((len(members), n_blocks), empty)
    filled = np.flatnonzero(members.any(axis=1))
    for first in range(0, len(filled), learner.batch_size):
        batch = filled[first : first + learner.batch_size]
        rows = learner.row_utilities(members[batch])
        total[batch], blocks[batch] = block_means(rows, n_blocks)
    return total, blocks
