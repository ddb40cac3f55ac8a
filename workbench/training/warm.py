"""What a worker keeps in memory between jobs."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Warm(Generic[K, V]):
    """The last few things made, by content.

    Keys name content, never paths, so what is kept cannot be out of date; a worker runs one
    job at a time, so nothing is locked.

    Parameters
    ----------
    size
        How many to keep; the one unused for longest goes first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return what is kept under the key, else make and keep it."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        # Room is made first: two base models at once may pass the worker's memory limit.
        while len(self._kept) >= self._size:
            self._kept.popitem(last=False)
        made = self._kept[key] = make()
        return made
