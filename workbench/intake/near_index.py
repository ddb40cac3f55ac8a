"""Finds the rows that may be near duplicates without comparing all with all."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np

from workbench.intake.shingles import Hashes, Signature

T = TypeVar("T")

# Rows of one bucket that are compared with a row: a bound for files in which all rows resemble
# each other. Copies of one row never fill it, since of these only the first is in the index.
_MAX_BUCKET: Final = 32
# Only these many are worth a look: a near duplicate resembles more than what is none.
_MAX_LIKELY: Final = 4
# At a Jaccard index of 0.8 a signature of 64 agrees in less than 60 % once in 10,000 times.
_MIN_AGREEING: Final = 0.6


@dataclass(frozen=True, slots=True)
class Sketched(Generic[T]):
    """What the index keeps of a row: its place, its signature, what the caller finds it by."""

    place: int
    signature: Signature
    row: T


class NearIndex(Generic[T]):
    """Buckets of rows whose signatures agree in a band.

    Instead of ``datasketch.MinHashLSH``, which keeps sixteen sets of Python objects a row,
    shared or not: here only the buckets that another row may look into exist.

    Parameters
    ----------
    asked : the band keys that will be looked up; others are not kept.
    """

    def __init__(self, asked: Hashes) -> None:
        self._asked = np.unique(asked)
        self._buckets: dict[int, list[Sketched[T]]] = {}
        self._n_rows = 0

    def asks(self, keys: Hashes) -> list[int]:
        """Return those of a row's band keys that will be looked up."""
        places = np.searchsorted(self._asked, keys)
        places[places == len(self._asked)] = 0
        found: list[int] = keys[self._asked[places] == keys].tolist() if len(self._asked) else []
        return found

    def add(self, keys: list[int], signature: Signature, row: T) -> None:
        """Add a row under the keys that ``asks`` returned."""
        entry = Sketched(self._n_rows, signature, row)
        self._n_rows += 1
        for key in keys:
            bucket = self._buckets.setdefault(key, [])
            if len(bucket) < _MAX_BUCKET:
                bucket.append(entry)

    def likely(self, keys: list[int], signature: Signature) -> list[T]:
        """Return the rows that resemble this one most, the most alike and then the first first."""
        seen = {e.place: e for key in keys for e in self._buckets.get(key, ())}
        if not seen:
            return []
        entries = list(seen.values())
        agreeing = np.count_nonzero(np.stack([e.signature for e in entries]) == signature, axis=1)
        least = _MIN_AGREEING * len(signature)
        ranked = sorted(
            (-int(n), e.place) for n, e in zip(agreeing, entries, strict=True) if n >= least
        )
        return [seen[place].row for _, place in ranked[:_MAX_LIKELY]]
