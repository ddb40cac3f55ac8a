"""One look for all pictures: readable on light and dark pages, and without seeing colours.

Rules import nothing but numpy and scipy; pandas and matplotlib are fetched by name at the
moment a person asks to see something, so that no computation loads or needs them.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from workbench.core.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

# No colour can reach 4.5 on white and on #111 at once: these keep at least 4 on both.
INK: Final = "#7a7a7a"
"""Axes, intervals and texts."""

POINT: Final = "#2f7fd6"
"""What the picture is about."""

COLOURS: Final = (POINT, "#c0601a", "#2b8a4b", "#a45cc0", "#cf4a5c", "#1d8894", "#94702f", INK)
"""Of players; a marker and a line style go with each, since not everybody sees colours."""

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h")
LINES: Final = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))

NODE: Final = "#46698f"
"""Behind white text: a contrast of 5.7 to the text, 3.3 to a dark page."""

# Where a name may stand beside its point, in points, the best first.
_OFFSETS: Final = tuple((dx, dy) for dy in (0, 12, -12, 24, -24) for dx in (7, -7))

_Box = tuple[float, float, float, float]


def library(name: str) -> Any:
    """Return a library that only showing needs.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"{name} is not installed", wanted=name, next_step=f"pip install {name.split('.')[0]}"
        ) from error


def make_axes(axes: "Axes | None", size: tuple[float, float]) -> "Axes":
    """Return the given axes, or those of a new transparent figure.

    Parameters
    ----------
    size : width and height of a new figure in inches.
    """
    if axes is not None:
        return axes
    figure, made = library("matplotlib.pyplot").subplots(figsize=size, layout="constrained")
    figure.patch.set_alpha(0)
    found: Axes = made
    return found


def style(axes: "Axes", *, sides: tuple[str, ...] = ("bottom", "left")) -> "Axes":
    """Give axes the common look: transparent, grey ink, and only the spines of these sides.

    Called last, since it also inks the labels, the title and the legend that are there.
    """
    axes.patch.set_alpha(0)
    axes.tick_params(which="both", colors=INK)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(INK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in sides)
        spine.set_color(INK)
    legend = axes.get_legend()
    if legend is not None:
        legend.get_frame().set_visible(False)
        legend.get_title().set_color(INK)
        for text in legend.get_texts():
            # Players' names are shown as they are, also with dollar signs.
            text.set_parse_math(False)
            text.set_color(INK)
    return axes


def player_names(players: Sequence[str] | None, n_players: int) -> list[str]:
    """Return the given names, or the players' numbers.

    Raises
    ------
    InvalidInputError
        There are more or fewer names than players.
    """
    names = [str(i) for i in range(n_players)] if players is None else list(players)
    if len(names) != n_players:
        raise InvalidInputError(
            f"{len(names)} names for {n_players} players", wanted=f"{n_players} names"
        )
    return names


def annotate_apart(
    axes: "Axes",
    x: "NDArray[np.float64]",
    bars: "NDArray[np.float64]",
    names: Sequence[str],
) -> None:
    """Write a name beside each point, none over another name, a point or a bar.

    A name that finds no room is left out, so the most important ones come first. Scales have
    to be final. Widths are estimated, since the layout is only known once the picture is saved.

    Parameters
    ----------
    x : shape (n_points,).
    bars : shape (3, n_points); lower end, point and upper end of a vertical bar.
    names : of the first points; the others only take room.
    """
    figure = axes.get_figure()
    # Asked for, or matplotlib would not yet have fitted them to what is drawn.
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    scale = 72 / figure.dpi if figure is not None else 1.0
    low, points, high = (
        (axes.transData.transform(list(zip(x, y, strict=True))) * scale).tolist() for y in bars
    )
    frame = axes.get_window_extent()
    taken = [(px - 4, min(a, py - 4), px + 4, max(b, py + 4))
             for (px, py), (_, a), (_, b) in zip(points, low, high, strict=True)]  # fmt: skip
    for k, name in enumerate(names):
        boxes = [_box(*points[k], n_letters=len(name), offset=offset) for offset in _OFFSETS]
        free = [
            i
            for i, box in enumerate(boxes)
            if frame.x0 * scale <= box[0]
            and box[2] <= frame.x1 * scale
            and not any(_overlap(box, other) for other in taken)
        ]
        if not free:
            continue
        taken.append(boxes[free[0]])
        offset = _OFFSETS[free[0]]
        axes.annotate(
            name, (x[k], bars[1, k]), offset, textcoords="offset points", color=INK, fontsize=9,
            ha="left" if offset[0] > 0 else "right", va="center", parse_math=False,
            # A name that had to move away is led back to its point.
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.6} if offset[1] else None,
        )  # fmt: skip


def _box(px: float, py: float, *, n_letters: int, offset: tuple[int, int]) -> _Box:
    """Return left, bottom, right and top of a name of 9 points beside a point."""
    dx, dy = offset
    width = 5.6 * n_letters
    left = px + dx - (0 if dx > 0 else width)
    return left, py + dy - 6, left + width, py + dy + 6


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
