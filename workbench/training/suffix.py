"""The part of a model that learns: last blocks, norm and head, over cached hidden states."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from workbench.training.architecture import Architecture
from workbench.training.packing import pack
from workbench.training.vocabulary import ABSENT

# Larger batches fall out of the core's cache and are slower.
_EVALUATION_TOKENS: Final = 384


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
class RowLosses:
    """Losses of test rows in their order.

    Attributes
    ----------
    total : float64 (n_rows,); nats, summed over a row's tokens.
    n_tokens : int64 (n_rows,); predicted tokens.
    """

    total: Tensor
    n_tokens: Tensor

    @property
    def mean(self) -> float:
        """Nats a token, over all tokens of all rows."""
        return float(self.total.sum() / self.n_tokens.sum())

    def block_means(self, n_blocks: int) -> list[float]:
        """Return the mean in each of the interleaved blocks: row i is in block i mod n."""
        blocks = [slice(block, None, n_blocks) for block in range(n_blocks)]
        return [float(self.total[b].sum() / self.n_tokens[b].sum()) for b in blocks]


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
        total = torch.zeros(len(rows), dtype=torch.float64)
        for batch in _batches([len(row.targets) for row in rows]):
            with torch.no_grad():
                losses = self.token_losses([rows[index] for index in batch]).double()
            lengths = [rows[index].n_predicted for index in batch]
            total[batch] = torch.stack([part.sum() for part in losses.split(lengths)])
        return RowLosses(total, torch.tensor([row.n_predicted for row in rows]))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    return group_by_tokens(order, lengths, _EVALUATION_TOKENS)


def group_by_tokens(
    order: Sequence[int], lengths: Sequence[int], max_tokens: int
) -> list[list[int]]:
    """Cut an order of rows into batches of at most so many tokens, or of one row."""
    batches: list[list[int]] = []
    room = 0
    for index in order:
        if not batches or lengths[index] > room:
            batches.append([])
            room = max_tokens
        batches[-1].append(index)
        room -= lengths[index]
    return batches
