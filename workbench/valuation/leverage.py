"""KernelSHAP with leverage-score sampling: the Shapley value as a regression."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.ask import Ask, need_budget, need_semivalue
from workbench.valuation.coalitions import draw_of_size, empty_and_full
from workbench.valuation.game import Game
from workbench.valuation.sampling import settled
from workbench.valuation.values import Values


def estimate_leverage(game: Game, ask: Ask) -> Values:
    r"""Regress utilities on membership, sizes drawn by their leverage.

    The Shapley value minimises :math:`Σ_S w(S) (v(S) − v(∅) − Σ_{i∈S} φ_i)²` over φ that sum
    to v(N) − v(∅), with :math:`w = (n−1) / (\binom{n}{s} s (n−s))`. Every size has the same
    leverage, so pairs (S, N∖S) are drawn in equal numbers from every size.

    C. Musco, R. T. Witter (2025), Provably accurate Shapley value estimation via leverage score
    sampling, ICLR, algorithm 1. Departures: numbers of pairs a size are fixed instead of drawn,
    and errors come from the regression's residuals (linearised, with the finite population).
    """
    need_semivalue(ask, "shapley", "leverage")
    n_players = game.n_players
    need_budget(game, n_players + 2, "leverage")
    empty, full = game(empty_and_full(n_players))
    rng = ask.rng()
    rows: list[NDArray[np.bool_]] = []
    weights: list[NDArray[np.float64]] = []
    chances: list[NDArray[np.float64]] = []
    for size, (n_drawn, n_there) in _pairs(n_players, game.remaining // 2, rng).items():
        drawn = _draw_pairs(n_players, size, n_drawn, rng)
        kernel = (n_players - 1) / (comb(n_players, size) * size * (n_players - size))
        rows.append(drawn)
        weights.append(np.full(n_drawn, kernel * n_there / n_drawn))
        chances.append(np.full(n_drawn, n_drawn / n_there))
    half = np.concatenate(rows) if rows else np.zeros((0, n_players), dtype=np.bool_)
    coalitions = np.concatenate([half, ~half])
    utilities = game(coalitions) if len(coalitions) else np.zeros(0)
    weight, chance = (
        np.concatenate(weights or [np.zeros(0)]),
        np.concatenate(chances or [np.zeros(0)]),
    )
    value, error = _regress(coalitions, utilities, np.tile(weight, 2), chance, (empty, full))
    values = Values.of(
        value,
        error,
        confidence=ask.confidence,
        n_evaluations=game.n_evaluations,
        method="leverage",
        why=f"{len(half)} pairs of coalitions and their complements",
    )
    return settled(values)


def _pairs(n_players: int, n_pairs: int, rng: np.random.Generator) -> dict[int, tuple[int, int]]:
    """Return by size (up to half) how many pairs are drawn and how many there are."""
    there = {
        s: comb(n_players, s) // (2 if 2 * s == n_players else 1)
        for s in range(1, n_players // 2 + 1)
    }
    # The middle size of an even game has only one size where others have two.
    share = {s: 0.5 if 2 * s == n_players else 1.0 for s in there}
    drawn = dict.fromkeys(there, 0)
    left = min(n_pairs, sum(there.values()))
    while left:
        open_sizes = [s for s in there if drawn[s] < there[s]]
        total = sum(share[s] for s in open_sizes)
        wanted = np.array([left * share[s] / total for s in open_sizes])
        whole = np.floor(wanted).astype(int)
        rest = left - int(whole.sum())
        chance = wanted - whole + 1e-9
        extra = rng.choice(len(open_sizes), size=rest, replace=False, p=chance / chance.sum())
        whole[extra] += 1
        for s, more_wanted in zip(open_sizes, whole.tolist(), strict=True):
            more = min(more_wanted, there[s] - drawn[s])
            drawn[s] += more
            left -= more
    return {s: (drawn[s], there[s]) for s in there if drawn[s]}


def _draw_pairs(
    n_players: int, size: int, n_pairs: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return one coalition of each of ``n_pairs`` distinct pairs (S, N∖S)."""
    if 2 * size != n_players:
        return draw_of_size(n_players, size, n_pairs, rng)
    # In the middle both have the same size: the one with the first player stands for both.
    others = draw_of_size(n_players - 1, size - 1, n_pairs, rng)
    return np.concatenate([np.ones((len(others), 1), dtype=np.bool_), others], axis=1)


def _regress(
    coalitions: NDArray[np.bool_],
    utilities: NDArray[np.float64],
    weight: NDArray[np.float64],
    chance: NDArray[np.float64],
    ends: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the constrained least-squares solution and its linearised errors."""
    n_players = coalitions.shape[1]
    empty, full = ends
    share = (full - empty) / n_players
    # Projecting out the direction (1, …, 1) turns the constraint into a shift.
    centred = coalitions - coalitions.mean(axis=1, keepdims=True)
    target = utilities - empty - coalitions.sum(axis=1) * share
    # The direction (1, …, 1) has no weight but rounding: it must not be inverted.
    gram = centred.T @ (weight[:, None] * centred)
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    solution = inverse @ (centred.T @ (weight * target))
    residual = target - centred @ solution
    influence = (weight * residual)[:, None] * centred @ inverse
    n_pairs = len(chance)
    paired = influence[:n_pairs] + influence[n_pairs:]
    freedom = max(n_pairs / max(n_pairs - n_players + 1, 1), 1.0)
    variance = freedom * ((1 - chance)[:, None] * paired**2).sum(axis=0)
    return share + solution, np.sqrt(variance)
