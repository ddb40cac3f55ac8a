"""Estimators that let players join one by one: permutation, antithetic, truncated."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import chain, empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.semivalues import size_weights
from workbench.valuation.stopping import is_settled
from workbench.valuation.values import Values

TRUNCATION = 0.01
"""Of the total gain: a coalition this near to the full one gains nothing more (TMC)."""

_MAX_IDLE = 1_000

Orders = NDArray[np.int64]


def estimate_permutation(game: Game, ask: Ask) -> Values:
    """Average marginal contributions along random orders; unbiased.

    J. Castro, D. Gómez, J. Tejada (2009), Polynomial calculation of the Shapley value based
    on sampling, equation 3. For another semivalue each marginal contribution is weighted by
    n · q(size) (Y. Kwon, J. Zou, 2022, Beta Shapley). Departure: coalitions met
    twice cost nothing, so more orders fit in the budget.
    """
    return _along_orders(game, ask, "permutation", 1)


def estimate_antithetic(game: Game, ask: Ask) -> Values:
    """Average over random orders and their reverses; unbiased, errors from pairs.

    R. Mitchell, J. Cooper, E. Frank, G. Holmes (2022), Sampling permutations for Shapley value
    estimation, JMLR 23(43): who joins late in one order joins early in the other.
    """
    return _along_orders(game, ask, "antithetic", 2)


def estimate_truncated(game: Game, ask: Ask) -> Values:
    """Average over random orders, each left once nearly everything is gained; biased.

    A. Ghorbani, J. Zou (2019), Data Shapley, algorithm 1 (TMC-Shapley). An order is left when
    the utility is within ``TRUNCATION`` of the full one; the players still to come get 0.
    Departure: the error is that of a mean, and stops nothing by itself.
    """
    need_budget(game, game.n_players + 2, "truncated")
    empty, full = game(empty_and_full(game.n_players))
    near = TRUNCATION * abs(full - empty)
    weights = game.n_players * size_weights(game.n_players, ask.semivalue)
    rng = ask.rng()
    marginals: list[NDArray[np.float64]] = []
    idle = 0
    while idle < _MAX_IDLE and game.remaining:
        order = rng.permutation(game.n_players)
        before, found = game.n_evaluations, np.zeros(game.n_players)
        last, is_whole = float(empty), True
        for size, coalition in enumerate(chain(order)[1:]):
            if abs(full - last) <= near:
                break
            if not game.n_affordable(coalition[None, :]):
                is_whole = False
                break
            utility = float(game(coalition[None, :])[0])
            found[order[size]] = weights[size] * (utility - last)
            last = utility
        if not is_whole:
            break
        marginals.append(found)
        idle = idle + 1 if game.n_evaluations == before else 0
    return _answer(game, ask, "truncated", np.array(marginals).reshape(-1, game.n_players))


def order_pairs(n_players: int, n_orders: int, rng: np.random.Generator) -> Iterator[Orders]:
    """Yield groups of orders for ever: single ones, or an order and its reverse."""
    while True:
        order = rng.permutation(n_players)
        yield np.stack([order, order[::-1]])[:n_orders]


def marginals_along(
    utility: Callable[[NDArray[np.bool_]], NDArray[np.float64]],
    order: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return each player's weighted marginal contribution along one order, (n_players, …)."""
    gained = np.diff(utility(chain(order)), axis=0)
    found = np.empty_like(gained)
    found[order] = gained * weights.reshape(-1, *[1] * (gained.ndim - 1))
    return found


def _along_orders(game: Game, ask: Ask, method: str, n_orders: int) -> Values:
    n_players = game.n_players
    need_budget(game, n_players + 2, method)
    game(empty_and_full(n_players))
    weights = n_players * size_weights(n_players, ask.semivalue)
    marginals: list[NDArray[np.float64]] = []
    taken: list[Orders] = []
    idle = 0
    for orders in order_pairs(n_players, n_orders, ask.rng()):
        met = np.concatenate([chain(order) for order in orders])
        before = game.n_evaluations
        if game.n_affordable(met) < len(met):
            break
        game(met)
        taken.append(orders)
        marginals.append(
            np.mean([marginals_along(game, order, weights) for order in orders], axis=0)
        )
        idle = idle + 1 if game.n_evaluations == before else 0
        if idle >= _MAX_IDLE:
            break
    values = _answer(game, ask, method, np.array(marginals).reshape(-1, n_players))
    return replace(values, orders=np.concatenate(taken))


def _answer(game: Game, ask: Ask, method: str, marginals: NDArray[np.float64]) -> Values:
    n_samples = len(marginals)
    if n_samples < 1:
        raise InvalidInputError(
            f"a budget of {game.budget} holds not one order of {game.n_players} players",
            wanted=f"at least {2 * game.n_players} evaluations",
            next_step="raise the budget",
        )
    covariance = np.atleast_2d(np.cov(marginals.T)) if n_samples > 1 else None
    error = (
        np.full(game.n_players, np.abs(marginals).max() + 1e-300)
        if covariance is None
        else np.sqrt(np.diag(covariance) / n_samples)
    )
    values = Values.of(
        marginals.mean(axis=0),
        error,
        covariance=covariance,
        confidence=ask.confidence,
        degrees_of_freedom=max(n_samples - 1, 1),
        n_evaluations=game.n_evaluations,
        method=method,
        why=f"{n_samples} {'pairs of orders' if method == 'antithetic' else 'orders'} fitted in",
    )
    return settled(values)


def settled(values: Values) -> Values:
    """Return the same values, saying whether more evaluations would hardly move a share."""
    return replace(values, converged=is_settled(values, n_evaluations=values.n_evaluations))
