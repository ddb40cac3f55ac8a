"""Some of a job's texts as numbers: what is cached is taken, what is not is made and timed."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.training.ngram_parameters import NgramParameters
from workbench.training.tabular_rows import Table
from workbench.training.text_features import read_texts

Floats = NDArray[np.float64]
Make = Callable[[Sequence[str]], Floats]
Find = Callable[[Path], Table | None]


@dataclass(frozen=True)
class Made:
    """Features that nobody had computed: of which rows, and how long it took."""

    places: list[int]
    seconds: float


@dataclass(frozen=True)
class TextRows:
    """The labelled texts of some inputs, one after the other.

    Attributes
    ----------
    texts : of all rows.
    labels : places in the task's classes, int64 (n_rows,).
    known : the features of each row where they are cached.
    """

    texts: list[str]
    labels: NDArray[np.int64]
    known: list[Floats | None]

    @classmethod
    def read(cls, paths: Mapping[str, Path], parameters: NgramParameters, find: Find) -> "TextRows":
        """Read inputs in the order of their names.

        Parameters
        ----------
        paths : by the names of the inputs.
        parameters : with the task's classes.
        find : returns an input's features if they are cached.

        Raises
        ------
        InvalidInputError
            A row has no text or a label outside the task's classes, or there are no rows.
        """
        texts: list[str] = []
        labels = []
        known: list[Floats | None] = []
        for name in sorted(paths):
            of_input, found = read_texts(paths[name], name, parameters)
            kept = find(paths[name])
            texts += of_input
            labels.append(found)
            known += [None] * len(of_input) if kept is None else list(kept.features)
        return cls(texts, np.concatenate(labels), known)

    @property
    def uncached(self) -> list[int]:
        """Places of the rows whose features nobody has computed yet."""
        return [place for place, features in enumerate(self.known) if features is None]

    def table(self, places: Iterable[int], make: Make) -> tuple[Table, Made]:
        """Return some rows as numbers, in the order of the places, and what was made for it."""
        chosen = [int(place) for place in places]
        missing = [place for place in chosen if self.known[place] is None]
        began = time.perf_counter()
        made = iter(make([self.texts[place] for place in missing]) if missing else ())
        seconds = time.perf_counter() - began
        found = [self.known[place] for place in chosen]
        features = np.stack([next(made) if row is None else row for row in found])
        return Table(features, self.labels[chosen]), Made(missing, seconds)

    def longest(self, n_rows: int) -> list[int]:
        """Return the places of the longest texts, of two classes where there are two."""
        order = sorted(range(len(self.texts)), key=lambda place: (-len(self.texts[place]), place))
        other = next((p for p in order if self.labels[p] != self.labels[order[0]]), None)
        if other is not None:
            order.remove(other)
            order.insert(1, other)
        return order[:n_rows]
