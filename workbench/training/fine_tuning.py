"""A fixed number of optimiser steps on rows.

transformers' ``Trainer`` wants a model that starts at token ids; this loop starts at hidden
states, which is where the speed comes from.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from peft import PeftModel

from workbench.core.errors import InvalidInputError, TrainingDivergedError
from workbench.core.seeds import derive_seed
from workbench.training.learner import AnyLearner, Learner, R, Row
from workbench.training.lora import lora_weights, reset_lora
from workbench.training.parameters import CausalLmParameters


def fine_tune(
    model: PeftModel,
    learner: Learner[R],
    rows: Sequence[R],
    parameters: CausalLmParameters,
    seed: int,
    on_step: Callable[[int, float, int], None],
) -> None:
    """Tune LoRA on rows, from the start that the seed decides.

    The model stays in evaluation mode: no dropout, so seed, rows and parameters decide the
    outcome to the last bit on one kind of CPU.

    Parameters
    ----------
    model, learner
        The same weights: LoRA is found by the model and used by the learner.
    rows
        In canonical order; each pass over them has an order of its own.
    parameters
        Steps, batch, learning rate and schedule.
    seed
        Decides LoRA's start and the rows' orders.
    on_step
        Told after each step: its number from 1, its loss, its number of tokens.

    Raises
    ------
    TrainingDivergedError
        A step's loss is NaN or infinite.
    """
    training = Training(model, rows, parameters, seed)
    for _ in range(parameters.steps):
        loss, n_tokens = training.advance(learner)
        on_step(training.step, loss, n_tokens)


class Training:
    """A fine-tune between two of its steps: all that decides the steps to come.

    Attributes
    ----------
    weights : what learns, by name.
    optimiser : with what it remembers of each weight.
    order : which rows come next.
    step : steps that are done.

    Parameters
    ----------
    model, rows, parameters, seed
        As for ``fine_tune``.
    """

    def __init__(
        self,
        model: PeftModel,
        rows: Sequence[Row],
        parameters: CausalLmParameters,
        seed: int,
    ) -> None:
        if not rows:
            raise InvalidInputError("there are no rows to train on", wanted="at least one row")
        reset_lora(model, derive_seed("lora", str(seed)))
        self._rows = rows
        self._parameters = parameters
        self.weights = lora_weights(model)
        self.optimiser = torch.optim.AdamW(
            list(self.weights.values()),
            lr=parameters.learning_rate,
            weight_decay=0.0,
            fused=True,
        )
        self.order = Order(len(rows), seed)
        self.step = 0

    def advance(self, learner: AnyLearner) -> tuple[float, int]:
        """Take one step, and return its loss and its number of tokens."""
        parameters = self._parameters
        self.optimiser.param_groups[0]["lr"] = learning_rate(parameters, self.step)
        batch = [self._rows[self.order.draw()] for _ in range(parameters.batch_rows)]
        self.optimiser.zero_grad()
        loss, n_tokens = send_back(learner, batch, parameters.accumulate, step=self.step + 1)
        torch.nn.utils.clip_grad_norm_(list(self.weights.values()), 1.0)
        self.optimiser.step()
        self.step += 1
        return loss, n_tokens


class Order:
    """The order in which rows come: each pass over them has one of its own.

    Parameters
    ----------
    n_rows : there are.
    seed : decides every pass.
    """

    def __init__(self, n_rows: int, seed: int) -> None:
        self._rows = row_order(n_rows, seed)
        self.n_drawn = 0

    def draw(self) -> int:
        """Return the next row."""
        self.n_drawn += 1
        return next(self._rows)

    def skip_to(self, n_drawn: int) -> None:
        """Draw on until so many rows are drawn."""
        while self.n_drawn < n_drawn:
            self.draw()


def send_back(
    learner: Learner[R], rows: Sequence[R], n_parts: int, **facts: int
) -> tuple[float, int]:
    """Add the gradient of the rows' mean loss a token to the weights', part after part.

    The parts are weighted by their tokens, so that the sum is the gradient of all rows at
    once, up to rounding; only one part's activations are in memory.

    Parameters
    ----------
    learner, rows
        What learns from what.
    n_parts
        Parts of about equal numbers of rows, at most one a row.
    **facts
        For the error.

    Returns
    -------
    tuple
        The mean loss a token, and the number of tokens.

    Raises
    ------
    TrainingDivergedError
        A part's loss is NaN or infinite; it is not sent back.
    """
    n_tokens = sum(row.n_predicted for row in rows)
    total = 0.0
    for part in range(n_parts):
        losses = learner.token_losses(rows[part::n_parts])
        loss = losses.sum() / n_tokens
        check_loss(loss.item(), **facts)
        loss.backward()
        total += loss.item()
    return total, n_tokens


def learning_rate(parameters: CausalLmParameters, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    if parameters.schedule == "constant":
        return parameters.learning_rate
    return parameters.learning_rate * (1 + math.cos(math.pi * step / parameters.steps)) / 2


def check_loss(loss: float, **facts: int | str) -> None:
    """Refuse a loss that is no finite number.

    Raises
    ------
    TrainingDivergedError
        With the facts given.
    """
    if not math.isfinite(loss):
        where = ", ".join(f"{name} {value}" for name, value in facts.items())
        raise TrainingDivergedError(
            f"the loss became {loss} at {where}",
            wanted="a finite loss",
            next_step="lower the learning rate in the task's recipe",
            **facts,
        )


def row_order(n_rows: int, seed: int) -> Iterator[int]:
    """Yield the places of the rows that a fine-tune with this seed takes, without an end."""
    return endless_order(n_rows, derive_seed("order", str(seed)))


def endless_order(n_rows: int, seed: int) -> Iterator[int]:
    """Yield places of rows for ever; each pass over them has an order of its own."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        yield from torch.randperm(n_rows, generator=generator).tolist()
