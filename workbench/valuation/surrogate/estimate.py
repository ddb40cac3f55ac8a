"""The surrogate estimator: fit, choose, evaluate, and say how sure the answer is."""

from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np

from workbench.valuation.adjusted import estimate_adjusted
from workbench.valuation.ask import Ask, need_budget
from workbench.valuation.coalitions import Coalitions, all_coalitions
from workbench.valuation.enumeration import enumerate_game
from workbench.valuation.game import Game
from workbench.valuation.sampling import settled
from workbench.valuation.surrogate.blocks import Blocks
from workbench.valuation.surrogate.design import first_coalitions, next_coalitions
from workbench.valuation.surrogate.functional import Enumerated
from workbench.valuation.surrogate.interval import covariance_of
from workbench.valuation.surrogate.kernel import Floats
from workbench.valuation.surrogate.likelihood import SMOOTH, START
from workbench.valuation.surrogate.model import MAX_ITERATIONS, MAX_REFIT_ITERATIONS, Model, fit
from workbench.valuation.values import Values

GROWTH: Final = 1.5
"""Of the coalitions asked, from one batch to the next."""

_MANY: Final = 200


def estimate_surrogate(game: Game, ask: Ask) -> Values:
    """Fit a Gaussian process to few evaluations and return the values of its mean.

    Kernel, closed forms and calibration are this project's own. That the Shapley value of a
    process has a posterior in closed form: S. L. Chau, K. Muandet, D. Sejdinovic (2023),
    Explaining the uncertain, NeurIPS. Where the process does not fit the game,
    the rest of the budget goes to a paired estimator, whose answer it is then.
    """
    n_players = game.n_players
    need_budget(game, n_players + 2, "surrogate")
    blocks = Blocks.of(n_players, ask)
    if 2**blocks.n_blocks <= game.remaining:
        if isinstance(blocks.functional, Enumerated):
            return _enumerated(game, ask, blocks, blocks.functional)
        return enumerate_game(game, ask)
    rng = ask.rng()
    first = blocks.to_players(first_coalitions(blocks.n_blocks, rng))
    game(first[: game.n_affordable(first)])
    coalitions, utilities = _known(game, blocks)
    model = fit(coalitions, utilities, blocks.fitted_sizes, starts=[START, SMOOTH])
    enough = 2 * blocks.n_blocks + 2
    instead: Values | None = None
    while game.remaining and instead is None:
        if model.misfit():
            instead = estimate_adjusted(game, ask)
            coalitions, utilities = _known(game, blocks)
        else:
            # Batches grow with what was asked, whatever was given, so that looks fall on ends.
            enough += ceil((GROWTH - 1) * enough)
            n_wanted = min(game.remaining, enough - game.n_asked)
            chosen = next_coalitions(model, blocks.functional, n_wanted, rng)
            if not len(chosen):
                break
            coalitions = np.concatenate([coalitions, chosen])
            utilities = np.concatenate([model.utilities, game(blocks.to_players(chosen))])
        model = fit(
            coalitions,
            utilities,
            blocks.fitted_sizes,
            starts=[model.theta] if game.remaining else [model.theta, START, SMOOTH],
            max_iterations=MAX_REFIT_ITERATIONS if game.remaining else MAX_ITERATIONS,
        )
    misfit = model.misfit()
    if misfit:
        return _instead(game, misfit, instead or _wide(game, ask, blocks, model))
    return _from_model(game, ask, blocks, model, rng)


def _known(game: Game, blocks: Blocks) -> tuple[Coalitions, Floats]:
    """Return what is known of coalitions of blocks, in the order in which it became known."""
    known, utilities = game.evaluated()
    of_blocks = blocks.from_players(known)
    position = np.sort(np.unique(of_blocks, axis=0, return_index=True)[1])
    return of_blocks[position], utilities[position]


def _from_model(
    game: Game, ask: Ask, blocks: Blocks, model: Model, rng: np.random.Generator
) -> Values:
    """Return the values of the posterior mean, spread to the total gain, with intervals."""
    n_draws = 12 if game.n_evaluations < _MANY else 6
    covariance = blocks.spread(covariance_of(model, blocks.functional, rng, n_draws))
    is_provisional = game.n_evaluations < 5 * game.n_players
    values = Values.of(
        _efficient(game, ask, blocks.values(model)),
        np.sqrt(np.diag(covariance)),
        covariance=covariance,
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="surrogate",
        why=f"a Gaussian process fits {game.n_evaluations} evaluations"
        + ("; its interval is provisional below 5 a player" if is_provisional else ""),
    )
    return settled(values)


def _efficient(game: Game, ask: Ask, value: Floats) -> Floats:
    """Return Shapley values that sum to the total gain, as they must; others as they are."""
    if ask.semivalue != "shapley":
        return value
    ends = np.array([[False] * game.n_players, [True] * game.n_players])
    empty, full = game(ends)
    adjusted: Floats = value + (full - empty - value.sum()) / game.n_players
    return adjusted


def _enumerated(game: Game, ask: Ask, blocks: Blocks, functional: Enumerated) -> Values:
    """Return exact values where identical rows leave few coalitions that differ."""
    utilities = game(blocks.to_players(all_coalitions(blocks.n_blocks)))
    return Values.of(
        functional.of_utilities(utilities),
        np.zeros(game.n_players),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        converged=True,
        method="exact",
        why=f"all {2**blocks.n_blocks} coalitions of players with different rows were evaluated",
    )


def _wide(game: Game, ask: Ask, blocks: Blocks, model: Model) -> Values:
    """Return the process's values with an error as large as the utilities' own spread."""
    return Values.of(
        _efficient(game, ask, blocks.values(model)),
        np.full(game.n_players, float(model.utilities.std())),
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="surrogate",
        why="its interval is only the spread of the utilities",
    )


def _instead(game: Game, misfit: str, answer: Values) -> Values:
    """Return the answer of another estimator, saying why it answers."""
    n_all = 2**game.n_players
    is_near = 4 * game.n_evaluations >= n_all
    advice = f"; a budget of all {n_all} coalitions settles it" if is_near else ""
    return replace(
        answer,
        n_evaluations=game.n_evaluations,
        why=f"{misfit}, so the surrogate's answer is not trusted; {answer.why}{advice}",
    )
