"""Values as a frame, a table in a notebook and a picture; ``pictures`` has more of these."""

from html import escape
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.drawing import INK, POINT, library, make_axes, player_names, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MAX_ROWS: Final = 60


class Shown(Protocol):
    """What is shown of ``workbench.valuation.values.Values``."""

    @property
    def value(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def standard_error(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def low(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def high(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def rank(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def probability_of_rank(self) -> NDArray[np.float64]: ...  # noqa: D102
    @property
    def confidence(self) -> float: ...  # noqa: D102
    @property
    def n_evaluations(self) -> int: ...  # noqa: D102
    @property
    def converged(self) -> bool: ...  # noqa: D102
    @property
    def method(self) -> str: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102


COLUMNS: Final = ("value", "standard_error", "low", "high", "rank", "probability_of_rank")


def to_frame(values: Shown, players: list[str] | None) -> "pd.DataFrame":
    """Return one row a player, best first."""
    names = player_names(players, len(values.value))
    order = _best_first(values)
    columns: dict[str, Any] = {"player": [names[i] for i in order]}
    columns |= {name: getattr(values, name)[order] for name in COLUMNS}
    frame: pd.DataFrame = library("pandas").DataFrame(columns)
    return frame


def to_text(values: Shown) -> str:
    """Return a line a player, best first, and one of how they were found."""
    order = _best_first(values)
    lines = [
        f"{values.rank[i]:>4}  player {i:<4} {values.value[i]:+.6g}"
        f"  [{values.low[i]:+.6g}, {values.high[i]:+.6g}]"
        for i in order[:_MAX_ROWS]
    ]
    return "\n".join([*lines, *_left_out(order), _caption(values)])


def to_html(values: Shown) -> str:
    """Return the table a notebook shows; everything that came from outside is escaped."""
    order = _best_first(values)
    heads = ["rank", "player", "value", "error", f"{values.confidence:.0%} interval", "P(rank)"]
    rows = "".join(
        f"<tr><td>{values.rank[i]}</td><td>{i}</td><td>{values.value[i]:+.6g}</td>"
        f"<td>± {values.standard_error[i]:.2g}</td>"
        f"<td>{values.low[i]:+.4g} … {values.high[i]:+.4g}</td>"
        f"<td>{values.probability_of_rank[i]:.0%}</td></tr>"
        for i in order[:_MAX_ROWS]
    )
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    notes = "".join(f"<p>{escape(line)}</p>" for line in [*_left_out(order), _caption(values)])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def plot(values: Shown, axes: "Axes | None", players: list[str] | None) -> "Axes":
    """Draw values with their intervals, best on top."""
    names = player_names(players, len(values.value))
    order = _best_first(values)[::-1]
    axes = make_axes(axes, (7, 0.35 * min(len(order), 120) + 1.3))
    value = values.value[order]
    spread = np.abs(np.stack([value - values.low[order], values.high[order] - value]))
    axes.errorbar(
        value, range(len(order)), xerr=spread, fmt="o", color=POINT, ecolor=INK, capsize=3
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(order)), [names[i] for i in order], parse_math=False)
    axes.set_xlabel(f"value, {values.confidence:.0%} interval")
    return style(axes, sides=("bottom",))


def _best_first(values: Shown) -> NDArray[np.int64]:
    order: NDArray[np.int64] = np.argsort(values.rank, kind="stable")
    return order


def _left_out(order: NDArray[np.int64]) -> list[str]:
    return [f"and {len(order) - _MAX_ROWS} more players"] if len(order) > _MAX_ROWS else []


def _caption(values: Shown) -> str:
    state = "converged" if values.converged else "not converged"
    return f"{values.method}, {values.n_evaluations} evaluations, {state}: {values.why}"
