"""Ridge classifiers of many coalitions from sums that add up over owners.

Ridge regression needs its rows only through their number, sums and products, and these of a
union are the sums of its members'. Each owner's are computed once; a coalition then costs a
few additions and one small system of equations (Hastie, Tibshirani, Friedman 2009, *The
Elements of Statistical Learning*, eq. 3.44; centred and standardised as its section 3.4.1).
"""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.training.class_scores import row_utilities
from workbench.training.linear_game import LinearGame, member_sums, variances

# Numbers in a batch's products: what the second cache of one core holds.
_BATCH_NUMBERS: Final = 2**16


class RidgeLearner:
    """One ridge regression a class on 0 and 1, of features standardised by the coalition's rows.

    Predicts what scikit-learn's ``make_pipeline(StandardScaler(), Ridge(alpha))`` predicts
    when it is fitted on the members' rows with one-hot labels; the intercept is not
    penalised. Probabilities are the softmax of the scores.

    Parameters
    ----------
    game : the rows.
    alpha : the penalty, above 0.
    """

    def __init__(self, game: LinearGame, alpha: float) -> None:
        self.game = game
        self.alpha = alpha

    @property
    def batch_size(self) -> int:
        """How many coalitions fit comfortably in memory."""
        return max(1, min(256, _BATCH_NUMBERS // self._products[0].size))

    @cached_property
    def _products(self) -> list[NDArray[np.float64]]:
        """Each owner's [1 X]ᵀ[1 X Y]: count, sums and products in one matrix."""
        one_hot = np.eye(self.game.n_classes)
        return [
            rows.T @ np.hstack([rows, one_hot[labels]])
            for rows, labels in zip(self.game.owners, self.game.labels, strict=True)
        ]

    @cached_property
    def _test_transposed(self) -> NDArray[np.float64]:
        return np.ascontiguousarray(self.game.test.T)

    def scores(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the classes' scores on the test, shape (n_coalitions, n_classes, n_test_rows).

        ``members`` is (n_coalitions, n_players), no row of it empty. Every product and every
        solution is one coalition's own: numpy's stacked ``matmul`` and ``solve`` treat each
        matrix by itself, so that neighbours in a batch change no bit.
        """
        width = self.game.test.shape[1]
        sums = member_sums(self._products, members)
        count = sums[:, 0, :1]
        means = sums[:, 0, 1:] / count
        centred = sums[:, 1:, 1:] - sums[:, 1:, :1] * means[:, None]
        mean, target_mean = means[:, : width - 1], means[:, width - 1 :]
        diagonal = np.arange(width - 1)
        mean_square = sums[:, diagonal + 1, diagonal + 1] / count
        # A penalty of the variance in these units is a penalty of 1 on standardised features.
        system = centred[:, :, : width - 1]
        system[:, diagonal, diagonal] += self.alpha * variances(count, mean, mean_square)
        weights = np.linalg.solve(system, centred[:, :, width - 1 :])
        coefficients = np.empty((len(members), self.game.n_classes, width))
        coefficients[:, :, 1:] = weights.transpose(0, 2, 1)
        intercepts = target_mean - np.matmul(mean[:, None], weights)[:, 0]
        coefficients[:, :, 0] = intercepts
        return np.asarray(np.matmul(coefficients, self._test_transposed))

    def row_utilities(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return each test row's utility, shape (n_coalitions, n_test_rows)."""
        game = self.game
        classes = np.arange(game.n_classes)
        scores = self.scores(members)
        return row_utilities(scores, classes, game.test_labels, game.n_classes, game.metric)
