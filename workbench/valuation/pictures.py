"""Pictures of a game: convergence, marginal contributions, and value against rows.

Each draws on the given axes or a new transparent figure and returns the axes. All are readable
on light and dark pages, and say nothing by colour alone. ``lattice`` has one more.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.drawing import (
    COLOURS,
    INK,
    LINES,
    MARKERS,
    POINT,
    annotate_apart,
    make_axes,
    player_names,
    style,
)
from workbench.valuation.lattice import plot_lattice
from workbench.valuation.marginals import marginals_of
from workbench.valuation.values import Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_against_rows", "plot_convergence", "plot_lattice", "plot_marginals"]

Look = tuple[int, ArrayLike, ArrayLike, ArrayLike]
"""Distinct coalitions evaluated so far, and value, low and high of every player then."""

MAX_DRAWN: Final = len(MARKERS)
"""Players with a line of their own: more cannot be told apart."""

MAX_NAMED: Final = 30
"""Players named beside their point."""

_MAX_TICKS: Final = 16
_WIDE: Final = 20


def plot_convergence(
    looks: Sequence[Values] | Sequence[Look],
    *,
    players: Sequence[str] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Draw each player's value and interval against the evaluations spent, best first.

    Parameters
    ----------
    looks : the values at growing budgets, or tuples (n_evaluations, value, low, high) with
        arrays of shape (n_players,); in any order, at least one.
    players : their names, length n_players; their numbers unless given. Of more than 12 the
        12 whose last values are farthest from 0 are drawn. Intervals that are far wider than
        the values differ run out of the picture, as those of a first look may do.
    axes : where to draw; a new figure unless given.

    Raises
    ------
    InvalidInputError
        There is no look, one says no evaluations, looks disagree about the players, a number
        is not finite, or names do not fit.
    """
    spent, value, low, high = _stack(looks)
    names = player_names(players, value.shape[1])
    drawn = np.argsort(-np.abs(value[-1]), kind="stable")[:MAX_DRAWN]
    drawn = drawn[np.argsort(-value[-1, drawn], kind="stable")]
    axes = make_axes(axes, (7.5, 4.2))
    axes.set_xscale("log")
    for position, i in enumerate(drawn):
        # A little to the side of each other, so that intervals do not hide one another.
        aside = 1 + 0.012 * (position - (len(drawn) - 1) / 2)
        axes.errorbar(
            spent * aside,
            value[:, i],
            yerr=np.abs(np.stack([value[:, i] - low[:, i], high[:, i] - value[:, i]])),
            color=COLOURS[position % len(COLOURS)],
            marker=MARKERS[position],
            linestyle=LINES[position % len(LINES)],
            linewidth=1.3,
            elinewidth=0.8,
            capsize=2.5,
            markersize=5,
        )
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylim(_limits(value[:, drawn], low[:, drawn], high[:, drawn]))
    ticks = _ticks(spent)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("distinct coalitions evaluated")
    axes.set_ylabel("value and interval")
    n_more = len(names) - len(drawn)
    axes.legend(
        axes.containers,
        [names[i] for i in drawn],
        title=f"and {n_more} nearer to 0" if n_more else None,
        loc="center left",
        bbox_to_anchor=(1, 0.5),
    )
    return style(axes)


def plot_marginals(
    coalitions: ArrayLike,
    utilities: ArrayLike,
    player: int,
    *,
    name: str | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Draw what a player adds to coalitions of each size: every pair, their mean and spread.

    The Shapley value is the mean over sizes of these means; other semivalues weigh the sizes.
    Bars are one standard deviation of the pairs, whose number stands below each size.

    Parameters
    ----------
    coalitions : bool, shape (n_coalitions, n_players); all that were evaluated, or some.
    utilities : shape (n_coalitions,), finite.
    player : 0 to n_players − 1.
    name : of the player; its number unless given.
    axes : where to draw; a new figure unless given.

    Raises
    ------
    InvalidInputError
        As ``marginals_of``: above all, no coalition was evaluated with and without the player.
    """
    found = marginals_of(coalitions, utilities, player)
    size, count, mean, spread = (np.array(c) for c in zip(*found.by_size(), strict=True))
    axes = make_axes(axes, (7, 3.8))
    axes.scatter(
        found.size, found.gain, s=18, facecolors="none", edgecolors=INK, linewidth=0.8,
        label="a pair",
    )  # fmt: skip
    axes.errorbar(
        size, mean, yerr=spread, fmt="D-", color=POINT, capsize=4, linewidth=1.2,
        label="mean ± standard deviation",
    )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=0.8)
    step = -(-len(size) // _MAX_TICKS)
    ticks = [f"{s}\n×{n}" for s, n in zip(size.tolist(), count.tolist(), strict=True)]
    axes.set_xticks(size[::step], ticks[::step])
    axes.set_xlabel("members before the player joins, × pairs evaluated")
    axes.set_ylabel("marginal contribution")
    shown = f"player {player}" if name is None else name
    axes.set_title(shown, loc="left", color=INK, parse_math=False)
    # Above the axes, where no point can be.
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.2)
    return style(axes)


def plot_against_rows(
    values: Values,
    player_sizes: ArrayLike,
    *,
    players: Sequence[str] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Draw values with their intervals against rows: who brings more than their rows promise.

    The dashed line is the total of the values shared in proportion to rows. Rows are on a
    logarithmic scale where the most are over 20 times the fewest.

    Parameters
    ----------
    values : of n_players players.
    player_sizes : shape (n_players,), above 0; rows of each player.
    players : their names, length n_players; their numbers unless given. Only the 30 with the
        values farthest from 0 are named, and of those only the ones that find room.
    axes : where to draw; a new figure unless given.

    Raises
    ------
    InvalidInputError
        There are no players, or sizes or names do not fit them.
    """
    n_players = len(values.value)
    sizes = np.asarray(player_sizes, dtype=np.float64)
    if not n_players or sizes.shape != (n_players,) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise InvalidInputError(
            f"player_sizes of shape {sizes.shape} do not fit {n_players} players",
            wanted="rows above 0 for each player, at least one player",
        )
    _check_finite(values.value, values.low, values.high)
    names = player_names(players, n_players)
    axes = make_axes(axes, (7, 4.4))
    spread = np.abs(np.stack([values.value - values.low, values.high - values.value]))
    axes.errorbar(sizes, values.value, yerr=spread, fmt="o", color=POINT, ecolor=INK, capsize=3)
    axes.axhline(0, color=INK, linewidth=0.8)
    if sizes.max() > _WIDE * sizes.min():
        axes.set_xscale("log")
    along = np.geomspace(sizes.min(), sizes.max(), 100)
    per_row = values.value.sum() / sizes.sum()
    axes.plot(along, per_row * along, "--", color=INK, linewidth=1, label="share by rows")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("rows")
    axes.set_ylabel(f"value, {values.confidence:.0%} interval")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)
    order = np.argsort(-np.abs(values.value), kind="stable")
    bars = np.stack([values.low, values.value, values.high])[:, order]
    # No name is written over the line either.
    x = np.concatenate([sizes[order], along])
    bars = np.concatenate([bars, np.tile(per_row * along, (3, 1))], axis=1)
    annotate_apart(axes, x, bars, [names[i] for i in order[:MAX_NAMED]])
    return style(axes)


def _stack(
    looks: Sequence[Values] | Sequence[Look],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return evaluations, shape (n_looks,), and value, low and high, (n_looks, n_players)."""
    found = [
        (look.n_evaluations, look.value, look.low, look.high) if isinstance(look, Values) else look
        for look in looks
    ]
    if not found:
        raise InvalidInputError("there are no values to draw", wanted="at least one look")
    found.sort(key=lambda look: look[0])
    spent = np.array([look[0] for look in found], dtype=np.int64)
    arrays = [[np.asarray(part, dtype=np.float64) for part in look[1:]] for look in found]
    shapes = {array.shape for parts in arrays for array in parts}
    if len(shapes) > 1 or not all(len(shape) == 1 and shape[0] for shape in shapes):
        raise InvalidInputError(
            f"looks have arrays of shapes {', '.join(map(str, sorted(shapes)))}",
            wanted="one value, low and high for each of the same players at every look",
        )
    if spent[0] < 1:
        raise InvalidInputError(
            f"a look says {spent[0]} evaluations", wanted="at least 1 at every look"
        )
    value, low, high = (np.stack([parts[k] for parts in arrays]) for k in range(3))
    _check_finite(value, low, high)
    return spent, value, low, high


def _check_finite(*arrays: NDArray[np.float64]) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise InvalidInputError("a value or an interval is not finite", wanted="finite numbers")


def _limits(
    value: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[float, float]:
    """Return lower and upper end that hold all values, and intervals as far as they help."""
    bottom, top = min(value.min(), low[-1].min(), 0), max(value.max(), high[-1].max(), 0)
    room = (top - bottom) / 2 or 1.0
    margin = room / 10
    return max(low.min(), bottom - room) - margin, min(high.max(), top + room) + margin


def _ticks(spent: NDArray[np.int64]) -> list[int]:
    """Return the looks that have room for a label on a logarithmic axis, the last one first."""
    apart = max(np.log(spent[-1] / spent[0]) / 10, 1e-9)
    ticks = [int(spent[-1])]
    for n_evaluations in spent[-2::-1].tolist():
        if np.log(ticks[-1] / n_evaluations) >= apart:
            ticks.append(n_evaluations)
    return ticks
