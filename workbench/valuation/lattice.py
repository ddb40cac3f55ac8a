"""The lattice of all coalitions of a small game, drawn with utilities, gains and losses."""

from collections.abc import Sequence
from math import comb
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.coalitions import Coalitions
from workbench.valuation.drawing import (
    COLOURS,
    INK,
    NODE,
    POINT,
    library,
    make_axes,
    player_names,
    style,
)
from workbench.valuation.marginals import evaluations_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_LATTICE_PLAYERS: Final = 6
"""More make 35 coalitions of one size: no label can be read."""

_LONGEST: Final = 14
_LETTERS: Final = "ABCDEF"
_CHANGES: Final = (("gain", "-", POINT), ("loss", "--", COLOURS[1]), ("no change", ":", INK))


def plot_lattice(
    coalitions: ArrayLike,
    utilities: ArrayLike,
    *,
    players: Sequence[str] | None = None,
    axes: "Axes | None" = None,
) -> "Axes":
    """Draw coalitions with their utilities, by size, and an edge where one player joins.

    A solid edge is a gain, a dashed one a loss, a dotted one no change. Where names are too
    long for the coalitions, letters stand for them and the axis explains these.

    Parameters
    ----------
    coalitions : bool, shape (n_coalitions, n_players), at most 6 players; all or some. A
        coalition that was not evaluated has no node.
    utilities : shape (n_coalitions,), finite.
    players : their names, length n_players; their numbers unless given.
    axes : where to draw; a new figure unless given.

    Raises
    ------
    InvalidInputError
        There are too many players or no coalitions, shapes disagree, a utility is not finite,
        or names do not fit.
    """
    rows, means = evaluations_of(coalitions, utilities)
    n_players = rows.shape[1]
    if n_players > MAX_LATTICE_PLAYERS:
        raise InvalidInputError(
            f"a lattice of {n_players} players cannot be read",
            wanted=f"at most {MAX_LATTICE_PLAYERS}",
            next_step="use plot_marginals, one player at a time",
        )
    names = player_names(players, n_players)
    is_short = len(",".join(names)) <= _LONGEST
    short = names if is_short else list(_LETTERS[:n_players])
    joint = "," if is_short else ""
    labels = [
        f"{joint.join(short[i] for i in np.flatnonzero(row)) or '∅'}  {mean:.3g}"
        for row, mean in zip(rows, means, strict=True)
    ]
    places = _places(rows)
    width = 0.9 + 0.085 * max(map(len, labels))
    height = 1.4 + 0.36 * comb(n_players, n_players // 2)
    axes = make_axes(axes, (width * (n_players + 1), height))
    _draw_edges(axes, rows, means, places)
    box = {"boxstyle": "round,pad=0.35", "facecolor": NODE, "edgecolor": "none"}
    for label, (x, y) in zip(labels, places.tolist(), strict=True):
        axes.text(
            x, y, label, ha="center", va="center", fontsize=8, color="white", bbox=box, zorder=3,
            parse_math=False,
        )  # fmt: skip
    margin = comb(n_players, n_players // 2) / 2 + 0.1
    axes.set_xlim(-0.5, n_players + 0.5)
    axes.set_ylim(-margin, margin)
    axes.set_xticks(range(n_players + 1))
    axes.set_yticks([])
    key = "" if is_short else "\n" + " · ".join(map(" ".join, zip(short, names, strict=True)))
    axes.set_xlabel(f"members of the coalition{key}", parse_math=False)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderaxespad=0.2)
    return style(axes, sides=("bottom",))


def _places(rows: Coalitions) -> NDArray[np.float64]:
    """Return where each coalition stands: its size, and its place among those of its size.

    Places are those of the complete lattice, so that a partial one has gaps and no shifts.
    """
    n_players = rows.shape[1]
    sizes = rows.sum(axis=1)
    numbers = rows @ (1 << np.arange(n_players))
    # The last player varies fastest: {0, 1} stands above {0, 2}, as one would list them.
    reading = {
        size: sorted(
            (c for c in range(2**n_players) if c.bit_count() == size),
            key=lambda c: [i for i in range(n_players) if c >> i & 1],
        )
        for size in range(n_players + 1)
    }
    return np.array(
        [
            [size, (len(reading[size]) - 1) / 2 - reading[size].index(number)]
            for size, number in zip(sizes.tolist(), numbers.tolist(), strict=True)
        ]
    )


def _draw_edges(
    axes: "Axes", rows: Coalitions, means: NDArray[np.float64], places: NDArray[np.float64]
) -> None:
    """Draw one collection of edges a kind of change, each with its line and its label."""
    numbers = (rows @ (1 << np.arange(rows.shape[1]))).tolist()
    position = {number: k for k, number in enumerate(numbers)}
    # The last bits of a float are no change.
    least = 1e-12 * max(1.0, float(np.abs(means).max()))
    edges: dict[str, list[Any]] = {kind: [] for kind, _, _ in _CHANGES}
    for number, start in position.items():
        for player in range(rows.shape[1]):
            end = position.get(number | 1 << player)
            if end is None or end == start:
                continue
            change = means[end] - means[start]
            kind = "no change" if abs(change) <= least else "gain" if change > 0 else "loss"
            edges[kind].append([places[start], places[end]])
    collection = library("matplotlib.collections").LineCollection
    for kind, line, colour in _CHANGES:
        if edges[kind]:
            axes.add_collection(
                collection(
                    edges[kind], linestyles=line, colors=colour, linewidths=1.1, label=kind,
                    zorder=1,
                )
            )  # fmt: skip
