"""Rows of unequal length in one batch, nearly without padding.

Rows lie one after the other in a batch of one, so matrix products, nearly all of the work,
see hardly anything but real tokens. Attention alone is computed on a padded view, row by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface

PACKED_ATTENTION: Final = "workbench_packed"
# Batches come in few sizes: oneDNN compiles a kernel for each new one and keeps it, which
# took 90 MB a training of 12 steps when every batch had a size of its own.
_TOKENS_STEP: Final = 32
_LONGEST_STEP: Final = 16


@dataclass(frozen=True)
class Packing:
    """Where each token of packed rows stands.

    A last row of filler, which nobody looks at, rounds the number of tokens up.

    Attributes
    ----------
    n_tokens : of the rows, without filler.
    positions : int64 (1, n_tokens + filler); a token's position in its own row.
    padded : int64 (n_rows + 1, longest); the packed index of each cell, the last token's
        where a row has ended.
    packed : int64 (n_tokens + filler,); the cell, counted row by row, of each packed token.
    future : bool (longest, longest); true where a cell may not look.
    """

    n_tokens: int
    positions: Tensor
    padded: Tensor
    packed: Tensor
    future: Tensor

    def filled(self, rows: Sequence[Tensor]) -> Tensor:
        """Return the rows' tensors (length, …) as one of the batch's size, then zeros."""
        joined = torch.cat(list(rows))
        missing = self.positions.shape[1] - self.n_tokens
        return functional.pad(joined, (*[0, 0] * (joined.dim() - 1), 0, missing))


def pack(lengths: Sequence[int]) -> Packing:
    """Return the packing of rows with the given numbers of tokens, each at least 1."""
    n_tokens = sum(lengths)
    lengths = [*lengths, _TOKENS_STEP - n_tokens % _TOKENS_STEP]
    longest = -(-max(lengths) // _LONGEST_STEP) * _LONGEST_STEP
    cells = torch.arange(longest)
    starts = torch.tensor([0, *lengths[:-1]]).cumsum(0)
    return Packing(
        n_tokens=n_tokens,
        positions=torch.cat([cells[:length] for length in lengths])[None],
        padded=(starts[:, None] + cells[None]).clamp(max=sum(lengths) - 1),
        packed=torch.cat([row * longest + cells[:n] for row, n in enumerate(lengths)]),
        future=torch.ones(longest, longest, dtype=torch.bool).triu(1),
    )


def packed_attention(
    module: nn.Module,  # noqa: ARG001  (transformers' signature)
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001
    *,
    packing: Packing,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each packed row; an attention function of transformers.

    Written out instead of ``scaled_dot_product_attention``: its bfloat16 backward on CPU
    takes four times as long at these sizes. The softmax is in float32. There is no dropout:
    models are tuned in evaluation mode.
    """
    n_groups = query.shape[1] // key.shape[1]
    queries = _padded(query, packing)
    keys = _padded(key, packing).repeat_interleave(n_groups, 1)
    values = _padded(value, packing).repeat_interleave(n_groups, 1)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = (queries @ keys.transpose(-1, -2)).float() * scale
    weights = scores.masked_fill(packing.future, float("-inf")).softmax(-1).to(value.dtype)
    mixed = (weights @ values).transpose(1, 2)
    return mixed.flatten(0, 1).index_select(0, packing.packed)[None], None


def _padded(packed: Tensor, packing: Packing) -> Tensor:
    """From (1, n_heads, n_tokens, d) to (n_rows, n_heads, longest, d)."""
    cells = packed[0].index_select(1, packing.padded.flatten())
    return cells.unflatten(1, packing.padded.shape).transpose(0, 1)


AttentionInterface.register(PACKED_ATTENTION, packed_attention)
