"""A game of a person's own: a callable with players, or an estimator and rows in groups."""

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.core.errors import InvalidInputError
from workbench.core.wire import GamePlayer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.valuation.game import Utility


@dataclass(frozen=True)
class OwnGame:
    """A utility and whom it values.

    Attributes
    ----------
    utility : bool (n_coalitions, n_players) in, float64 (n_coalitions,) out.
    players : in the order of a coalition's columns; digests of their rows where known.
    setting : digest of what else decides utilities: estimator and test; empty where unknown.
    facts : what an estimator of values may know: ``player_sizes``, ``same_data``.
    """

    utility: "Utility"
    players: list[GamePlayer]
    setting: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def named_game(utility: "Utility", players: Sequence[str] | int | None) -> OwnGame:
    """Return the game of a callable.

    Raises
    ------
    InvalidInputError
        It has no players.
    """
    if players is None:
        raise InvalidInputError("the game names no players", wanted="their names or number")
    numbered = range(players) if isinstance(players, int) else players
    named = [GamePlayer(name=str(player)) for player in numbered]
    if not named:
        raise InvalidInputError("the game has no players", wanted="at least one")
    return OwnGame(utility, named)


def grouped_game(
    estimator: Any, x: Any, y: Any, groups: Any, test: "tuple[Any, Any] | None"
) -> OwnGame:
    """Return the game whose utility is the score of an estimator trained on groups of rows.

    A coalition without rows, or whose rows have one label only, predicts its most frequent
    label, or at first that of ``test``'s most frequent one. Groups with the same rows are told
    to the estimator of values.

    Raises
    ------
    InvalidInputError
        Something is missing, or rows, labels and groups differ in number.
    """
    import numpy as np

    if x is None or y is None or groups is None or test is None:
        raise InvalidInputError(
            "an estimator alone is no game", wanted="x, y, groups, and test=(x_test, y_test)"
        )
    x, y, groups = np.asarray(x), np.asarray(y), np.asarray(groups)
    x_test, y_test = np.asarray(test[0]), np.asarray(test[1])
    if not len(x) == len(y) == len(groups) or len(x_test) != len(y_test) or not len(y_test):
        raise InvalidInputError(
            f"there are {len(x)} rows, {len(y)} labels, {len(groups)} groups, and"
            f" {len(x_test)} test rows with {len(y_test)} labels",
            wanted="as many of each, and a test",
        )
    names, member = np.unique(groups, return_inverse=True)

    def score(coalition: "NDArray[np.bool_]") -> float:
        rows = coalition[member]
        labels, counts = np.unique(y[rows] if rows.any() else y_test, return_counts=True)
        if not rows.any() or len(labels) == 1:
            return float((y_test == labels[counts.argmax()]).mean())
        copied = copy.deepcopy(estimator)
        return float(copied.fit(x[rows], y[rows]).score(x_test, y_test))

    def utility(coalitions: "NDArray[np.bool_]") -> "NDArray[np.float64]":
        return np.array([score(coalition) for coalition in coalitions])

    sizes = np.bincount(member)
    players = [
        GamePlayer(
            name=str(name),
            rows_sha256=_digest(x[member == k], y[member == k]),
            n_rows=int(sizes[k]),
        )
        for k, name in enumerate(names)
    ]
    facts: dict[str, Any] = {"player_sizes": sizes.astype(np.float64)}
    if same := _same_rows(players):
        facts["same_data"] = same
    kind = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    setting = _digest(x_test, y_test, np.array([kind, repr(estimator)]))
    return OwnGame(utility, players, setting, facts)


def _same_rows(players: list[GamePlayer]) -> list[list[int]]:
    """Return the groups of players who brought the same rows in the same order."""
    members: dict[str, list[int]] = {}
    for k, player in enumerate(players):
        members.setdefault(player.rows_sha256, []).append(k)
    return [group for group in members.values() if len(group) > 1]


def _digest(*arrays: "NDArray[Any]") -> str:
    """Return SHA-256 over arrays: their types, shapes and entries."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}\n".encode())
        if array.dtype.hasobject:
            found.update(json.dumps(array.tolist(), default=repr).encode())
        else:
            found.update(array.tobytes())
    return found.hexdigest()
