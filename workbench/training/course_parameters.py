"""What a fine-tune may be told about its course: validation, the best, an early end."""

from typing import Literal, Self

from pydantic import Field, model_validator

from workbench.training.parameters import CausalLmParameters


class CourseParameters(CausalLmParameters):
    """How a single fine-tune goes on; coalitions of a study have none of this.

    Attributes
    ----------
    validation_share : of the training rows, held out to choose the best by; 0 holds out none.
    evaluate_every : steps between two looks at the validation loss; 0 looks at the start and
        the end only.
    keep : the adapter with the lowest validation loss, or the last one. Without validation
        rows there is nothing to choose by, and the last is kept.
    stop_at : ends the training after so many steps, as a person did; the schedule of the
        learning rate is still that of all ``steps``.
    """

    validation_share: float = Field(default=0.0, ge=0, le=0.5, allow_inf_nan=False)
    evaluate_every: int = Field(default=0, ge=0, le=100_000)
    keep: Literal["best", "last"] = "best"
    stop_at: int | None = Field(default=None, ge=0, le=100_000)

    @model_validator(mode="after")
    def _has_rows_to_evaluate(self) -> Self:
        if self.evaluate_every and not self.validation_share:
            raise ValueError("evaluate_every needs a validation_share above 0: rows to look at")
        return self

    @property
    def last_step(self) -> int:
        """The step after which the training ends, if nobody stops it."""
        return self.steps if self.stop_at is None else min(self.steps, self.stop_at)
