"""A game whose utilities are known: a table of coalitions, and what its players are worth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.ask import Ask
from workbench.valuation.coalitions import Coalitions, all_coalitions, keys_of
from workbench.valuation.estimators import choose
from workbench.valuation.game import Progress
from workbench.valuation.semivalues import MAX_TABLE_PLAYERS, Semivalue
from workbench.valuation.value_game import value_game
from workbench.valuation.values import Values

MAX_NAMED: Final = 5
"""Coalitions that an error lists; the rest are counted."""


@dataclass(frozen=True, eq=False)
class TableGame:
    """Recorded utilities as a game: called with coalitions, it looks them up.

    Attributes
    ----------
    players : their names; position i is player i.
    utilities : finite utility by coalition, whose key is its bit mask in little-endian bytes
        (``coalitions.keys_of``).
    player_sizes : ndarray of float64, shape (n_players,), above 0, or ``None``; rows of each.
    same_data : groups of players who brought identical rows.
    """

    players: tuple[str, ...]
    utilities: dict[bytes, float]
    player_sizes: NDArray[np.float64] | None = None
    same_data: tuple[tuple[int, ...], ...] = ()

    @property
    def n_players(self) -> int:
        """How many players take part."""
        return len(self.players)

    def __call__(self, coalitions: Coalitions) -> NDArray[np.float64]:
        """Return the recorded utilities, shape (n_coalitions,).

        Raises
        ------
        InvalidInputError
            A coalition is not in the table; the error names it.
        """
        keys = keys_of(coalitions)
        self._need(coalitions, [key not in self.utilities for key in keys])
        return np.array([self.utilities[key] for key in keys], dtype=np.float64)

    def need_all(self) -> None:
        """Refuse a table without all 2**n_players coalitions, naming the first that miss.

        Tables of more players than can be enumerated are left to the method to refuse.
        """
        if self.n_players <= MAX_TABLE_PLAYERS and len(self.utilities) < 2**self.n_players:
            coalitions = all_coalitions(self.n_players)
            self._need(coalitions, [key not in self.utilities for key in keys_of(coalitions)])

    def name(self, coalition: NDArray[np.bool_]) -> str:
        """Return a coalition as people read it, e.g. ``{ana, ben}``."""
        return "{" + ", ".join(self.players[i] for i in np.flatnonzero(coalition)) + "}"

    def _need(self, coalitions: Coalitions, is_missing: list[bool]) -> None:
        missing = coalitions[np.array(is_missing, dtype=np.bool_)]
        if not len(missing):
            return
        names = [self.name(coalition) for coalition in missing[:MAX_NAMED]]
        more = len(missing) - len(names)
        raise InvalidInputError(
            f"no utility is given for {', '.join(names)}"
            + (f" and {more} more coalitions" if more else ""),
            wanted="a utility for every coalition that the method asks for",
            next_step="evaluate what is missing, or use a method that asks for less",
            missing=names,
            n_missing=len(missing),
        )


def value_table(
    game: TableGame,
    *,
    method: str = "auto",
    budget: int | None = None,
    seed: int = 0,
    semivalue: Semivalue = "shapley",
    on_progress: Progress | None = None,
) -> Values:
    """Return what each player of a recorded game is worth.

    Parameters
    ----------
    game : need not be complete: a method that samples needs what it asks for.
    method, budget, seed, semivalue, on_progress : as ``value_game`` takes them.

    Raises
    ------
    InvalidInputError
        An argument is out of range, or a coalition is missing; the error names it.
    """
    chosen = choose(game.n_players, method, budget, Ask(semivalue=semivalue, seed=seed))
    if chosen.method == "exact":
        # Before any is asked, so that all that is missing is named at once.
        game.need_all()
    return value_game(
        game,
        game.n_players,
        method=method,
        budget=budget,
        player_sizes=game.player_sizes,
        same_data=game.same_data,
        seed=seed,
        semivalue=semivalue,
        on_progress=on_progress,
    )
