"""Banzhaf values by maximum sample reuse: every coalition informs every player."""

import numpy as np

from workbench.valuation.ask import Ask, need_budget, need_semivalue
from workbench.valuation.coalitions import empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.sampling import settled
from workbench.valuation.values import Values


def estimate_banzhaf(game: Game, ask: Ask) -> Values:
    r"""Estimate :math:`β_i = E[v(S) | i ∈ S] − E[v(S) | i ∉ S]`, S uniform over coalitions.

    J. T. Wang, R. Jia (2023), Data Banzhaf, AISTATS (MSR). Departure: coalitions are
    drawn without replacement, beside the empty and the full one, which count as two of them.
    """
    need_semivalue(ask, "banzhaf", "banzhaf_msr")
    n_players = game.n_players
    need_budget(game, n_players + 2, "banzhaf_msr")
    game(empty_and_full(n_players))
    rng = ask.rng()
    while game.remaining:
        # Many at once: the last coalitions of a small game are seldom drawn.
        drawn = rng.random((max(game.remaining, 1_024), n_players)) < 0.5
        game(drawn[: game.n_affordable(drawn)])
    coalitions, utilities = game.evaluated()
    value, variance = np.zeros(n_players), np.zeros(n_players)
    missing = 1 - len(utilities) / 2**n_players
    for sign, member in ((1, coalitions), (-1, ~coalitions)):
        count = np.maximum(member.sum(axis=0), 1)
        mean = member.T @ utilities / count
        spread = (member * (utilities[:, None] - mean) ** 2).sum(axis=0)
        value += sign * mean
        variance += spread / np.maximum(count - 1, 1) / count * missing
    values = Values.of(
        value,
        np.sqrt(variance),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="banzhaf_msr",
        why=f"{len(utilities)} coalitions, each informing all players",
    )
    return settled(values)
