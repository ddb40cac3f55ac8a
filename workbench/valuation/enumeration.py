"""Exact semivalues of a game: every coalition is asked."""

import numpy as np

from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import all_coalitions, empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.semivalues import semivalue_from_table
from workbench.valuation.values import Values


def enumerate_game(game: Game, ask: Ask) -> Values:
    """Evaluate all 2**n_players coalitions; what is left has no sampling error.

    The empty and the full coalition come first: the total gain is known before anything else.
    """
    n_players = game.n_players
    need_budget(game, 2**n_players, "exact")
    game(empty_and_full(n_players))
    utilities = np.concatenate(
        [
            game(block)
            for block in np.array_split(all_coalitions(n_players), max(1, 2**n_players // 4096))
        ]
    )
    return Values.of(
        semivalue_from_table(utilities, ask.semivalue),
        np.zeros(n_players),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        converged=True,
        method="exact",
        why=f"all {2**n_players} coalitions were evaluated",
    )
