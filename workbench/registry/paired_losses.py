"""What champion and challenger lost on the same hidden items, in whole numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.core.units import MICRO_PER_METRIC

MAX_SUM: Final = 2**53
"""Below it float64 holds every whole number, so sums are exact."""


@dataclass(frozen=True, eq=False)
class PairedLosses:
    """Losses of two models on the same items, measured on one machine with the same seeds.

    Losses are whole, so their sums are exact in any order: relabelling changes nothing.

    Attributes
    ----------
    metric : ``"accuracy"``, where a loss is 0 or 1,000,000 and each item is one part; or
        ``"loss"``, a mean over parts, tokens for example.
    champion, challenger : loss of each item in millionths of the metric; int64, shape
        (n_seeds, n_items), at least 0. One row for each seed both were trained with.
    parts : by which a sum of losses is divided, int64, shape (n_items,), at least 1.
    documents : to which document an item belongs; items of one are drawn together.
    slices : ``"language"`` for example → its value of every item.
    """

    metric: Literal["accuracy", "loss"]
    champion: NDArray[np.int64]
    challenger: NDArray[np.int64]
    parts: NDArray[np.int64]
    documents: Sequence[str]
    slices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = self.champion.shape
        if len(shape) != 2 or not all(shape) or self.challenger.shape != shape:
            raise InvalidInputError(
                f"losses have the shapes {shape} and {self.challenger.shape}",
                wanted="(n_seeds, n_items), the same of both models, and at least one of each",
            )
        columns = {"parts": self.parts, "documents": self.documents} | dict(self.slices)
        for name, values in columns.items():
            if len(values) != shape[1]:
                raise InvalidInputError(
                    f"{name} has {len(values)} values, there are {shape[1]} items",
                    wanted="one value an item",
                )
        every = (self.champion, self.challenger, self.parts)
        if any(one.dtype != np.int64 for one in every):
            raise InvalidInputError(
                f"losses and parts are {', '.join(str(one.dtype) for one in every)}",
                wanted="int64, in millionths",
                next_step="convert losses by micro_units",
            )
        lowest = min(int(self.champion.min()), int(self.challenger.min()))
        most = max(int(one.max()) for one in every) * self.champion.size
        if lowest < 0 or int(self.parts.min()) < 1 or most >= MAX_SUM:
            raise InvalidInputError(
                f"the smallest loss is {lowest}, the fewest parts {int(self.parts.min())}, and "
                f"sums may come to {most}",
                wanted=f"losses from 0, parts from 1, sums below {MAX_SUM}",
            )
        if self.metric == "accuracy":
            self._check_accuracy()

    def _check_accuracy(self) -> None:
        if len(self.champion) != 1 or (self.parts != 1).any():
            raise InvalidInputError(
                f"accuracy has {len(self.champion)} seeds and {int(self.parts.max())} parts",
                wanted="one seed and items of one part: McNemar's test counts items",
            )
        both = np.concatenate([self.champion, self.challenger])
        if not np.isin(both, (0, MICRO_PER_METRIC)).all():
            raise InvalidInputError(
                "an item is neither right nor wrong", wanted=f"losses of 0 or {MICRO_PER_METRIC}"
            )

    @property
    def n_seeds(self) -> int:
        """How many seeds both models were trained with."""
        return len(self.champion)

    @property
    def means(self) -> tuple[Fraction, Fraction]:
        """Champion's and challenger's loss in millionths, over all seeds, exactly."""
        return self._means(np.ones(len(self.parts), dtype=bool))

    @property
    def gains(self) -> NDArray[np.int64]:
        """What the challenger wins with each seed, summed over items, from small to large."""
        return np.sort((self.champion - self.challenger).sum(axis=1))

    @property
    def by_document(self) -> NDArray[np.int64]:
        """Each document's champion's loss, challenger's loss and parts, in one order.

        They are summed over seeds. The order is of the numbers, not of the names: relabelled
        documents are drawn alike.
        """
        _, places = np.unique(np.asarray(self.documents, dtype=object), return_inverse=True)
        parts = self.n_seeds * self.parts
        items = (self.champion.sum(axis=0), self.challenger.sum(axis=0), parts)
        sums = np.zeros((int(places.max()) + 1, len(items)), dtype=np.int64)
        np.add.at(sums, places, np.stack(items, axis=1))
        return sums[np.lexsort(sums.T[::-1])]

    def worsening(self, by: str) -> dict[str, Fraction]:
        """Return of each slice how much more the challenger loses, in millionths, exactly."""
        values = np.asarray(self.slices[by], dtype=object)
        found = {}
        for value in sorted(set(values.tolist())):
            champion, challenger = self._means(values == value)
            found[value] = challenger - champion
        return found

    def _means(self, chosen: NDArray[np.bool_]) -> tuple[Fraction, Fraction]:
        parts = self.n_seeds * int(self.parts[chosen].sum())
        champion, challenger = (
            Fraction(int(one[:, chosen].sum()), parts) for one in (self.champion, self.challenger)
        )
        return champion, challenger
