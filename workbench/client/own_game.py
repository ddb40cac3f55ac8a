"""Games of a person's own: any callable, or an estimator and rows in groups."""

import copy
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api
from workbench.client.display import Column, Shown, Table
from workbench.client.pictured import Pictured
from workbench.client.progress import Meter
from workbench.core.errors import InvalidInputError
from workbench.core.wire import EvaluationRow, EvaluationsRequest, GameRequest, GameView

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from workbench.client.pictured import Look
    from workbench.valuation.game import Utility
    from workbench.valuation.values import Values

_GROUPED: Final = ("estimator", "x", "y", "groups", "test")
_STOPS: Final = ("max_standard_error", "max_share_move")
_ASKED: Final = frozenset(
    {"method", "budget", "seed", "semivalue", "confidence", "player_sizes", "same_data", *_STOPS}
)
_SECONDS_AT_ONCE: Final = 1.0
"""Of work are lost at most when the process dies: utilities are kept about so often."""


class OwnStudy(Shown, Pictured):
    """What the players of a game of your own are worth; nothing is paid by it."""

    def __init__(
        self,
        result: "Values",
        players: list[str],
        looks: "list[Values]",
        evaluated: "tuple[NDArray[np.bool_], NDArray[np.float64]]",
        sizes: list[int],
    ) -> None:
        self._result = result
        self._players = players
        self._looks = looks
        self._evaluated = evaluated
        self._sizes = sizes

    @property
    def values(self) -> "pd.DataFrame":
        """One row a player: value, standard error, interval, rank and how sure it is."""
        return self._result.to_frame(self._players)

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``values``."""
        return self.values

    @property
    def players(self) -> list[str]:
        """Their names, in the order in which they were given."""
        return self._players

    @property
    def sizes(self) -> list[int]:
        """Rows of each player, where they were told.

        Raises
        ------
        InvalidInputError
            Nobody told them.
        """
        if not self._sizes:
            raise InvalidInputError(
                "nobody said how many rows each player brought", wanted="player_sizes=…"
            )
        return self._sizes

    @property
    def result(self) -> "Values":
        """Values and intervals as arrays, in the order of ``players``."""
        return self._result

    @property
    def looks(self) -> "list[Look]":
        """How values, low and high ends stood after so many evaluations."""
        return [(look.n_evaluations, look.value, look.low, look.high) for look in self._looks]

    @property
    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Coalitions that were asked for, and their utilities."""
        return self._evaluated

    def _table(self) -> Table:
        result = self._result
        heads = ("value", "error", f"{result.confidence:.0%} interval", "rank", "P(rank)")
        rows: list[list[str]] = [
            [
                str(row["player"]), f"{row['value']:+.4f}", f"± {row['standard_error']:.4f}",
                f"{row['low']:+.4f} … {row['high']:+.4f}", str(row["rank"]),
                f"{row['probability_of_rank']:.0%}",
            ]
            for row in self._records()
        ]  # fmt: skip
        return Table(
            "values of a game of your own",
            [Column("player")] + [Column(name, "right") for name in heads],
            rows,
            [f"{result.method}: {result.why}", f"{result.n_evaluations} evaluations"],
        )

    def _records(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.values.to_dict("records")]


def value_own(
    api: Api,
    *,
    utility: "Utility | None" = None,
    players: Sequence[str] | int | None = None,
    name: str | None = None,
    **options: Any,
) -> OwnStudy:
    """Value the players of a game in this process; see ``Bench.value``."""
    from workbench.valuation.ask import Ask
    from workbench.valuation.estimators import choose
    from workbench.valuation.looks import value_in_looks
    from workbench.valuation.semivalues import read_semivalue
    from workbench.valuation.stopping import Stopping

    utility, names, asked = _game_of(utility, players, options)
    if isinstance(asked.get("semivalue"), str):
        asked["semivalue"] = read_semivalue(asked["semivalue"])
    ask = Ask(asked.get("semivalue", "shapley"))
    chosen = choose(len(names), asked.pop("method"), asked.pop("budget"), ask)
    stops = {key: asked.pop(key, None) for key in _STOPS}
    looks: list[Values] = []
    with Meter("value", api.make_display) as meter:
        kept = _KeptUtility(api, utility, names, name, meter, chosen.budget)
        result = value_in_looks(
            kept,
            len(names),
            method=chosen.method,
            budget=chosen.budget,
            stopping=Stopping(**stops) if any(stops.values()) else None,
            on_look=looks.append,
            **asked,
        )
    why = "; ".join(clause for clause in (chosen.why, result.why) if clause)
    sizes = [int(size) for size in asked.get("player_sizes", [])]
    return OwnStudy(replace(result, why=why), names, looks, kept.evaluated(), sizes)


def _game_of(
    utility: "Utility | None", players: Sequence[str] | int | None, options: dict[str, Any]
) -> "tuple[Utility, list[str], dict[str, Any]]":
    """Return the utility, its players' names, and what else was asked.

    Raises
    ------
    InvalidInputError
        Neither or both of a utility and an estimator, no players, or an unknown option.
    """
    grouped = {key: options[key] for key in _GROUPED if key in options}
    asked = {key: value for key, value in options.items() if key not in _GROUPED}
    if unknown := set(asked) - _ASKED:
        raise InvalidInputError(
            f"a game of your own has no option {min(unknown)!r}",
            wanted=", ".join(sorted([*_ASKED, *_GROUPED, "name", "players", "utility"])),
        )
    if (utility is None) == (grouped.get("estimator") is None):
        raise InvalidInputError(
            "neither a task nor one game of your own is named",
            wanted="a task; or utility= and players=; or estimator=, x=, y=, groups= and test=",
        )
    if utility is None:
        utility, names, sizes = grouped_utility(**{key: grouped.get(key) for key in _GROUPED})
        return utility, names, {"player_sizes": sizes} | asked
    if players is None:
        raise InvalidInputError("the game names no players", wanted="their names or number")
    numbered = range(players) if isinstance(players, int) else players
    return utility, [str(player) for player in numbered], asked


def grouped_utility(
    estimator: Any, x: Any, y: Any, groups: Any, test: "tuple[Any, Any] | None"
) -> "tuple[Utility, list[str], NDArray[np.float64]]":
    """Return the score of an estimator trained on groups of rows, the groups, and their rows.

    A coalition without rows, or whose rows have one label only, predicts its most frequent
    label, or at first that of ``test``'s most frequent one.

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

    sizes = np.bincount(member).astype(np.float64)
    return utility, [str(group) for group in names], sizes


class _KeptUtility:
    """A utility whose answers the server keeps under a name, a second's worth at a time."""

    def __init__(
        self,
        api: Api,
        utility: "Utility",
        players: list[str],
        name: str | None,
        meter: Meter,
        budget: int,
    ) -> None:
        self._api = api
        self._utility = utility
        self._meter = meter
        self._budget = budget
        self._asked: dict[int, None] = {}
        self._at_once = 1
        self._known: dict[int, float] = {}
        self._game: str | None = None
        self._bits = [1 << k for k in range(len(players))]
        if name is not None:
            request = GameRequest(name=name, players=players)
            view = api.post(GameView, "games", body=request)
            self._game = view.id
            self._bits = [1 << view.positions[player] for player in players]
            rows = api.get_all(EvaluationRow, "games", view.id, "evaluations")
            self._known = {int(row.coalition, 16): row.utility for row in rows}

    def __call__(self, coalitions: "NDArray[np.bool_]") -> "NDArray[np.float64]":
        import numpy as np

        masks = [
            sum(bit for bit, there in zip(self._bits, row, strict=True) if there)
            for row in coalitions
        ]
        new = [k for k, mask in enumerate(masks) if mask not in self._known]
        while new:
            some, new = new[: self._at_once], new[self._at_once :]
            started = time.perf_counter()
            answer = np.asarray(self._utility(coalitions[some]))
            seconds = time.perf_counter() - started
            if not _is_right(answer, len(some)):
                if len(masks) == 1:
                    return answer
                # `Game` asks one by one then, and says what is wrong with which coalition.
                raise InvalidInputError("a utility of several coalitions is not usable")
            self._keep([masks[k] for k in some], answer.tolist(), seconds / len(some))
            self._at_once = _more_or_less(self._at_once, seconds)
        self._asked |= dict.fromkeys(masks)
        n_asked = len(self._asked)
        self._meter.update("asking for utilities", n_asked, max(self._budget, n_asked))
        return np.array([self._known[mask] for mask in masks])

    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Return the coalitions that were asked for, in order, and their utilities."""
        import numpy as np

        member = [[bool(mask & bit) for bit in self._bits] for mask in self._asked]
        return np.array(member), np.array([self._known[mask] for mask in self._asked])

    def _keep(self, masks: list[int], utilities: Sequence[float], seconds: float) -> None:
        self._known |= dict(zip(masks, map(float, utilities), strict=True))
        if self._game is not None:
            rows = [
                EvaluationRow(coalition=f"{mask:x}", utility=utility, seconds=seconds)
                for mask, utility in zip(masks, utilities, strict=True)
            ]
            self._api.send("games", self._game, "evaluations", body=EvaluationsRequest(rows=rows))


def _is_right(answer: "NDArray[Any]", n_coalitions: int) -> bool:
    import numpy as np

    return (
        answer.shape == (n_coalitions,)
        and answer.dtype.kind in "fiub"
        and bool(np.isfinite(answer).all())
    )


def _more_or_less(at_once: int, seconds: float) -> int:
    """Return how many coalitions to ask at once, so that asking takes about a second."""
    if seconds > _SECONDS_AT_ONCE:
        return max(1, at_once // 2)
    return min(1_000, 2 * at_once) if seconds < _SECONDS_AT_ONCE / 2 else at_once
