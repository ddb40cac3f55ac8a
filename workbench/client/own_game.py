"""Games of a person's own: any callable, or an estimator and rows in groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api
from workbench.client.display import Column, Shown, Table
from workbench.client.grouped import OwnGame, grouped_game, named_game
from workbench.client.kept_utility import KeptUtility
from workbench.client.pictured import Pictured
from workbench.client.progress import Meter
from workbench.core.errors import InvalidInputError

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


@dataclass(frozen=True)
class Evidence:
    """What the values of a game of your own rest on.

    Attributes
    ----------
    players : their names.
    sizes : rows of each; empty where nobody told.
    looks : values on the way.
    evaluated : coalitions (n_evaluations, n_players) that were asked for, and their utilities.
    """

    players: list[str]
    sizes: list[int]
    looks: "list[Values]"
    evaluated: "tuple[NDArray[np.bool_], NDArray[np.float64]]"


class OwnStudy(Shown, Pictured):
    """What the players of a game of your own are worth; nothing is paid by it.

    Parameters
    ----------
    title : what the game is called.
    game : the server's id of a game that has a name; SQL finds its rows by it in ``evaluation``
        and ``player``.
    result : the values.
    evidence : what they rest on.
    """

    def __init__(self, title: str, game: str | None, result: "Values", evidence: Evidence) -> None:
        self.title = title
        self.game = game
        self._result = result
        self._evidence = evidence

    @property
    def n_evaluations(self) -> int:
        """Distinct coalitions that the values rest on."""
        return self._result.n_evaluations

    @property
    def values(self) -> "pd.DataFrame":
        """One row a player: value, standard error, interval, rank and how sure it is."""
        return self._result.to_frame(self.players)

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``values``."""
        return self.values

    @property
    def players(self) -> list[str]:
        """Their names, in the order in which they were given."""
        return self._evidence.players

    @property
    def sizes(self) -> list[int]:
        """Rows of each player, where they were told.

        Raises
        ------
        InvalidInputError
            Nobody told them.
        """
        if not self._evidence.sizes:
            raise InvalidInputError(
                "nobody said how many rows each player brought", wanted="player_sizes=…"
            )
        return self._evidence.sizes

    @property
    def result(self) -> "Values":
        """Values and intervals as arrays, in the order of ``players``."""
        return self._result

    @property
    def looks(self) -> "list[Look]":
        """How values, low and high ends stood after so many evaluations."""
        return [
            (look.n_evaluations, look.value, look.low, look.high) for look in self._evidence.looks
        ]

    @property
    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Coalitions that were asked for, and their utilities."""
        return self._evidence.evaluated

    def _table(self) -> Table:
        result = self._result
        heads = ("value", "error", f"{result.confidence:.0%} interval", "rank", "P(rank)")
        return Table(
            f"values of {self.title}",
            [Column("player")] + [Column(name, "right") for name in heads],
            [_cells(row) for row in self._records()],
            [f"{result.method}: {result.why}", f"{result.n_evaluations} evaluations"],
        )

    def _records(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.values.to_dict("records")]


def _cells(row: dict[str, Any]) -> list[str]:
    # Where every coalition was asked there is nothing to be unsure of.
    is_sure = row["standard_error"] == 0
    return [
        str(row["player"]),
        f"{row['value']:+.4f}",
        "exact" if is_sure else f"± {row['standard_error']:.4f}",
        "" if is_sure else f"{row['low']:+.4f} … {row['high']:+.4f}",
        str(row["rank"]),
        f"{row['probability_of_rank']:.0%}",
    ]


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

    game, asked = _game_of(utility, players, options)
    if isinstance(asked.get("semivalue"), str):
        asked["semivalue"] = read_semivalue(asked["semivalue"])
    n_players = len(game.players)
    ask = Ask(asked.get("semivalue", "shapley"))
    chosen = choose(n_players, asked.pop("method"), asked.pop("budget"), ask)
    stops = {key: asked.pop(key, None) for key in _STOPS}
    looks: list[Values] = []
    with Meter("value", api.make_display) as meter:
        kept = KeptUtility(api, game, name, meter, chosen.budget)
        result = value_in_looks(
            kept,
            n_players,
            method=chosen.method,
            budget=chosen.budget,
            stopping=Stopping(**stops) if any(stops.values()) else None,
            on_look=looks.append,
            **asked,
        )
    why = "; ".join(clause for clause in (chosen.why, result.why) if clause)
    title = "a game of your own" if name is None else name
    sizes = [int(size) for size in asked.get("player_sizes", [])]
    evidence = Evidence([player.name for player in game.players], sizes, looks, kept.evaluated())
    return OwnStudy(title, kept.game_id, replace(result, why=why), evidence)


def _game_of(
    utility: "Utility | None", players: Sequence[str] | int | None, options: dict[str, Any]
) -> tuple[OwnGame, dict[str, Any]]:
    """Return the game and what else was asked.

    Raises
    ------
    InvalidInputError
        Neither or both of a utility and an estimator, no players, or an unknown option.
    """
    grouped = {key: options.get(key) for key in _GROUPED}
    asked = {key: value for key, value in options.items() if key not in _GROUPED}
    if unknown := set(asked) - _ASKED:
        raise InvalidInputError(
            f"a game of your own has no option {min(unknown)!r}",
            wanted=", ".join(sorted([*_ASKED, *_GROUPED, "name", "players", "utility"])),
        )
    if (utility is None) == (grouped["estimator"] is None):
        raise InvalidInputError(
            "neither a task nor one game of your own is named",
            wanted="a task; or utility= and players=; or estimator=, x=, y=, groups= and test=",
        )
    game = grouped_game(**grouped) if utility is None else named_game(utility, players)
    return game, game.facts | asked
