"""The one way in: what each player of any game is worth."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.ask import Ask, check_players
from workbench.valuation.estimators import ESTIMATORS, choose_method
from workbench.valuation.game import Game, Progress, Utility
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
    if not 1 <= n_players <= 1_024:
        raise InvalidInputError(f"{n_players} players take part", wanted="1 to 1024")
    least = min(n_players + 2, 2**n_players)
    if budget is not None and budget < least:
        raise InvalidInputError(
            f"a budget of {budget} evaluations is too small for {n_players} players",
            wanted=f"at least {least}: the empty, the full and one a player",
        )
    sizes = None if player_sizes is None else np.asarray(player_sizes, dtype=np.float64)
    groups = _groups(n_players, same_data)
    check_players(n_players, sizes, groups)
    ask = Ask(semivalue, confidence, seed, sizes, groups)
    name, why = method, ""
    if method == "auto":
        name, why = choose_method(n_players, budget, ask)
    if name not in ESTIMATORS:
        raise InvalidInputError(
            f"no method is called {name!r}", wanted=", ".join(["auto", *ESTIMATORS])
        )
    estimator = ESTIMATORS[name]
    if n_players > estimator.max_players:
        raise InvalidInputError(
            f"{n_players} players are too many for {name}",
            wanted=f"at most {estimator.max_players}",
            next_step="use method='surrogate'",
        )
    if budget is None:
        budget = 2**n_players if name == "exact" else min(2**n_players, max(256, 8 * n_players))
    game = Game(
        utility, n_players, budget=budget, n_replicates=n_replicates, on_progress=on_progress
    )
    values = estimator.estimate(game, ask)
    return replace(values, why=f"{why}; {values.why}" if why else values.why)


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
