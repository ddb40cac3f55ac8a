"""Regression-adjusted pairs: a linear fit, and strata for what it leaves over."""

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


def estimate_adjusted(game: Game, ask: Ask) -> Values:
    r"""Estimate φ = β + Σ_s q(s) (ρ⁺ − ρ⁻), with ρ the strata of v − Σ_{i∈S} β_i.

    β is the least-squares fit over pairs (S, N∖S), each pair entering as its difference: what
    is the same on both sides of a pair cancels, in the fit and in the strata. So every game is
    exact whose differences are additive, as all games of order two are.

    R. T. Witter, Y. Liu, C. Musco (2025), Regression-adjusted Monte Carlo estimators for Shapley
    values and probabilistic values, NeurIPS: any fit whose values are known leaves an unbiased
    rest. Departures: the fit is linear and not cross-fitted, which biases by the order of
    n / n_pairs; the rest is estimated within strata of size; coalitions evaluated before are
    completed to pairs first.
    """
    n_players = game.n_players
    need_budget(game, n_players + 2, "regression_adjusted")
    game(empty_and_full(n_players))
    _complete(game)
    _draw_pairs(game, ask.rng())
    coalitions, utilities = _pairs_of(game)
    beta = _differences_fit(coalitions, utilities)
    weights = size_weights(n_players, ask.semivalue)
    rest, variance = strata_values(coalitions, utilities - coalitions @ beta, weights)
    values = Values.of(
        beta + rest,
        np.sqrt(variance),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="regression_adjusted",
        why=f"{len(coalitions) // 2} pairs of coalitions and their complements",
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


def _differences_fit(coalitions: Coalitions, utilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return β, exact on the pair of the empty and the full coalition, least squares on others.

    Coalitions and their complements both enter, as (S − N∖S, v(S) − v(N∖S)): each pair twice.
    """
    n_players = coalitions.shape[1]
    position = {key: i for i, key in enumerate(keys_of(coalitions))}
    partner = [position[key] for key in keys_of(~coalitions)]
    sign = np.where(coalitions, 1.0, -1.0)
    gained = utilities - utilities[partner]
    is_full = coalitions.all(axis=1)
    share = float(gained[is_full][0]) / n_players
    sizes = coalitions.sum(axis=1)
    inner = (sizes > 0) & (sizes < n_players)
    # The kernel of the Shapley regression, over what was drawn of a size.
    size = sizes[inner]
    weight = 1 / (size * (n_players - size) * np.bincount(size)[size])
    centred = sign[inner] - sign[inner].mean(axis=1, keepdims=True)
    target = gained[inner] - share * sign[inner].sum(axis=1)
    root = np.sqrt(weight)
    beta: NDArray[np.float64] = (
        share + np.linalg.lstsq(root[:, None] * centred, root * target, rcond=None)[0]
    )
    return beta
