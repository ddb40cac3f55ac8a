"""A fixed number of optimiser steps of an encoder's LoRA and its linear head together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from workbench.core.seeds import derive_seed
from workbench.training.encoder import Encoder
from workbench.training.fine_tuning import check_loss, endless_order
from workbench.training.lora import lora_weights, reset_lora
from workbench.training.tabular_model import TabularModel, fit
from workbench.training.tabular_rows import Table
from workbench.training.text_parameters import TextParameters


def tune_encoder(
    encoder: Encoder,
    tokens: Sequence[Sequence[int]],
    frozen: Table,
    parameters: TextParameters,
    seed: int,
    on_step: Callable[[int, float, int], None],
) -> TabularModel:
    """Tune an encoder's LoRA on labelled rows, and return the head on its embeddings.

    The head starts as the logistic regression on the frozen embeddings, so that the first
    steps do not distort the encoder for a head that knows nothing yet. No dropout: seed, rows
    and parameters decide the outcome to the last bit on one kind of CPU. Rows of one class
    only have nothing to separate: LoRA stays as it starts and the head is their frequencies.

    Parameters
    ----------
    encoder
        With LoRA, whatever it holds.
    tokens
        Of each row, in canonical order.
    frozen
        The rows' embeddings by the encoder without LoRA, and their labels.
    parameters
        Steps, batch, learning rate; how the head starts.
    seed
        Decides LoRA's start and the rows' orders.
    on_step
        Told after each step: its number from 1, its loss, its number of tokens.

    Raises
    ------
    TrainingDivergedError
        A step's loss is NaN or infinite.

    References
    ----------
    Kumar et al. 2022, "Fine-Tuning can Distort Pretrained Features and Underperform
    Out-of-Distribution", section 3.
    """
    reset_lora(encoder.lora, derive_seed("lora", str(seed)))
    start = fit(frozen, parameters.of_head)
    if start.estimator == "frequencies":
        return start
    head = _Head(start)
    labels = torch.from_numpy(np.searchsorted(start.arrays["present"], frozen.labels))
    weights = [*lora_weights(encoder.lora).values(), *head.parameters()]
    optimiser = torch.optim.AdamW(
        weights, lr=parameters.learning_rate, weight_decay=0.0, fused=True
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, parameters.steps)
    order = endless_order(len(tokens), derive_seed("order", str(seed)))
    for step in range(1, parameters.steps + 1):
        batch = [next(order) for _ in range(parameters.batch_rows)]
        scores = head(encoder.pooled([tokens[place] for place in batch]))
        loss = nn.functional.cross_entropy(scores, labels[batch])
        check_loss(loss.item(), step=step)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        on_step(step, loss.item(), sum(len(tokens[place]) for place in batch))
    return head.model()


class _Head(nn.Module):
    """A linear model of ``tabular_model`` whose coefficients learn."""

    def __init__(self, start: TabularModel) -> None:
        super().__init__()
        self._start = start
        arrays = {
            name: torch.from_numpy(array).float()
            for name, array in start.arrays.items()
            if name != "present"
        }
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self.coefficients = nn.Parameter(arrays["coefficients"])
        self.intercepts = nn.Parameter(arrays["intercepts"])

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return the scores of the classes that the rows show."""
        standardised = (embeddings - self._mean) / self._scale
        return nn.functional.linear(standardised, self.coefficients, self.intercepts)

    def model(self) -> TabularModel:
        """Return what was learnt as plain arrays."""
        learnt = {
            "coefficients": self.coefficients.detach().double().numpy(),
            "intercepts": self.intercepts.detach().double().numpy(),
        }
        return replace(self._start, arrays=self._start.arrays | learnt)
