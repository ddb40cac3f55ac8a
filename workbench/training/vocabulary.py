"""The softmax over the tokens of a pool, instead of all the tokenizer knows."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.core.canonical import content_id
from workbench.training.rows import TokenRow


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
        """Return where tokens stand in this vocabulary, int64; each must be in it."""
        return torch.searchsorted(self.tokens, torch.tensor(tokens))
