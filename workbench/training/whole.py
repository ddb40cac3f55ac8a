"""The whole model, from token ids to a softmax over all it knows, LoRA wherever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from peft import PeftModel
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from workbench.training.learner import RowLosses, batched_losses
from workbench.training.vocabulary import ABSENT

# Batches come in few sizes, for the reason that packed ones do.
_LONGEST_STEP: Final = 16


@dataclass(frozen=True)
class WholeRow:
    """One row as the whole model sees it.

    Attributes
    ----------
    tokens : int64 (n_tokens − 1,); every token but the last, which predicts nothing.
    targets : int64 (n_tokens − 1,); the next tokens, or ``ABSENT``.
    """

    tokens: Tensor
    targets: Tensor

    @property
    def n_predicted(self) -> int:
        """Tokens that have a loss."""
        return int((self.targets != ABSENT).sum())


@dataclass(frozen=True)
class Whole:
    """Any causal model's own forward pass, with its own attention and its own head.

    Attributes
    ----------
    model : in evaluation mode: there is no dropout.
    longest : rows are padded to at most so many tokens.
    """

    model: PeftModel
    longest: int

    def token_losses(self, rows: Sequence[WholeRow]) -> Tensor:
        """Return the loss of every predicted token, row after row, in float32 nats."""
        tokens, seen, targets = (part.to(self.model.device) for part in self._padded(rows))
        logits = self.model(input_ids=tokens, attention_mask=seen, use_cache=False).logits
        is_there = targets != ABSENT
        return functional.cross_entropy(
            logits[is_there].float(), targets[is_there], reduction="none"
        )

    def row_losses(self, rows: Sequence[WholeRow]) -> RowLosses:
        """Return the losses of rows; their batches depend on the rows alone."""
        return batched_losses(self.token_losses, rows)

    def _padded(self, rows: Sequence[WholeRow]) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens, which of them are real, and targets, each (n_rows, longest).

        Padding is on the right, where no real token can look, and has no loss.
        """
        tokens = pad_sequence([row.tokens for row in rows], batch_first=True)
        targets = pad_sequence(
            [row.targets for row in rows], batch_first=True, padding_value=ABSENT
        )
        seen = pad_sequence([torch.ones_like(row.tokens) for row in rows], batch_first=True)
        length = tokens.shape[1]
        step = -(-length // _LONGEST_STEP) * _LONGEST_STEP
        missing = max(min(step, self.longest), length) - length
        return (
            functional.pad(tokens, (0, missing)),
            functional.pad(seen, (0, missing)),
            functional.pad(targets, (0, missing), value=ABSENT),
        )
