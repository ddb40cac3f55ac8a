"""One measurement of the surrogate in a process of its own; run by `run.py`.

`python surrogate.py whole|last N_PLAYERS BUDGET equal|unequal COALITIONS` prints CPU seconds and
by how many MB the peak of memory grew. `whole` is all of `value_game` and stores the coalitions
it asked for; `last` is one fit from the common start, values and intervals, from those.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.valuation import value_game
from workbench.valuation.ask import Ask
from workbench.valuation.surrogate.blocks import Blocks
from workbench.valuation.surrogate.interval import covariance_of
from workbench.valuation.surrogate.model import fit
from workbench.valuation.values import Values

Floats = NDArray[np.float64]
Coalitions = NDArray[np.bool_]

N_DRAWS = 6
"""Of parameters, as the estimator takes from 200 evaluations on."""


class FreeGame:
    """A smooth game of data that costs nothing, and the coalitions it was asked for."""

    def __init__(self, n_players: int, sizes: Floats) -> None:
        rng = np.random.default_rng(n_players)
        self._useful = sizes / sizes.mean() * rng.uniform(0.2, 1.0, n_players)
        self._pairs = rng.normal(size=(n_players, n_players)) / n_players
        self.asked: list[Coalitions] = []

    def __call__(self, coalitions: Coalitions) -> Floats:
        """Return the utilities of coalitions."""
        self.asked.append(coalitions)
        member = coalitions.astype(np.float64)
        gained = member @ self._useful
        pairs = ((member @ self._pairs) * member).sum(axis=1)
        utilities: Floats = 1 - 1 / (1 + gained) ** 0.5 + 0.02 * pairs / (1 + gained)
        return utilities


def last_step(coalitions: Coalitions, utilities: Floats, sizes: Floats | None) -> Values:
    """Return values and intervals from utilities, as the estimator does in the end."""
    n_players = coalitions.shape[1]
    blocks = Blocks.of(n_players, Ask(player_sizes=sizes))
    model = fit(coalitions, utilities, blocks.fitted_sizes)
    rng = np.random.default_rng(0)
    covariance = blocks.spread(covariance_of(model, blocks.functional, rng, N_DRAWS))
    return Values.of(blocks.values(model), np.sqrt(np.diag(covariance)), covariance=covariance)


def _peak() -> float:
    """Return the most memory that was resident at once, in MB."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def main() -> None:
    """Measure what is asked."""
    what, n_players, budget, kind, path = sys.argv[1:]
    n = int(n_players)
    sizes = np.random.default_rng(n).lognormal(3, 0.7, n).round() + 4
    known = sizes if kind == "unequal" else None
    game = FreeGame(n, sizes if known is not None else np.ones(n))
    if what == "last":
        coalitions = np.load(path)
        utilities = game(coalitions)
    # Linux only: makes what is held now the peak. getrusage would know the parent's peak too.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    start = time.process_time()
    if what == "whole":
        values = value_game(game, n, method="surrogate", budget=int(budget), player_sizes=known)
        answered_by = values.method
    else:
        last_step(coalitions, utilities, known)
        answered_by = "surrogate"
    seconds = time.process_time() - start
    grown = _peak() - before
    if what == "whole":
        np.save(path, np.unique(np.concatenate(game.asked), axis=0))
    print(
        json.dumps(
            {"cpu_seconds": seconds, "megabytes": grown, "is_surrogate": answered_by == "surrogate"}
        )
    )


if __name__ == "__main__":
    main()
