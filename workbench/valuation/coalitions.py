"""Coalitions as rows of booleans, as bit masks, and as what a person reads."""

from math import comb

import numpy as np
from numpy.typing import NDArray

Coalitions = NDArray[np.bool_]
"""bool, shape (n_coalitions, n_players); True where a player is a member."""


def keys_of(coalitions: Coalitions) -> list[bytes]:
    """Return one bit mask a coalition: player i is bit i % 8 of byte i // 8."""
    return [row.tobytes() for row in np.packbits(coalitions, axis=1, bitorder="little")]


def all_coalitions(n_players: int) -> Coalitions:
    """Return every coalition, shape (2**n_players, n_players); row c holds the bits of c."""
    bits: Coalitions = (np.arange(2**n_players)[:, None] >> np.arange(n_players)) & 1 == 1
    return bits


def empty_and_full(n_players: int) -> Coalitions:
    """Return the empty and the full coalition."""
    return np.array([[False] * n_players, [True] * n_players])


def chain(order: NDArray[np.int64]) -> Coalitions:
    """Return the coalitions met as players join in this order, the empty one first."""
    n_players = len(order)
    position = np.empty(n_players, dtype=np.int64)
    position[order] = np.arange(n_players)
    return position[None, :] < np.arange(n_players + 1)[:, None]


def describe(coalition: NDArray[np.bool_]) -> str:
    """Return the members by number, e.g. ``{0, 3}``."""
    return "{" + ", ".join(str(i) for i in np.flatnonzero(coalition)) + "}"


def draw_of_size(
    n_players: int, size: int, n_coalitions: int, rng: np.random.Generator
) -> Coalitions:
    """Return distinct coalitions of one size, drawn uniformly without replacement.

    Parameters
    ----------
    n_coalitions : at most ``comb(n_players, size)``; more are not there to draw.
    """
    n_coalitions = min(n_coalitions, comb(n_players, size))
    found: dict[bytes, NDArray[np.bool_]] = {}
    while len(found) < n_coalitions:
        wanted = n_coalitions - len(found)
        ranks = rng.random((2 * wanted + 8, n_players)).argsort(axis=1).argsort(axis=1)
        drawn = ranks < size
        for key, row in zip(keys_of(drawn), drawn, strict=True):
            if len(found) < n_coalitions:
                found.setdefault(key, row)
    return np.array(list(found.values()), dtype=np.bool_).reshape(n_coalitions, n_players)
