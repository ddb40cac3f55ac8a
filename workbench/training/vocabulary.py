"""The softmax over the tokens of a pool, instead of all the tokenizer knows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import InvalidInputError
from workbench.training.rows import TokenRow

ABSENT: Final = -100
"""Marks a target outside of the vocabulary: nothing is learnt from it, nothing measured."""


@dataclass(frozen=True)
class Vocabulary:
    """The tokens a loss ranges over, frozen for a whole study so that utilities compare.

    A pruned loss is another number than the full one: the denominator lacks the tokens that
    occur nowhere in the pool. Reports say which of the two they hold.

    Attributes
    ----------
    tokens : int64 (n,), ascending token ids.
    """

    tokens: Tensor

    @classmethod
    def of_rows(cls, rows: Iterable[TokenRow]) -> "Vocabulary":
        """Return the union of the rows' tokens."""
        return cls(torch.tensor(sorted({token for row in rows for token in row})))

    @classmethod
    def full(cls, size: int) -> "Vocabulary":
        """Return all of a model's tokens."""
        return cls(torch.arange(size))

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def digest(self) -> str:
        """The content id of the token ids."""
        return content_id(self.tokens.tolist())

    def indices(self, tokens: TokenRow) -> Tensor:
        """Return where tokens stand in this vocabulary, int64; ``ABSENT`` where they do not.

        ``NO_TOKEN`` stands nowhere.
        """
        wanted = torch.tensor(tokens)
        found = torch.searchsorted(self.tokens, wanted).clamp_(max=len(self) - 1)
        return torch.where(self.tokens[found] == wanted, found, ABSENT)

    def save(self, path: Path) -> None:
        """Write the token ids as canonical JSON."""
        path.write_bytes(canonical_bytes(self.tokens.tolist()))

    @classmethod
    def load(cls, path: Path, size: int) -> "Vocabulary":
        """Read what ``save`` wrote.

        Parameters
        ----------
        size : how many tokens the model knows.

        Raises
        ------
        InvalidInputError
            The file holds no ascending list of the model's token ids.
        """
        try:
            tokens = json.loads(path.read_bytes())
        except ValueError:
            tokens = None
        if (
            not isinstance(tokens, list)
            or not tokens
            or not all(type(token) is int for token in tokens)
            or not all(a < b for a, b in pairwise([-1, *tokens, size]))
        ):
            raise InvalidInputError(
                "the frozen vocabulary is no ascending list of token ids",
                wanted=f"token ids from 0, below {size}",
            )
        return cls(torch.tensor(tokens))
