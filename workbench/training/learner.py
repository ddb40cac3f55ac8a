"""What learns, whichever way: rows in, losses out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import torch
from torch import Tensor

# Larger batches fall out of the core's cache and are slower.
_EVALUATION_TOKENS: Final = 384


class Row(Protocol):
    """One row, ready for the learner that made it."""

    @property
    def targets(self) -> Tensor:
        """int64 (n_tokens − 1,); the next tokens' places in the vocabulary, or ``ABSENT``."""
        ...

    @property
    def n_predicted(self) -> int:
        """Tokens that have a loss."""
        ...


R = TypeVar("R", bound=Row)
R_contra = TypeVar("R_contra", bound=Row, contravariant=True)


class Learner(Protocol[R_contra]):
    """The weights that learn, with what they need around them."""

    def token_losses(self, rows: Sequence[R_contra]) -> Tensor:
        """Return the loss of every predicted token, row after row, in float32 nats."""
        ...

    def row_losses(self, rows: Sequence[R_contra]) -> "RowLosses":
        """Return the losses of rows; their batches depend on the rows alone."""
        ...


AnyLearner = Learner[Any]
"""A learner beside rows of its own kind."""


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


def batched_losses(token_losses: Callable[[Sequence[R]], Tensor], rows: Sequence[R]) -> RowLosses:
    """Return the losses of rows, computed in batches that depend on the rows alone."""
    total = torch.zeros(len(rows), dtype=torch.float64)
    for batch in _batches([len(row.targets) for row in rows]):
        with torch.no_grad():
            losses = token_losses([rows[index] for index in batch]).double().cpu()
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
