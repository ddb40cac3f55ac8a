"""What a fine-tune of each recipe may be told; nothing heavy is imported to check it."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field, model_validator

from workbench.core.errors import InvalidInputError
from workbench.training.course_parameters import CourseParameters
from workbench.training.parameters import Parameters, read_parameters
from workbench.training.tabular_rows import TabularParameters
from workbench.training.text_parameters import TextParameters


class TuneParameters(CourseParameters):
    """How to fine-tune, and what to ask the model before and after.

    Attributes
    ----------
    prompts : texts to go on from, to answer or to translate, as the rows are.
    references : how each prompt should be translated, to be shown beside; none, or one each.
    new_tokens : written at most.
    n_translated : rows of a hidden test of translations that are translated and scored.
    """

    prompts: list[str] = Field(default_factory=list, max_length=16)
    references: list[str] = Field(default_factory=list, max_length=16)
    new_tokens: int = Field(default=24, ge=1, le=512)
    n_translated: int = Field(default=32, ge=0, le=1_024)

    @model_validator(mode="after")
    def _references_match(self) -> "TuneParameters":
        if self.references and len(self.references) != len(self.prompts):
            raise ValueError(f"{len(self.references)} references of {len(self.prompts)} prompts")
        return self


_TUNES: Final[Mapping[str, type[Parameters]]] = {
    "causal-lm": TuneParameters,
    "text-classification": TextParameters,
    "tabular": TabularParameters,
}
# What the task's rules say, and no run of it says otherwise.
_FIXED: Final = frozenset({"classes", "metric"})


def check_tune(
    recipe: str, of_task: Mapping[str, Any], asked: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the parameters of a fine-tune once the recipe takes them all.

    Parameters
    ----------
    recipe : as a kind of task names it.
    of_task : as the task's rules say.
    asked : for this run, over the task's own.

    Raises
    ------
    InvalidInputError
        A name is unknown or a value out of bounds, with all there are; or one that the task's
        rules fix is asked for.
    """
    for name in sorted(_FIXED & set(asked or {})):
        raise InvalidInputError(
            f"the run asks for other {name} than the task has",
            wanted=f"no {name}: the task's rules fix it",
            next_step="open a task with other rules",
        )
    chosen = {**of_task, **(asked or {})}
    read_parameters(_TUNES[recipe], chosen)
    return chosen
