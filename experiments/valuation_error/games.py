"""Games whose values are known: owners of rows of public tables, every coalition trained.

Every learner is fitted for thousands of coalitions at once from sums over rows, so that the
whole table of a game of 12 owners takes seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_wine

from workbench.valuation.coalitions import all_coalitions

Floats = NDArray[np.float64]
Table = tuple[Floats, NDArray[np.int64]]
LOADERS = {"breast_cancer": load_breast_cancer, "digits": load_digits, "wine": load_wine}
N_FEATURES = 10


@dataclass(frozen=True)
class KnownGame:
    """A game with all its utilities.

    Attributes
    ----------
    table : float64, shape (2**n_players,); bit i of an entry's number is player i.
    sizes : float64, shape (n_players,); rows of each player.
    same_data : groups of players with identical rows, where the estimator is told of them.
    """

    name: str
    table: Floats
    sizes: Floats
    same_data: list[list[int]] | None = None

    @property
    def n_players(self) -> int:
        """How many players there are."""
        return len(self.sizes)

    def __call__(self, coalitions: NDArray[np.bool_]) -> Floats:
        """Return the utilities of coalitions."""
        return self.table[coalitions @ (1 << np.arange(self.n_players))]


def owners_game(
    dataset: str,
    learner: str,
    metric: str,
    n_owners: int,
    seed: int,
    *,
    table: Table | None = None,
) -> KnownGame:
    """Return a game of owners with unequal numbers of rows, two of whom label badly.

    Parameters
    ----------
    table : features and classes of ``dataset``; read from scikit-learn unless given.
    """
    rng = np.random.default_rng([seed, n_owners, *dataset.encode(), *learner.encode()])
    x, y = table or LOADERS[dataset](return_X_y=True)
    order = rng.permutation(len(x))
    n_train = min(len(x) // 2, 300)
    train, test = order[:n_train], order[n_train:][:500]
    x_train, x_test = _reduced(x[train], x[test])
    y_train, y_test = y[train].copy(), y[test]
    n_classes = int(y.max()) + 1
    owner = _owners(n_train, n_owners, rng)
    for bad, part in zip(rng.choice(n_owners, 2, replace=False), (0.4, 0.8), strict=True):
        wrong = np.flatnonzero((owner == bad) & (rng.random(n_train) < part))
        y_train[wrong] = rng.integers(n_classes, size=len(wrong))
    coalitions = all_coalitions(n_owners)
    utilities = np.concatenate(
        [
            _scored(
                LEARNERS[learner](
                    block[:, owner].astype(np.float64), x_train, y_train, x_test, n_classes
                ),
                y_test,
                metric,
            )
            for block in np.array_split(coalitions, max(1, len(coalitions) // 256))
        ]
    )
    counts = np.bincount(y_train, minlength=n_classes)
    utilities[0] = (
        (y_test == counts.argmax()).mean() if metric == "accuracy" else -np.log(n_classes)
    )
    name = f"{dataset}/{learner}/{metric}/{n_owners}/{seed}"
    return KnownGame(name, utilities, np.bincount(owner, minlength=n_owners).astype(np.float64))


def data_games(game_seeds: list[int], *, small: bool = False) -> list[KnownGame]:
    """Return the benchmark's games: three tables, three learners, two metrics."""
    games = []
    for seed in game_seeds:
        for d, dataset in enumerate(LOADERS):
            for m, metric in enumerate(("accuracy", "log_likelihood")):
                learner = list(LEARNERS)[(d + m + seed) % len(LEARNERS)]
                n_owners = 6 if small else 10 + (d + 2 * m + seed) % 3
                games.append(owners_game(dataset, learner, metric, n_owners, seed))
    return games[:2] if small else games


def structured_games(n_players: int, seed: int) -> list[KnownGame]:
    """Return games that no smooth model fits, and three of data that a model must fit."""
    rng = np.random.default_rng(seed)
    member = all_coalitions(n_players)
    size = member.sum(axis=1)
    left = np.arange(n_players) < n_players // 2
    votes = rng.integers(1, 10, n_players)
    costs = np.sort(rng.random(n_players)) * 10
    carrier = rng.permutation(n_players) < max(2, n_players // 3)
    ones = np.ones(n_players)
    tables = {
        "glove": np.minimum(member[:, left].sum(axis=1), member[:, ~left].sum(axis=1)),
        "voting": member @ votes > votes.sum() / 2,
        "airport": np.where(size > 0, (member * costs).max(axis=1), 0),
        "unanimity": member[:, carrier].all(axis=1),
        "random": np.where(size > 0, rng.random(len(member)), 0),
    }
    games = [KnownGame(name, table.astype(np.float64), ones) for name, table in tables.items()]
    told = duplicates(n_players, seed)
    return [
        *games,
        told,
        replace(told, name="duplicates, not told", same_data=None),
        one_large_owner(n_players, seed),
    ]


def duplicates(n_players: int, seed: int) -> KnownGame:
    """Return a game in which two pairs of owners brought the same rows, which count once."""
    n_blocks = n_players - 2
    data = owners_game("breast_cancer", "logistic", "log_likelihood", n_blocks, seed)
    block_of = np.append(np.arange(n_blocks), [0, 1])
    member = all_coalitions(n_players)
    present = member[:, :n_blocks].copy()
    present[:, :2] |= member[:, n_blocks:]
    same = [[0, n_players - 2], [1, n_players - 1]]
    return KnownGame("duplicates, told", data(present), data.sizes[block_of], same)


def one_large_owner(n_owners: int, seed: int) -> KnownGame:
    """Return a game in which one owner has 70 % of the rows."""
    rng = np.random.default_rng([seed, n_owners])
    x, y = load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(x))
    train, test = order[:280], order[280:]
    x_train, x_test = _reduced(x[train], x[test])
    owner = np.where(np.arange(280) < 196, 0, 1 + np.arange(280) % (n_owners - 1))
    table = np.concatenate(
        [
            _scored(
                _logistic(block[:, owner].astype(np.float64), x_train, y[train], x_test, 2),
                y[test],
                "log_likelihood",
            )
            for block in np.array_split(all_coalitions(n_owners), max(1, 2**n_owners // 256))
        ]
    )
    table[0] = -np.log(2)
    return KnownGame("one owner has 70 %", table, np.bincount(owner).astype(np.float64))


def _owners(n_rows: int, n_owners: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the owner of each row; sizes vary about eightfold, nobody has fewer than 4."""
    part = rng.lognormal(0, 0.7, n_owners)
    spare = n_rows - 4 * n_owners
    sizes = 4 + np.floor(spare * part / part.sum()).astype(int)
    sizes[0] += n_rows - sizes.sum()
    return rng.permutation(np.repeat(np.arange(n_owners), sizes))


def _reduced(train: Floats, test: Floats) -> tuple[Floats, Floats]:
    """Return standardised principal components and a constant."""
    centre, spread = train.mean(axis=0), train.std(axis=0) + 1e-9
    train, test = (train - centre) / spread, (test - centre) / spread
    axes = np.linalg.svd(train, full_matrices=False)[2][:N_FEATURES].T
    scale = (train @ axes).std(axis=0)
    return tuple(
        np.column_stack([part @ axes / scale, np.ones(len(part))]) for part in (train, test)
    )


def _scored(probability: Floats, y: NDArray[np.int64], metric: str) -> Floats:
    """Return the metric of each coalition from probabilities (n_coalitions, n_test, n_classes)."""
    if metric == "accuracy":
        return (probability.argmax(axis=2) == y).mean(axis=1)
    right = np.take_along_axis(probability, y[None, :, None], axis=2)[:, :, 0]
    return np.log(np.clip(right, 1e-3, 1)).mean(axis=1)


def _logistic(
    weight: Floats, x: Floats, y: NDArray[np.int64], x_test: Floats, n_classes: int
) -> Floats:
    """One-against-rest logistic regression by batched Newton steps."""
    outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    d = x.shape[1]
    scores = []
    for label in range(n_classes) if n_classes > 2 else [1]:
        beta = np.zeros((len(weight), d))
        for _ in range(8):
            p = 1 / (1 + np.exp(-np.clip(beta @ x.T, -30, 30)))
            gradient = (weight * (p - (y == label))) @ x + beta
            hessian = ((weight * p * (1 - p)) @ outer).reshape(-1, d, d) + np.eye(d)
            beta -= np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        scores.append(1 / (1 + np.exp(-np.clip(beta @ x_test.T, -30, 30))))
    if n_classes == 2:
        scores = [1 - scores[0], scores[0]]
    stacked = np.stack(scores, axis=2)
    return stacked / stacked.sum(axis=2, keepdims=True)


def _ridge(
    weight: Floats, x: Floats, y: NDArray[np.int64], x_test: Floats, n_classes: int
) -> Floats:
    """Ridge regression on the labels, its scores through a softmax."""
    d = x.shape[1]
    target = np.eye(n_classes)[y]
    outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    cross = (x[:, :, None] * target[:, None, :]).reshape(len(x), -1)
    gram = (weight @ outer).reshape(-1, d, d) + np.eye(d)
    beta = np.linalg.solve(gram, (weight @ cross).reshape(-1, d, n_classes))
    return _softmax(4 * np.einsum("td,bdc->btc", x_test, beta))


def _bayes(
    weight: Floats, x: Floats, y: NDArray[np.int64], x_test: Floats, n_classes: int
) -> Floats:
    """Gaussian naive Bayes from sums over rows, each class with two rows of prior."""
    x, x_test = x[:, :-1], x_test[:, :-1]
    scores = []
    for label in range(n_classes):
        of_label = weight * (y == label)
        count = of_label.sum(axis=1, keepdims=True) + 2
        mean = of_label @ x / count
        variance = (of_label @ x**2 + 2) / count - mean**2
        gap = x_test[None] - mean[:, None]
        score = -0.5 * (gap**2 / variance[:, None] + np.log(variance)[:, None]).sum(axis=2)
        scores.append(score + np.log(count))
    return _softmax(np.stack(scores, axis=2))


def _softmax(score: Floats) -> Floats:
    power = np.exp(score - score.max(axis=2, keepdims=True))
    return power / power.sum(axis=2, keepdims=True)


LEARNERS: dict[str, Callable[..., Floats]] = {
    "logistic": _logistic,
    "ridge": _ridge,
    "bayes": _bayes,
}
