"""The one way in: what each player of any game is worth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.ask import Ask, check_players
from workbench.valuation.estimators import ESTIMATORS, choose
from workbench.valuation.game import Game, Given, Progress, Utility
from workbench.valuation.semivalues import Semivalue
from workbench.valuation.values import Values


def value_game(  # noqa: PLR0913, one public door; all but two have defaults
    utility: Utility,
    n_players: int,
    *,
    method: str = "auto",
    budget: int | None = None,
    player_sizes: ArrayLike | None = None,
    same_data: Sequence[Sequence[int]] | None = None,
    seed: int = 0,
    semivalue: Semivalue = "shapley",
    confidence: float = 0.95,
    n_replicates: int = 1,
    on_progress: Progress | None = None,
    given: Given | None = None,
) -> Values:
    """Return what each player is worth, from as few evaluations as possible.

    Parameters
    ----------
    utility : takes coalitions, bool (n_coalitions, n_players), and returns their utilities,
        float64 (n_coalitions,); higher is better.
    n_players : 1 to 1,024.
    method : a name in ``ESTIMATORS``, or ``"auto"``: exact where affordable, else surrogate.
    budget : distinct coalitions at most, the empty and the full one included; never exceeded.
        ``None`` is all of them up to 12 players, above 256 or 8 a player.
    player_sizes : shape (n_players,), above 0; rows of each player, for the surrogate.
    same_data : groups of players who brought identical rows, e.g. ``[[0, 3]]``: a coalition
        with one of a group has the utility of one with all of it.
    seed : the same seed asks the same coalitions and gives the same answer.
    semivalue : ``"shapley"``, ``"banzhaf"`` or ``("beta", a, b)``.
    confidence : of the interval, between 0 and 1.
    n_replicates : how often each coalition is asked; its utility is the mean. It counts once.
    on_progress : called with the distinct coalitions evaluated and the budget.
    given : coalitions evaluated before, bool (n_given, n_players), and their utilities; they
        inform the answer and the budget does not count them.

    Raises
    ------
    InvalidInputError
        An argument is out of range, or a utility has the wrong shape or is not finite.
    JobError
        The utility raised; the error names the coalition.

    Examples
    --------
    >>> gloves = lambda coalitions: np.minimum(coalitions[:, :2].sum(1), coalitions[:, 2]) * 1.0
    >>> values = value_game(gloves, 3)
    >>> values.value.round(4).tolist(), values.method
    ([0.1667, 0.1667, 0.6667], 'exact')
    """
    sizes = None if player_sizes is None else np.asarray(player_sizes, dtype=np.float64)
    groups = _groups(n_players, same_data)
    check_players(n_players, sizes, groups)
    ask = Ask(semivalue, confidence, seed, sizes, groups)
    chosen = choose(n_players, method, budget, ask)
    game = Game(
        utility,
        n_players,
        budget=chosen.budget,
        n_replicates=n_replicates,
        on_progress=on_progress,
        given=given,
    )
    values = ESTIMATORS[chosen.method].estimate(game, ask)
    return replace(values, why="; ".join(why for why in (chosen.why, values.why) if why))


def _groups(n_players: int, same_data: Sequence[Sequence[int]] | None) -> NDArray[np.int64] | None:
    """Return one number a player, equal for players with identical rows."""
    if same_data is None:
        return None
    group = np.arange(n_players)
    seen: set[int] = set()
    for members in same_data:
        for player in members:
            if not 0 <= player < n_players or player in seen:
                raise InvalidInputError(
                    f"player {player} is unknown or in two groups of the same rows",
                    wanted=f"each of 0 to {n_players - 1} at most once",
                )
            seen.add(player)
            group[player] = members[0]
    return group
