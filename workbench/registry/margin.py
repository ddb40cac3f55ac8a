"""The margin by which a challenger must win: large after a merge, smaller with time.

Small steps cost a hidden test as many uses as large ones. So whoever comes soon must bring much,
and whoever brings less waits; time alone decides when.
"""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from workbench.core.errors import InvalidInputError

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Margin:
    """How the margin falls, fixed when a task opens.

    Attributes
    ----------
    start : ε when the champion merged, a part of its loss.
    end : ε from the end of the period on; at most ``start``.
    period : of the task, in which ε falls linearly.
    """

    start: Fraction = Fraction(5, 100)
    end: Fraction = Fraction(1, 100)
    period: timedelta = timedelta(days=30)

    def __post_init__(self) -> None:
        if not 0 <= self.end <= self.start < 1:
            raise InvalidInputError(
                f"the margin goes from {self.start} to {self.end}",
                wanted="two parts of a loss from 0, below 1, the first no smaller",
            )
        if self.period < _MICROSECOND:
            raise InvalidInputError(f"the margin falls in {self.period}", wanted="a period above 0")

    def at(self, elapsed: timedelta) -> Fraction:
        """Return ε so long after the champion merged, exactly.

        Examples
        --------
        >>> Margin(period=timedelta(days=4)).at(timedelta(days=1))
        Fraction(1, 25)
        """
        # A clock that was set back counts as the moment of the merge.
        passed = min(max(elapsed, timedelta()), self.period)
        part = Fraction(passed // _MICROSECOND, self.period // _MICROSECOND)
        return self.start - (self.start - self.end) * part

    def holds(self, champion: Fraction, challenger: Fraction, elapsed: timedelta) -> bool:
        """Say whether ``challenger < (1 - ε) * champion``, strictly; both are losses."""
        return challenger < (1 - self.at(elapsed)) * champion

    def holds_from(self, champion: Fraction, challenger: Fraction) -> timedelta | None:
        """Return how long after the champion's merge the margin holds for the first time.

        None where it never does: the challenger is short of even ``end``.
        """
        if self.holds(champion, challenger, timedelta()):
            return timedelta()
        if not self.holds(champion, challenger, self.period):
            return None
        won = 1 - challenger / champion
        # ε falls through `won` here; it has to be below it.
        crossing = (self.start - won) / (self.start - self.end) * (self.period // _MICROSECOND)
        return (crossing.numerator // crossing.denominator + 1) * _MICROSECOND
