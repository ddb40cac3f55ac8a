"""What grew over time, as a line of steps: places in percent, texts for both ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.pages.numbers import format_value, value_places


@dataclass(frozen=True)
class Curve:
    """A line of steps in a box of 100 by 100, from the upper left corner.

    Attributes
    ----------
    path : of an SVG.
    low, high : the numbers at the lower and the upper edge, as text.
    first, last : the moments at the left and the right edge.
    """

    path: str
    low: str
    high: str
    first: datetime
    last: datetime


def make_curve(
    points: Sequence[tuple[datetime, float]], *, until: datetime, from_zero: bool
) -> Curve | None:
    """Return the line through points in the order of their time; None without any.

    Parameters
    ----------
    points : moment and number from then on.
    until : the right edge.
    from_zero : whether the lower edge is 0, as for what is counted.
    """
    if not points:
        return None
    first, last = points[0][0], max(until, points[-1][0])
    numbers = [number for _, number in points]
    low, high = (0.0 if from_zero else min(numbers)), max(numbers)
    span, seconds = (high - low) or 1.0, (last - first).total_seconds() or 1.0
    path: list[str] = []
    for moment, number in points:
        x = 100 * (moment - first).total_seconds() / seconds
        y = 100 - 100 * (number - low) / span
        path.append(f"H{x:.2f}V{y:.2f}" if path else f"M0 {y:.2f}")
    places = 0 if from_zero else value_places([low, high], [])
    return Curve(
        path="".join(path) + "H100",
        low=format_value(low, places),
        high=format_value(high, places),
        first=first,
        last=last,
    )
