"""Values of players, computed where the utilities are recorded.

This is the audit path: anybody with a copy of the database repeats it with any SQL tool. The
numpy rules of ``workbench.valuation`` give the same to 1e-12, and a test holds them together.
"""

import math
from collections.abc import Sequence
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.storage.coalitions import MAX_POSITIONS, words_of
from workbench.storage.database import Database
from workbench.storage.rows import Row


def exact_values(
    database: Database,
    game: str,
    players: Sequence[int],
    weights: Sequence[float],
    *,
    n_replicates: int = 1,
    study: str = "",
) -> list[Row]:
    """Return exact semivalues of some of a game's players.

    Only coalitions of these players count, so a study of some players of a larger game, or of
    a game that has grown since, gives the same values again.

    Parameters
    ----------
    game : id of the game.
    players : at most 20 distinct positions in [0, 1024); the rows come in this order.
    weights : q(0), …, q(n − 1) of the semivalue, see ``valuation.semivalues.size_weights``.
    n_replicates : the first so many of a coalition are averaged.
    study : id of the study that asks; of a coalition that it was given it counts as many as
        there were then.

    Returns
    -------
    rows
        ``player`` (position), ``value`` and ``standard_error`` in units of the metric,
        ``rank`` from 1; players whose values are equal to 1e-12 share a rank.

    Raises
    ------
    InvalidInputError
        A coalition of these players has no utility yet, or a block's utility is not finite.
    """
    parameters = _parameters(players, weights) | {"game": game, "n_replicates": n_replicates}
    rows = database.read("exact_values", parameters | {"study": study})
    n_coalitions = rows[0]["n_coalitions"] if rows else 0
    if n_coalitions != 2 ** len(players):
        raise InvalidInputError(
            f"{n_coalitions} of {2 ** len(players)} coalitions have a utility",
            wanted="the utility of every coalition of the players",
            next_step="resume the study: workbench value",
            game=game,
        )
    return _finite(rows, "n_coalitions")


def permutation_values(
    database: Database,
    study: str,
    game: str,
    players: Sequence[int],
    weights: Sequence[float],
    *,
    n_replicates: int = 1,
    n_together: int = 1,
) -> list[Row]:
    """Return the mean marginal contributions over the stored permutations of a study.

    Parameters
    ----------
    study : id; its permutations are orders of ``players``.
    game : id of the game whose utilities are used.
    players : as in ``exact_values``.
    n_replicates : as in ``exact_values``.
    weights : of joining 0, …, n − 1 others: n times the semivalue's; ones for Shapley.
    n_together : permutations that are one sample: 2 where each is followed by its reverse.

    Returns
    -------
    rows
        As those of ``exact_values``; the error is the spread over samples.

    Raises
    ------
    InvalidInputError
        Fewer than two samples, or a coalition met on the way has no utility yet.
    """
    parameters = _parameters(players, weights) | {"game": game, "n_replicates": n_replicates}
    del parameters["words"]
    parameters |= {"study": study, "n_together": n_together}
    rows = database.read("permutation_values", parameters)
    n_samples = min((row["n_samples"] for row in rows), default=0)
    if len(rows) != len(players) or n_samples < 2:
        raise InvalidInputError(
            f"{n_samples} permutations leave the standard error unknown",
            wanted="at least 2 permutations of the players, or 2 pairs",
            next_step="raise the budget",
            study=study,
        )
    if n_missing := sum(row["n_missing"] for row in rows):
        raise InvalidInputError(
            f"{n_missing} marginal contributions have no utility yet",
            wanted="the utility of every coalition met along the permutations",
            next_step="resume the study: workbench value",
            study=study,
        )
    return _finite(rows, "n_samples", "n_missing")


def _parameters(players: Sequence[int], weights: Sequence[float]) -> dict[str, Any]:
    positions = [int(player) for player in players]
    if not positions or len(set(positions)) != len(positions):
        raise InvalidInputError(f"players are {positions}", wanted="distinct positions")
    if not all(0 <= position < MAX_POSITIONS for position in positions):
        raise InvalidInputError(
            f"players are {positions}", wanted=f"positions from 0 to {MAX_POSITIONS - 1}"
        )
    if len(weights) != len(positions):
        raise InvalidInputError(
            f"{len(weights)} weights for {len(positions)} players", wanted="one a size"
        )
    everybody = sum(1 << position for position in positions)
    return {
        "players": positions,
        "words": words_of(everybody),
        "weights": [float(weight) for weight in weights],
    }


def _finite(rows: list[Row], *counts: str) -> list[Row]:
    for row in rows:
        if not math.isfinite(row["value"]) or not math.isfinite(row["standard_error"]):
            raise InvalidInputError(
                f"player {row['player']} has the value {row['value']} ± {row['standard_error']}",
                wanted="finite utilities on every block",
                player=row["player"],
            )
    return [{name: row[name] for name in row if name not in counts} for row in rows]
