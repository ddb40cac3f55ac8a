"""Rows whose hidden states are read, or computed, when somebody first needs them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, overload

import torch
from torch import Tensor

from workbench.training.architecture import Architecture
from workbench.training.learner import Row
from workbench.training.prefix_cache import Group, PrefixCache
from workbench.training.rows import EncodedRow, TokenRow
from workbench.training.suffix import CachedRow
from workbench.training.vocabulary import ABSENT, Vocabulary
from workbench.training.whole import WholeRow


@dataclass(frozen=True)
class Source:
    """A group's hidden states: in memory once somebody asked."""

    parts: Architecture
    cache: PrefixCache
    group: Group

    @cached_property
    def hidden(self) -> dict[TokenRow, Tensor]:
        """Each row's hidden states (len(row), d)."""
        return self.cache.hidden(self.parts, [self.group])

    @property
    def is_read(self) -> bool:
        """Whether they are in memory."""
        return "hidden" in self.__dict__

    @property
    def is_cached(self) -> bool:
        """Whether they are in memory or on disk."""
        return self.is_read or self.cache.path(self.group).exists()


@dataclass(frozen=True)
class _Row:
    source: Source | None
    tokens: TokenRow
    targets: Tensor


class LazyRows(Sequence[Row]):
    """Rows in their order; none is read before it is needed.

    A row brings its whole group, so that its hidden states have the same bits in whatever
    order rows are needed. Rows of a whole model have no hidden states to read.
    """

    def __init__(self, rows: Sequence[_Row]) -> None:
        self._rows = rows

    @classmethod
    def of(
        cls,
        parts: Architecture,
        cache: PrefixCache,
        vocabulary: Vocabulary,
        rows: Sequence[EncodedRow],
    ) -> Self:
        """Return the rows of one contribution.

        Rows without a token of the vocabulary to predict are left out: they teach nothing.
        """
        sources = [
            Source(parts, cache, group) for group in cache.groups([row.tokens for row in rows])
        ]
        by_row = {row: source for source in sources for row in source.group.rows}
        found = [
            _Row(by_row[row.tokens[:-1]], row.tokens[:-1], vocabulary.indices(row.targets))
            for row in rows
        ]
        return cls([row for row in found if (row.targets != ABSENT).any()])

    @classmethod
    def whole(cls, vocabulary: Vocabulary, rows: Sequence[EncodedRow]) -> Self:
        """Return the rows of one contribution as the whole model sees them."""
        found = [_Row(None, row.tokens[:-1], vocabulary.indices(row.targets)) for row in rows]
        return cls([row for row in found if (row.targets != ABSENT).any()])

    @classmethod
    def joined(cls, parts: Iterable["LazyRows"]) -> Self:
        """Return the rows of several contributions, one after the other."""
        return cls([row for part in parts for row in part._rows])  # noqa: SLF001  (a class's own)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Self: ...

    def __getitem__(self, index: int | slice) -> Row | Self:
        if isinstance(index, slice):
            return type(self)(self._rows[index])
        row = self._rows[index]
        if row.source is None:
            return WholeRow(torch.tensor(row.tokens), row.targets)
        return CachedRow(row.source.hidden[row.tokens], row.targets)

    def at(self, places: Iterable[int]) -> Self:
        """Return the rows at some places, in the order of the places."""
        return type(self)([self._rows[place] for place in places])

    def tokens_and_targets(self) -> list[tuple[TokenRow, Tensor]]:
        """Return each row's tokens but the last, and its targets; nothing is read."""
        return [(row.tokens, row.targets) for row in self._rows]

    def sources(self, order: Iterable[int] | None = None) -> list[Source]:
        """Return what the rows come from, each once, in the order of first need."""
        places = range(len(self)) if order is None else order
        found = (self._rows[place].source for place in places)
        return list({id(source): source for source in found if source is not None}.values())

    def read(self) -> Iterator[tuple[int, int]]:
        """Read what is not in memory yet, and yield how far that is: tokens done, of all."""
        missing = [source for source in self.sources() if not source.is_read]
        total = sum(source.group.n_tokens for source in missing)
        done = 0
        for source in missing:
            yield done, total
            _ = source.hidden
            done += source.group.n_tokens
