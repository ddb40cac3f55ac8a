"""Regression-adjusted pairs: a linear fit as far as it predicts, strata for what it leaves."""

from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import Coalitions, draw_of_size, empty_and_full, keys_of
from workbench.valuation.game import Game
from workbench.valuation.sampling import settled
from workbench.valuation.semivalues import size_weights
from workbench.valuation.stratified import spread_over, strata_values
from workbench.valuation.values import Values

_MAX_DRAWS: Final = 50
_RANK: Final = 1e-9
"""Relative to the largest: singular values below are rounding."""


def estimate_adjusted(game: Game, ask: Ask) -> Values:
    r"""Estimate φ = λ (β + Σ_s q(s) (ρ⁺ − ρ⁻)) + (1 − λ) Σ_s q(s) (φ⁺ − φ⁻).

    β is the least-squares fit over pairs (S, N∖S), each pair entering as its difference: what
    is the same on both sides of a pair cancels, in the fit and in the strata ρ of
    v − Σ_{i∈S} β_i over pairs. So every game is exact whose differences are additive, as all
    games of order two are. λ is the share of the differences that the fit predicts when a pair
    is left out: a fit that predicts nothing would only add its noise, so strata φ of the
    utilities themselves, over all that was evaluated, answer in its place.

    R. T. Witter, Y. Liu, C. Musco (2025), Regression-adjusted Monte Carlo estimators for Shapley
    values and probabilistic values, NeurIPS: any fit whose values are known leaves an unbiased
    rest. Departures: the fit is linear and not cross-fitted, which biases by the order of
    n / n_pairs; the rest is estimated within strata of size; coalitions evaluated before are
    completed to pairs first; λ.
    """
    n_players = game.n_players
    need_budget(game, n_players + 2, "regression_adjusted")
    game(empty_and_full(n_players))
    _complete(game)
    _draw_pairs(game, ask.rng())
    coalitions, utilities = _pairs_of(game)
    beta, reliability = _differences_fit(coalitions, utilities)
    weights = size_weights(n_players, ask.semivalue)
    rest, rest_variance = strata_values(coalitions, utilities - coalitions @ beta, weights)
    plain, plain_variance = strata_values(*game.evaluated(), weights)
    values = Values.of(
        reliability * (beta + rest) + (1 - reliability) * plain,
        # Both come from the same utilities, so their errors may add up.
        reliability * np.sqrt(rest_variance) + (1 - reliability) * np.sqrt(plain_variance),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="regression_adjusted",
        why=f"{len(coalitions) // 2} pairs of coalitions and their complements,"
        f" whose differences an additive fit predicts to {reliability:.0%}",
    )
    return settled(values)


def _complete(game: Game) -> None:
    """Evaluate the complements of what is known, as far as the budget allows."""
    known, _ = game.evaluated()
    missing = ~known[~game.is_known(~known)]
    game(missing[: game.remaining])


def _draw_pairs(game: Game, rng: np.random.Generator) -> None:
    """Evaluate new pairs, in equal numbers of every size, until the budget is spent."""
    n_players = game.n_players
    for _ in range(_MAX_DRAWS):
        known, _ = game.evaluated()
        met = np.bincount(np.minimum(known.sum(axis=1), (~known).sum(axis=1)))
        room = {}
        for size in range(1, n_players // 2 + 1):
            is_middle = 2 * size == n_players
            there = comb(n_players, size) // (2 if is_middle else 1)
            found = int(met[size]) // 2 if size < len(met) else 0
            room[size] = there - min(found, there)
        room = {size: there for size, there in room.items() if there > 0}
        n_pairs = game.remaining // 2
        if not room or not n_pairs:
            return
        for size, count in spread_over(room, n_pairs).items():
            drawn = draw_of_size(n_players, size, count, rng) if count else None
            if drawn is not None:
                new = _first_of_pairs(drawn[~game.is_known(drawn)])
                game(np.concatenate([new, ~new]))


def _first_of_pairs(coalitions: Coalitions) -> Coalitions:
    """Return the coalitions without those whose complement came before."""
    seen: set[bytes] = set()
    keep = []
    for position, (own, other) in enumerate(
        zip(keys_of(coalitions), keys_of(~coalitions), strict=True)
    ):
        if other not in seen:
            seen.add(own)
            keep.append(position)
    return coalitions[keep]


def _pairs_of(game: Game) -> tuple[Coalitions, NDArray[np.float64]]:
    """Return all evaluated coalitions whose complement was evaluated too."""
    coalitions, utilities = game.evaluated()
    whole = game.is_known(~coalitions)
    return coalitions[whole], utilities[whole]


def _differences_fit(
    coalitions: Coalitions, utilities: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return β, exact on the pair of the empty and the full coalition, and how it predicts.

    The second is 1 − Σ(left-out residual)² / Σ(difference)² over the other pairs, at least 0.
    A pair enters as (S − N∖S, v(S) − v(N∖S)), S being the half with the first player.
    """
    n_players = coalitions.shape[1]
    position = {key: i for i, key in enumerate(keys_of(coalitions))}
    partner = [position[key] for key in keys_of(~coalitions)]
    gained = utilities - utilities[partner]
    size = coalitions.sum(axis=1)
    share = float(gained[size == n_players][0]) / n_players
    half = coalitions[:, 0] & (size < n_players)
    sign = np.where(coalitions[half], 1.0, -1.0)
    # The kernel of the Shapley regression, over what was drawn of a size.
    weight = 1 / (size * (n_players - size) * np.bincount(size)[size])[half]
    root = np.sqrt(weight)
    centred = root[:, None] * (sign - sign.mean(axis=1, keepdims=True))
    target = root * (gained[half] - share * sign.sum(axis=1))
    left, strength, right = np.linalg.svd(centred, full_matrices=False)
    kept = strength > _RANK * strength.max(initial=0)
    left, strength, right = left[:, kept], strength[kept], right[kept]
    along = left.T @ target
    leverage = (left**2).sum(axis=1)
    free = np.maximum(1 - leverage, _RANK)
    # A pair that alone fixes a direction is not predicted at all.
    residual = np.where(free > _RANK, (target - left @ along) / free, target)
    total = target @ target
    reliability = max(0.0, 1 - float(residual @ residual / total)) if total > 0 else 1.0
    beta: NDArray[np.float64] = share + right.T @ (along / strength)
    return beta, reliability
