"""Which coalitions to evaluate next: those that teach most about the values."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from workbench.valuation.coalitions import Coalitions, all_coalitions, chain, keys_of
from workbench.valuation.surrogate.functional import Functional
from workbench.valuation.surrogate.kernel import (
    SIGMA,
    Floats,
    G,
    features,
    kernel,
    player_weights,
)
from workbench.valuation.surrogate.likelihood import gram_matrix
from workbench.valuation.surrogate.model import Model

N_CANDIDATES: Final = 600
_MAX_CHAINLESS: Final = 30
_MIN_LOG_NOISE: Final = -5.0
"""Below, hundreds of rank-1 updates lose their last digits and then all of them."""


def first_coalitions(n_blocks: int, rng: np.random.Generator) -> Coalitions:
    """Return the coalitions a study begins with, 2n + 2 of them, in order.

    The empty and the full one; then random ones of sizes s drawn ∝ 1/s² + 0.1, where utilities
    vary most, or chains of random orders and their reverses above 30 blocks.
    """
    found: dict[bytes, None] = {}
    rows: list[Coalitions] = []
    wanted = min(2 * n_blocks + 2, 2**n_blocks)
    ends = np.array([[False] * n_blocks, [True] * n_blocks])
    stream = _chains(n_blocks, rng) if n_blocks > _MAX_CHAINLESS else _random(n_blocks, rng)
    block = ends
    while len(rows) < wanted:
        for key, row in zip(keys_of(block), block, strict=True):
            if key not in found and len(rows) < wanted:
                found[key] = None
                rows.append(row)
        block = next(stream)
    return np.array(rows)


def next_coalitions(
    model: Model, functional: Functional, n_coalitions: int, rng: np.random.Generator
) -> Coalitions:
    """Return the coalitions that shrink the trace of the values' covariance most, greedily.

    Each step takes, of the candidates, the largest |A_T − K_TD K̃⁻¹A|² / (k_post(T,T) + σ²)
    and conditions the others on it by a rank-1 update.
    """
    if model.theta[SIGMA] < _MIN_LOG_NOISE:
        quiet = model.theta.copy()
        quiet[SIGMA] = _MIN_LOG_NOISE
        model = Model.at(quiet, model.coalitions, model.utilities, model.block_sizes)
    theta = model.theta
    noise = float(np.exp(2 * theta[SIGMA]))
    pool = _candidates(model.coalitions, max(N_CANDIDATES, 3 * n_coalitions), rng)
    n_coalitions = min(n_coalitions, len(pool))
    known = functional.sections(theta, model.coalitions)
    cross = gram_matrix(theta, pool, model.coalitions, model.block_sizes)
    half = cross @ model.inverse
    effect = functional.sections(theta, pool) - half @ known
    variance = _own(theta, pool, model.block_sizes) - (half * cross).sum(axis=1)
    updates = np.zeros((n_coalitions, len(pool)))
    chosen: list[int] = []
    for step in range(n_coalitions):
        gain = (effect**2).sum(axis=1) / (np.maximum(variance, 0) + noise)
        gain[chosen] = -1
        best = int(gain.argmax())
        chosen.append(best)
        to_best = (
            gram_matrix(theta, pool, pool[best : best + 1], model.block_sizes)[:, 0]
            - half @ cross[best]
            - updates[:step].T @ updates[:step, best]
        )
        scaled = to_best / np.sqrt(max(variance[best], 0) + noise)
        updates[step] = scaled
        effect -= np.outer(scaled, effect[best] / np.sqrt(max(variance[best], 0) + noise))
        variance -= scaled**2
    return pool[chosen]


def _own(theta: Floats, pool: Coalitions, sizes: Floats | None) -> Floats:
    """Return k(T, T) of each candidate."""
    one = np.ones(pool.shape[1]) if sizes is None else sizes
    weights = player_weights(one, theta[G])
    return np.concatenate(
        [kernel(theta, features(row[None], row[None], weights))[0] for row in pool]
    )


def _candidates(known: Coalitions, n_candidates: int, rng: np.random.Generator) -> Coalitions:
    """Return distinct coalitions not evaluated yet: all of them where they are few."""
    n_blocks = known.shape[1]
    met = set(keys_of(known))
    if n_blocks < 20 and 2**n_blocks - len(met) <= n_candidates:
        everyone = all_coalitions(n_blocks)
        return everyone[[key not in met for key in keys_of(everyone)]]
    rows: list[Coalitions] = []
    for block in _random(n_blocks, rng):
        for key, row in zip(keys_of(block), block, strict=True):
            if key not in met and len(rows) < n_candidates:
                met.add(key)
                rows.append(row)
        if len(rows) == n_candidates:
            break
    return np.array(rows)


def _random(n_blocks: int, rng: np.random.Generator) -> Iterator[Coalitions]:
    """Yield random coalitions for ever, sizes ∝ 1/s² + 0.1, uniform within a size."""
    size = np.arange(1, max(n_blocks, 2))
    chance = 1 / size**2 + 0.1
    while True:
        wanted = rng.choice(size, size=256, p=chance / chance.sum())
        yield rng.random((256, n_blocks)).argsort(axis=1).argsort(axis=1) < wanted[:, None]


def _chains(n_blocks: int, rng: np.random.Generator) -> Iterator[Coalitions]:
    """Yield the coalitions along random orders and their reverses for ever."""
    while True:
        order = rng.permutation(n_blocks)
        yield np.concatenate([chain(order), chain(order[::-1])])
