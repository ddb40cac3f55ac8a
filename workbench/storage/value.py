"""Values of players, computed where the utilities are recorded.

This is the audit path: anybody with a copy of the database repeats it with any SQL tool. The
numpy rules of ``workbench.valuation`` give the same to 1e-12, and a test holds them together.
"""

import math
from collections.abc import Sequence
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.storage.database import Database
from workbench.storage.rows import Row


def exact_values(database: Database, game: str, players: Sequence[int]) -> list[Row]:
    """Return exact Shapley values of some of a game's players.

    Only coalitions of these players count, so a study of some players of a larger game, or of
    a game that has grown since, gives the same values again.

    Parameters
    ----------
    game : id of the game; replicates of a coalition are averaged.
    players : distinct positions in [0, 64); the rows come in this order.

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
    rows = database.read("exact_values", _parameters(players) | {"game": game})
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
    database: Database, study: str, game: str, players: Sequence[int]
) -> list[Row]:
    """Return the mean marginal contributions over the stored permutations of a study.

    Parameters
    ----------
    study : id; its permutations are orders of ``players``.
    game : id of the game whose utilities are used.
    players : as in ``exact_values``.

    Returns
    -------
    rows
        As those of ``exact_values``; the error is the spread over permutations.

    Raises
    ------
    InvalidInputError
        Fewer than two permutations, or a coalition met on the way has no utility yet.
    """
    rows = database.read(
        "permutation_values", _parameters(players) | {"game": game, "study": study}
    )
    n_permutations = min((row["n_permutations"] for row in rows), default=0)
    if len(rows) != len(players) or n_permutations < 2:
        raise InvalidInputError(
            f"{n_permutations} permutations leave the standard error unknown",
            wanted="at least 2 permutations of the players",
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
    return _finite(rows, "n_permutations", "n_missing")


def _parameters(players: Sequence[int]) -> dict[str, Any]:
    positions = [int(player) for player in players]
    if not positions or len(set(positions)) != len(positions):
        raise InvalidInputError(f"players are {positions}", wanted="distinct positions")
    if not all(0 <= position < 64 for position in positions):
        raise InvalidInputError(f"players are {positions}", wanted="positions from 0 to 63")
    return {"players": positions}


def _finite(rows: list[Row], *counts: str) -> list[Row]:
    for row in rows:
        if not math.isfinite(row["value"]) or not math.isfinite(row["standard_error"]):
            raise InvalidInputError(
                f"player {row['player']} has the value {row['value']} ± {row['standard_error']}",
                wanted="finite utilities on every block",
                player=row["player"],
            )
    return [{name: row[name] for name in row if name not in counts} for row in rows]
