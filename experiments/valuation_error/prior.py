"""What games of data are like: where the surrogate's θ₀ and its widths come from.

`python experiments/valuation_error/prior.py` fits the process to 300 utilities of each of 24
games and prints the mean of θ and 1.5 times its spread, beside what the surrogate has. The
tables are none of the benchmark's: iris, diabetes (above its median or not), and four drawn by
scikit-learn. Fits lean on the prior themselves, so this checks constants rather than makes them:
they were found from a nearly flat prior, penalty 0.02 |θ − θ₀|².
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    make_classification,
    make_gaussian_quantiles,
)

sys.path.insert(0, str(Path(__file__).parent))

from games import LEARNERS, KnownGame, Table, owners_game

from workbench.valuation.surrogate.kernel import NAMES
from workbench.valuation.surrogate.likelihood import START, WIDTH
from workbench.valuation.surrogate.model import fit

N_UTILITIES = 300
SEEDS = (901, 902)


def tuning_tables() -> dict[str, Table]:
    """Return features and classes of the tables that the surrogate may be tuned on."""
    x, progression = load_diabetes(return_X_y=True)
    draw = make_classification
    return {
        "iris": load_iris(return_X_y=True),
        "diab": (x, (progression > np.median(progression)).astype(int)),
        "syn3": draw(900, 20, n_informative=8, n_redundant=5, n_classes=3, class_sep=1.0,
                     flip_y=0.03, random_state=7),
        "syn5": draw(900, 30, n_informative=10, n_classes=5, n_clusters_per_class=1,
                     class_sep=1.5, flip_y=0.0, random_state=8),
        "gq": make_gaussian_quantiles(n_samples=800, n_features=8, n_classes=3, random_state=3),
        "syn2": draw(800, 12, n_informative=6, n_classes=2, class_sep=1.6, flip_y=0.01,
                     random_state=9),
    }  # fmt: skip


def tuning_games() -> list[KnownGame]:
    """Return 24 games of 10 to 12 owners: six tables, two metrics, two seeds."""
    learners = list(LEARNERS)
    return [
        owners_game(
            dataset,
            learners[(d + m + r) % len(learners)],
            metric,
            10 + (d + 2 * m + r) % 3,
            seed,
            table=table,
        )
        for d, (dataset, table) in enumerate(tuning_tables().items())
        for m, metric in enumerate(("accuracy", "log_likelihood"))
        for r, seed in enumerate(SEEDS)
    ]


def fitted(game: KnownGame) -> np.ndarray:
    """Return θ fitted to coalitions of sizes ∝ 1/s² + 0.1, as a study begins with."""
    rng = np.random.default_rng(0)
    size = np.arange(1, game.n_players)
    chance = 1 / size**2 + 0.1
    wanted = rng.choice(size, size=8 * N_UTILITIES, p=chance / chance.sum())
    rank = rng.random((len(wanted), game.n_players)).argsort(axis=1).argsort(axis=1)
    drawn, first = np.unique(rank < wanted[:, None], axis=0, return_index=True)
    inner = drawn[first.argsort()][: N_UTILITIES - 2]
    ends = np.array([[False] * game.n_players, [True] * game.n_players])
    coalitions = np.concatenate([ends, inner])
    return fit(coalitions, game(coalitions), game.sizes).theta


def main() -> None:
    """Print each parameter's mean and width over games beside the surrogate's."""
    theta = np.array([fitted(game) for game in tuning_games()])
    print(f"{'':8}{'mean':>8}{'θ₀':>8}{'width':>8}{'w':>8}")
    for name, mean, spread, start, width in zip(
        NAMES, theta.mean(axis=0), theta.std(axis=0), START, WIDTH, strict=True
    ):
        print(f"{name:8}{mean:8.2f}{start:8.2f}{1.5 * spread:8.2f}{width:8.2f}")


if __name__ == "__main__":
    main()
