"""Logistic regressions of many coalitions of one game."""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.training.class_scores import row_utilities
from workbench.training.linear_game import LinearGame, member_sums, variances
from workbench.training.newton_logistic import NewtonFit

# Numbers in a batch's probabilities: 8 MiB, of which a fit keeps a few copies.
_BATCH_NUMBERS: Final = 2**20


class LogisticLearner:
    """Logistic regression, multinomial for more than two classes, with an L2 penalty.

    Predicts what scikit-learn's ``make_pipeline(StandardScaler(), LogisticRegression(C=…))``
    predicts when it is fitted on the members' rows: the classes are those that the rows
    show, features are standardised by the coalition's own rows and the intercept is not
    penalised. Rows of one class only give the classes' frequencies, each count raised by one.

    Parameters
    ----------
    game : the rows.
    inverse_regularisation : C, above 0.
    iterations : Newton steps at most; about 6 are needed.
    """

    def __init__(
        self, game: LinearGame, inverse_regularisation: float = 1.0, iterations: int = 100
    ) -> None:
        self.game = game
        self.penalty = 1 / inverse_regularisation
        self.iterations = iterations

    @property
    def batch_size(self) -> int:
        """How many coalitions fit comfortably in memory."""
        game = self.game
        n_rows = sum(map(len, game.owners)) + len(game.test)
        return max(1, min(256, _BATCH_NUMBERS // (game.n_classes * n_rows)))

    @cached_property
    def _moments(self) -> list[NDArray[np.float64]]:
        """Each owner's sums of the columns and of their squares, (2, 1 + n_features)."""
        return [np.stack([x.sum(axis=0), (x**2).sum(axis=0)]) for x in self.game.owners]

    @cached_property
    def _counts(self) -> list[NDArray[np.float64]]:
        n_classes = self.game.n_classes
        return [np.bincount(y, minlength=n_classes).astype(float) for y in self.game.labels]

    @cached_property
    def _test_transposed(self) -> NDArray[np.float64]:
        return np.ascontiguousarray(self.game.test.T)

    def row_utilities(self, members: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return each test row's utility, shape (n_coalitions, n_test_rows)."""
        game = self.game
        found = np.empty((len(members), len(game.test)))
        counts = member_sums(self._counts, members)
        shown, group = np.unique(counts > 0, axis=0, return_inverse=True)
        for k, kept in enumerate(shown):
            chosen = np.flatnonzero(group.reshape(-1) == k)
            present = np.flatnonzero(kept)
            if len(present) == 1:
                found[chosen] = self._frequency_utilities(counts[chosen], present)
                continue
            scores = self.scores(members[chosen], present)
            found[chosen] = row_utilities(
                scores, present, game.test_labels, game.n_classes, game.metric
            )
        return found

    def _frequency_utilities(
        self, counts: NDArray[np.float64], present: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        labels = self.game.test_labels
        if self.game.metric == "accuracy":
            return np.tile((labels == present).astype(float), (len(counts), 1))
        # Only the class that was shown has a count, so the order of the sum does not matter.
        shares = (counts + 1) / (counts.sum(axis=1) + self.game.n_classes)[:, None]
        return np.asarray(np.log(shares)[:, labels])

    def scores(self, members: NDArray[np.bool_], present: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the present classes' scores, shape (n_coalitions, n_present, n_test_rows).

        Parameters
        ----------
        members
            Shape (n_coalitions, n_players); the rows of each show exactly ``present``.
        present
            Two classes or more, ascending. Of two, the first one's score is 0.
        """
        found = np.matmul(self._fit(members, present), self._test_transposed)
        if len(present) == 2:
            found = np.concatenate([np.zeros_like(found), found], axis=1)
        return np.asarray(found)

    def _fit(self, members: NDArray[np.bool_], present: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return coefficients, shape (n_coalitions, n_columns, 1 + n_features)."""
        n_columns, width = 1 if len(present) == 2 else len(present), self.game.test.shape[1]
        moments = member_sums(self._moments, members)
        count = moments[:, 0, :1]
        # A penalty of the variance in these units is a penalty of 1 on standardised features.
        penalty = self.penalty * variances(count, moments[:, 0] / count, moments[:, 1] / count)
        penalty[:, 0] = 0
        columns = present[-n_columns:, None]
        fit = NewtonFit(
            self.game.owners,
            [(labels == columns).astype(float) for labels in self.game.labels],
            members,
            np.tile(penalty, n_columns),
        )
        return fit.minimum(self.iterations).reshape(len(members), n_columns, width)
