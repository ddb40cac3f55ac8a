"""Leave-one-out: what is lost when one player leaves the full coalition."""

import numpy as np

from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.values import Values


def leave_one_out(game: Game, ask: Ask) -> Values:
    """Return v(N) − v(N∖i), after n + 2 evaluations at most.

    R. D. Cook (1977), Detection of influential observation in linear regression. Not a
    semivalue: two players with the same rows are both worth nothing, and values do not sum to
    the total gain. Asked for by name only; the answer has no sampling error.
    """
    n_players = game.n_players
    need_budget(game, n_players + 2, "leave_one_out")
    full = game(empty_and_full(n_players))[1]
    without = game(~np.eye(n_players, dtype=np.bool_))
    return Values.of(
        full - without,
        np.zeros(n_players),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        converged=True,
        method="leave_one_out",
        why="what the full coalition loses without each player; this is not the Shapley value",
    )
