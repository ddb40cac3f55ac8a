"""How long work will take still, by how fast it went: measured where it is done.

Whoever watches may come late and see all that was told before in one moment: no pace to go by.
"""

from dataclasses import dataclass


@dataclass
class Pace:
    """The speed of one stretch of counted work; another label, or a step back, begins another."""

    _label: str | None = None
    _since: float = 0.0
    _begin: float = 0.0
    _last: float = 0.0

    def seconds_left(self, label: str, done: float, total: float, now: float) -> float | None:
        """Note how far the work is, and return how long the rest will take; None if unknown.

        Parameters
        ----------
        label : what is counted.
        done, total : steps.
        now : seconds on a clock that never goes back.
        """
        if label != self._label or done < self._last:
            self._label, self._since, self._begin = label, now, done
        self._last = done
        if done <= self._begin:
            return None
        return round((now - self._since) / (done - self._begin) * max(total - done, 0), 1)
