"""The part of a model that learns: last blocks, norm and head, over cached hidden states."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.training.architecture import Architecture
from workbench.training.learner import RowLosses, batched_losses
from workbench.training.packing import pack
from workbench.training.vocabulary import ABSENT


@dataclass(frozen=True)
class CachedRow:
    """One row as the suffix sees it.

    Attributes
    ----------
    hidden : (n_tokens − 1, d); what enters the last blocks at every token but the last,
        which predicts nothing.
    targets : int64 (n_tokens − 1,); the next tokens' places in the vocabulary, or ``ABSENT``.
    """

    hidden: Tensor
    targets: Tensor

    @property
    def n_predicted(self) -> int:
        """Tokens that have a loss."""
        return int((self.targets != ABSENT).sum())


@dataclass(frozen=True)
class Suffix:
    """The last blocks with the head's rows of a vocabulary."""

    parts: Architecture
    last_blocks: int
    head_weight: Tensor

    @classmethod
    def over(cls, parts: Architecture, last_blocks: int, tokens: Tensor) -> "Suffix":
        """Return the suffix whose softmax ranges over these token ids."""
        weight: nn.Parameter = parts.head.weight
        return cls(parts, last_blocks, weight.detach().index_select(0, tokens))

    def token_losses(self, rows: Sequence[CachedRow]) -> Tensor:
        """Return the loss of every predicted token, row after row, in float32 nats.

        Tokens outside of the vocabulary are read, and predicted by nobody.
        """
        packing = pack([len(row.targets) for row in rows])
        hidden = packing.filled([row.hidden for row in rows])[None]
        hidden = self.parts.run(self.parts.last(self.last_blocks), hidden, packing)
        logits = functional.linear(self.parts.norm(hidden[0]), self.head_weight)
        targets = torch.cat([row.targets for row in rows])
        is_there = targets != ABSENT
        return functional.cross_entropy(
            logits[: packing.n_tokens][is_there].float(), targets[is_there], reduction="none"
        )

    def row_losses(self, rows: Sequence[CachedRow]) -> RowLosses:
        """Return the losses of rows; their batches depend on the rows alone."""
        return batched_losses(self.token_losses, rows)
