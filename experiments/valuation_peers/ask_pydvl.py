"""Ask pyDVL's samplers and its KNN-Shapley; run by `run.py` in pyDVL's own environment.

`python ask_pydvl.py QUESTIONS ANSWERS`: a JSON file of tables, methods, budgets and seeds in,
one of values, distinct evaluations and CPU seconds out. `python ask_pydvl.py TABLE VALUES K`:
an .npz of rows in, an .npz of their KNN-Shapley values and of CPU seconds out.
"""

import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from distinct import Answer, CountedGame, answer_file

# Its dependencies warn of each other, its results of small counts.
warnings.simplefilter("ignore")

from pydvl.valuation import (  # noqa: E402
    Dataset,
    KNNShapleyValuation,
    MaxSamples,
    ShapleyValuation,
)
from pydvl.valuation.samplers import (  # noqa: E402
    AntitheticPermutationSampler,
    AntitheticSampler,
    IndexSampler,
    MSRSampler,
    PermutationSampler,
    UniformSampler,
    VRDSSampler,
)
from pydvl.valuation.utility.base import UtilityBase  # noqa: E402
from sklearn.neighbors import KNeighborsClassifier  # noqa: E402


class TableUtility(UtilityBase):
    """A counted game as pyDVL wants it."""

    def __init__(self, game: CountedGame) -> None:
        self.game = game

    def __call__(self, sample: object) -> float:
        """Return the utility of a sample's rows; no sample is the empty coalition."""
        coalition = np.zeros(self.game.n_players, dtype=bool)
        if sample is not None:
            coalition[np.asarray(sample.subset, dtype=int)] = True
        return float(self.game(coalition)[0])


def sampled(sampler: Callable[[int, int], IndexSampler], *, is_per_player: bool = False) -> Answer:
    """Return Shapley values from a sampler as an answer to a counted game.

    Parameters
    ----------
    sampler : from the number of samples and the seed.
    is_per_player : whether that number is meant for each player.
    """

    def answer(game: CountedGame, effort: int, seed: int) -> np.ndarray:
        rows = np.arange(game.n_players)
        draws = sampler(effort, seed)
        n_samples = effort * game.n_players if is_per_player else effort
        valuation = ShapleyValuation(
            TableUtility(game), draws, MaxSamples(draws, n_samples), show_warnings=False
        )
        valuation.fit(Dataset(rows[:, None], rows))
        by_player = np.empty(game.n_players)
        by_player[valuation.result.indices] = valuation.result.values
        return by_player

    return answer


METHODS: dict[str, Answer] = {
    "permutation": sampled(lambda _, seed: PermutationSampler(seed=seed)),
    "permutation, antithetic": sampled(lambda _, seed: AntitheticPermutationSampler(seed=seed)),
    "subsets": sampled(lambda _, seed: UniformSampler(seed=seed)),
    "subsets, antithetic": sampled(lambda _, seed: AntitheticSampler(seed=seed)),
    "subsets, stratified (VRDS)": sampled(
        lambda effort, seed: VRDSSampler(effort, seed=seed), is_per_player=True
    ),
    "maximum sample reuse": sampled(lambda _, seed: MSRSampler(seed=seed)),
}


def knn(table: str, found: str, n_neighbors: int) -> None:
    """Value the rows of a table; the clock runs for the valuation alone."""
    rows = np.load(table)
    train = Dataset(rows["x_train"], rows["y_train"])
    test = Dataset(rows["x_test"], rows["y_test"])
    valuation = KNNShapleyValuation(KNeighborsClassifier(n_neighbors), test, progress=False)
    start = time.process_time()
    valuation.fit(train)
    seconds = time.process_time() - start
    by_row = np.empty(len(train))
    by_row[valuation.result.indices] = valuation.result.values
    np.savez(found, values=by_row, cpu_seconds=seconds)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        knn(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        answer_file(
            Path(sys.argv[1]), Path(sys.argv[2]), METHODS, lambda _, budget: [*range(1, 2 * budget)]
        )
