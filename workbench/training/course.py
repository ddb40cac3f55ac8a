"""The course of one fine-tune: it tells of itself, keeps the best, and goes on after a kill."""

import time
from collections.abc import Sequence
from typing import Any, Final

import torch
from peft import PeftModel
from torch import Tensor

from workbench.core.jobs import JobContext
from workbench.training.checkpoint import (
    Checkpoint,
    DamagedCheckpointError,
    read_checkpoint,
    restore_training,
    training_tensors,
    write_checkpoint,
)
from workbench.training.course_parameters import CourseParameters
from workbench.training.fine_tuning import Training, check_loss
from workbench.training.learner import AnyLearner, Row

_BEST: Final = "best."


class Course:
    """A fine-tune of the rows of a job.

    Attributes
    ----------
    curve : step and training loss of every step.
    validation : step and validation loss of every look at it.
    n_tokens : trained on.
    best_step : the step with the lowest validation loss; None without validation rows.
    stopped_at : the step after which a person stopped the training; None if nobody did.

    Parameters
    ----------
    context : of the job; where it keeps checkpoints, who may stop it.
    model, learner : the same weights.
    rows : to train on.
    held_out : to validate on; may be empty.
    parameters : the course's.
    """

    def __init__(
        self,
        context: JobContext,
        model: PeftModel,
        learner: AnyLearner,
        rows: Sequence[Row],
        held_out: Sequence[Row],
        parameters: CourseParameters,
    ) -> None:
        self.curve: list[list[float]] = []
        self.validation: list[list[float]] = []
        self.n_tokens = 0
        self.best_step: int | None = None
        self.stopped_at: int | None = None
        self._best: dict[str, Tensor] = {}
        self._context = context
        self._learner = learner
        self._held_out = held_out
        self._parameters = parameters
        self._training = Training(model, rows, parameters, context.spec.seed)
        self._can_keep = context.checkpoints is not None

    @property
    def n_steps(self) -> int:
        """Steps that were done."""
        return self._training.step

    def run(self) -> None:
        """Train, and leave the model with the adapter that is kept."""
        self._resume()
        training, last = self._training, self._parameters.last_step
        self._kept_at = self._since = time.monotonic()
        n_before = self.n_tokens
        if not training.step:
            self._validate()
        while training.step < last and not self._is_stopped():
            loss, n_tokens = training.advance(self._learner)
            self.n_tokens += n_tokens
            self.curve.append([training.step, loss])
            speed = (self.n_tokens - n_before) / (time.monotonic() - self._since)
            self._context.emit(
                {
                    "type": "metric",
                    "step": training.step,
                    "loss": loss,
                    "tokens_per_second": speed,
                }
            )
            if training.step < last and self._is_due_for_validation():
                self._validate()
            self._keep_if_due()
            self._context.progress(training.step, self._parameters.steps, "fine-tuning")
        if not self.validation or self.validation[-1][0] != training.step:
            self._validate()
        if self._parameters.keep == "best" and self._best:
            with torch.no_grad():
                for name, weight in training.weights.items():
                    weight.copy_(self._best[name])

    def _is_stopped(self) -> bool:
        if self.stopped_at is None and self._context.stopping():
            self.stopped_at = self._training.step
            self._keep()
        return self.stopped_at is not None

    def _is_due_for_validation(self) -> bool:
        every = self._parameters.evaluate_every
        return every > 0 and self._training.step % every == 0

    def _validate(self) -> None:
        if not self._held_out:
            return
        step = self._training.step
        loss = self._learner.row_losses(self._held_out).mean
        check_loss(loss, step=step)
        is_best = all(loss < before for _, before in self.validation)
        self.validation.append([step, loss])
        if is_best:
            self.best_step = step
            weights = self._training.weights.items()
            self._best = {name: weight.detach().clone() for name, weight in weights}
        self._context.emit(
            {
                "type": "evaluation",
                "step": step,
                "loss": loss,
                "on": "validation",
                "is_best": is_best,
            }
        )

    def _keep_if_due(self) -> None:
        place = self._context.checkpoints
        if place is None:
            return
        is_due = time.monotonic() - self._kept_at >= place.seconds
        if is_due or self._context.cancelled():
            self._keep()
            self._kept_at = time.monotonic()

    def _keep(self) -> None:
        place = self._context.checkpoints
        if place is None or not self._can_keep or not self._training.step:
            return
        tensors = training_tensors(self._training)
        tensors |= {f"{_BEST}{name}": weight for name, weight in self._best.items()}
        try:
            write_checkpoint(
                place.folder, self._context.spec.id, Checkpoint(self._story(), tensors)
            )
        except OSError as error:
            # The training is worth more than what it would go on from.
            self._can_keep = False
            self._note(f"no checkpoint can be kept ({error.strerror}); the training goes on")

    def _story(self) -> dict[str, Any]:
        return {
            "step": self._training.step,
            "n_drawn": self._training.order.n_drawn,
            "curve": self.curve,
            "validation": self.validation,
            "n_tokens": self.n_tokens,
            "best_step": self.best_step,
            "stopped_at": self.stopped_at,
        }

    def _resume(self) -> None:
        place = self._context.checkpoints
        if place is None:
            return
        try:
            kept = read_checkpoint(place.folder, self._context.spec.id)
            if kept is None:
                return
            story = kept.story
            restore_training(self._training, kept.tensors, story["step"], story["n_drawn"])
        except DamagedCheckpointError as error:
            self._note(f"the checkpoint is damaged ({error}); the training starts over")
            return
        # Canonical JSON writes 2.0 as 2; a loss is a float wherever it comes from.
        self.curve = [[step, float(loss)] for step, loss in story["curve"]]
        self.validation = [[step, float(loss)] for step, loss in story["validation"]]
        self.n_tokens = story["n_tokens"]
        self.best_step = story["best_step"]
        self.stopped_at = story["stopped_at"]
        self._best = {
            name.removeprefix(_BEST): tensor
            for name, tensor in kept.tensors.items()
            if name.startswith(_BEST)
        }
        self._note(f"resumed from step {self._training.step}")

    def _note(self, message: str) -> None:
        self._context.emit({"type": "note", "message": message})
