"""Stratified SVARM: one coalition informs every player, within strata of its size."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import Coalitions, draw_of_size, empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.sampling import settled
from workbench.valuation.semivalues import size_weights
from workbench.valuation.values import Values


def estimate_stratified(game: Game, ask: Ask) -> Values:
    r"""Estimate by strata of size, with and without each player.

    .. math:: φ_i = Σ_s q(s) (φ⁺_{i,s} − φ⁻_{i,s})

    where φ⁺ is the mean utility of coalitions of s others with i, φ⁻ without. Sizes 0, 1,
    n−1 and n are asked completely; the rest of the budget is spread over the sizes between.

    P. Kolpaczki, V. Bengs, M. Muschalik, E. Hüllermeier (2024), Approximating the Shapley value
    without marginal contributions, AAAI, algorithm 2. Departures: coalitions are drawn without
    replacement, sizes in equal numbers, and a stratum nobody met takes its size's mean, so
    that no warm-up is needed.
    """
    n_players = game.n_players
    need_budget(game, 2 * n_players + 2, "stratified")
    one = np.eye(n_players, dtype=np.bool_)
    game(empty_and_full(n_players))
    game(np.concatenate([one, ~one]))
    rng = ask.rng()
    room = {size: comb(n_players, size) for size in range(2, n_players - 1)}
    for size, count in spread_over(room, game.remaining).items():
        if count:
            game(draw_of_size(n_players, size, count, rng))
    coalitions, utilities = game.evaluated()
    weights = size_weights(n_players, ask.semivalue)
    value, variance = strata_values(coalitions, utilities, weights)
    values = Values.of(
        value,
        np.sqrt(variance),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="stratified",
        why="coalitions of every size, each informing all players",
    )
    return settled(values)


def strata_values(
    coalitions: Coalitions, utilities: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Σ_s q(s) (φ⁺ − φ⁻) of each player and its variance from sampling.

    Parameters
    ----------
    weights : q(s), shape (n_players,).
    """
    n_players = coalitions.shape[1]
    value, variance = np.zeros(n_players), np.zeros(n_players)
    for size in range(n_players + 1):
        of_size = coalitions.sum(axis=1) == size
        mean_in, var_in = _strata(coalitions[of_size], utilities[of_size], size)
        mean_out, var_out = _strata(~coalitions[of_size], utilities[of_size], n_players - size)
        if size > 0:
            value += weights[size - 1] * mean_in
            variance += weights[size - 1] ** 2 * var_in
        if size < n_players:
            value -= weights[size] * mean_out
            variance += weights[size] ** 2 * var_out
    return value, variance


def spread_over(room: dict[int, int], n_coalitions: int) -> dict[int, int]:
    """Spread coalitions over sizes in equal numbers, none getting more than it has."""
    counts = dict.fromkeys(room, 0)
    left = min(n_coalitions, sum(room.values()))
    while left:
        open_sizes = [size for size in room if counts[size] < room[size]]
        share, rest = divmod(left, len(open_sizes))
        # Those with most room first when some must get one more.
        open_sizes.sort(key=lambda size: -room[size])
        for position, size in enumerate(open_sizes):
            more = min(share + (position < rest), room[size] - counts[size])
            counts[size] += more
            left -= more
    return counts


def _strata(
    member: NDArray[np.bool_], utilities: NDArray[np.float64], n_inside: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each player's stratum mean and the variance of it, for coalitions of one size."""
    n_players = member.shape[1]
    count = member.sum(axis=0)
    if not len(utilities) or not n_inside:
        return np.zeros(n_players), np.zeros(n_players)
    total = comb(n_players - 1, n_inside - 1)
    centre, spread = utilities.mean(), utilities.var(ddof=1) if len(utilities) > 1 else 0.0
    met = np.maximum(count, 1)
    mean = np.where(
        count, centre + (member * (utilities - centre)[:, None]).sum(axis=0) / met, centre
    )
    deviation = member * (utilities[:, None] - mean)
    own = np.where(count > 2, (deviation**2).sum(axis=0) / np.maximum(count - 1, 1), spread)
    missing = 1 - np.minimum(count / total, 1)
    return mean, own / met * missing
