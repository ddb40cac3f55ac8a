"""What a person asks an estimator, beside the game itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.game import Game
from workbench.valuation.semivalues import Semivalue, check_semivalue
from workbench.valuation.values import Values

Estimate = Callable[[Game, "Ask"], Values]


@dataclass(frozen=True)
class Ask:
    """How the values are wanted and what is known of the players.

    Attributes
    ----------
    semivalue : ``"shapley"``, ``"banzhaf"`` or ``("beta", a, b)``.
    confidence : of the interval, between 0 and 1.
    seed : of every random choice.
    player_sizes : ndarray of float64, shape (n_players,), above 0, or ``None``; rows of each.
    same_data : ndarray of int64, shape (n_players,), or ``None``; players with equal numbers
        brought identical rows.
    """

    semivalue: Semivalue = "shapley"
    confidence: float = 0.95
    seed: int = 0
    player_sizes: NDArray[np.float64] | None = None
    same_data: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        check_semivalue(self.semivalue)
        if not 0 < self.confidence < 1:
            raise InvalidInputError(
                f"a confidence of {self.confidence}", wanted="a number between 0 and 1"
            )

    def rng(self) -> np.random.Generator:
        """Return the generator of this question; the same seed, the same choices."""
        return np.random.default_rng(self.seed)


def check_players(
    n_players: int, player_sizes: NDArray[np.float64] | None, same_data: NDArray[np.int64] | None
) -> None:
    """Refuse facts about players that contradict their number or each other."""
    for name, fact in (("player_sizes", player_sizes), ("same_data", same_data)):
        if fact is not None and fact.shape != (n_players,):
            raise InvalidInputError(
                f"{name} has shape {fact.shape}",
                wanted=f"one entry for each of {n_players} players",
            )
    if player_sizes is not None and not (np.isfinite(player_sizes) & (player_sizes > 0)).all():
        player = int(np.flatnonzero(~(np.isfinite(player_sizes) & (player_sizes > 0)))[0])
        raise InvalidInputError(
            f"player {player} has {player_sizes[player]} rows", wanted="more than 0 rows each"
        )


def need_budget(game: Game, n_evaluations: int, method: str) -> None:
    """Refuse a budget below what a method needs for its first answer."""
    wanted = min(n_evaluations, 2**game.n_players)
    if game.remaining + game.n_evaluations < wanted:
        raise InvalidInputError(
            f"{method} cannot answer within a budget of {game.budget}",
            wanted=f"at least {wanted} evaluations for {game.n_players} players",
            next_step="raise the budget",
        )


def need_semivalue(ask: Ask, semivalue: Semivalue, method: str) -> None:
    """Refuse a semivalue that a method does not estimate."""
    if ask.semivalue != semivalue:
        raise InvalidInputError(
            f"{method} does not estimate {ask.semivalue!r}",
            wanted=f"semivalue={semivalue!r}",
            next_step="or use method='surrogate', which estimates every semivalue",
        )
