"""Pictures of a comparison: differences from the first model, in all and by slices.

A model keeps its colour and marker in every picture: they come from its digest.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from workbench.client.comparison_text import short
from workbench.core.errors import InvalidInputError
from workbench.valuation.drawing import COLOURS, INK, MARKERS, make_axes, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Line = Mapping[str, Any]

_HUES: Final = [colour for colour in COLOURS if colour != INK]
_LOOKS: Final = [(colour, marker) for marker in MARKERS for colour in _HUES]


def looks_of(models: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return a colour and a marker for each model.

    They follow from the model's name; of two models that would look alike the later one takes
    the next look that is free.

    Parameters
    ----------
    models : distinct names, at most 84.
    """
    looks: dict[str, tuple[str, str]] = {}
    for model in models:
        place = int.from_bytes(sha256(model.encode()).digest()[:4], "big") % len(_LOOKS)
        while _LOOKS[place] in looks.values():
            place = (place + 1) % len(_LOOKS)
        looks[model] = _LOOKS[place]
    return looks


def plot_differences(
    lines: Sequence[Line], metric: Mapping[str, str], percent: str, axes: "Axes | None" = None
) -> "Axes":
    """Draw each model's difference from the first, and its interval: a forest plot.

    Parameters
    ----------
    lines : of one metric, the first model's first.
    metric : its ``metric``, ``unit`` and which is ``better``.
    percent : confidence of the intervals, as text.
    axes : where to draw; a new figure unless given.

    Raises
    ------
    InvalidInputError
        There is one model alone.
    """
    first, others = _parted(lines)
    sign = 1 if metric["better"] == "lower" else -1
    order = sorted(others, key=lambda line: -sign * float(line["difference"]))
    axes = make_axes(axes, (7, 0.4 * len(order) + 1.5))
    looks = looks_of([line["model"] for line in lines])
    for place, line in enumerate(order):
        _bar(axes, line, place, looks[line["model"]])
    names = [f"{short(line['model'])}\n{line['verdict']}" for line in order]
    return _finished(axes, names, first, metric, percent)


def plot_slices(
    lines: Sequence[Line], metric: Mapping[str, str], percent: str, axes: "Axes | None" = None
) -> "Axes":
    """Draw each model's difference from the first in each slice of the test.

    Parameters
    ----------
    lines : of one metric and one property, the first model's before the others' of a slice.
    metric, percent, axes : as for ``plot_differences``.

    Raises
    ------
    InvalidInputError
        There is one model alone.
    """
    first, others = _parted(lines)
    sizes = {line["value"]: int(line["n_items"]) for line in lines}
    order = sorted(sizes, key=lambda value: (sizes[value], value))
    models = list(dict.fromkeys(line["model"] for line in others))
    axes = make_axes(axes, (7, 0.25 * len(order) * (1 + len(models)) + 1.5))
    looks = looks_of([first, *models])
    # Models of one slice do not hide one another.
    step = 0.7 / len(models)
    for model_place, model in enumerate(models):
        aside = step * ((len(models) - 1) / 2 - model_place)
        for line in others:
            if line["model"] == model:
                _bar(axes, line, order.index(line["value"]) + aside, looks[model])
    handles = axes.containers[:: len(order)]
    axes.legend(
        handles, [short(model) for model in models], loc="center left", bbox_to_anchor=(1, 0.5)
    )
    names = [f"{value} ×{sizes[value]:,}" for value in order]
    return _finished(axes, names, first, metric, percent)


def _parted(lines: Sequence[Line]) -> tuple[str, list[Line]]:
    others = [line for line in lines if line["difference"] is not None]
    if not others:
        raise InvalidInputError(
            "one model alone has no difference to draw",
            wanted="two models at least",
            next_step="compare it with another: bench.compare(run, 'base')",
        )
    return str(lines[0]["model"]), others


def _bar(axes: "Axes", line: Line, place: float, look: tuple[str, str]) -> None:
    colour, marker = look
    value = float(line["difference"])
    # A bootstrap's interval need not hold the difference itself.
    ends = [[max(0.0, value - line["difference_low"])], [max(0.0, line["difference_high"] - value)]]
    axes.errorbar(
        [value], [place], xerr=ends, color=colour, marker=marker, ecolor=colour, capsize=3,
        linestyle="none", markersize=6,
    )  # fmt: skip


def _finished(
    axes: "Axes", names: Sequence[str], first: str, metric: Mapping[str, str], percent: str
) -> "Axes":
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    side = "left" if metric["better"] == "lower" else "right"
    axes.set_xlabel(
        f"{metric['metric']} less that of {short(first)}, {metric['unit']}, {percent} interval;"
        f" {side} of 0 is better",
        parse_math=False,
    )
    return style(axes, sides=("bottom",))
