"""What a recipe may be told, with defaults and bounds."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from workbench.core.errors import InvalidInputError
from workbench.core.faults import faults_of, next_steps
from workbench.registry.translation import DEFAULT_TEMPLATE, check_template


def _different(classes: list[str]) -> list[str]:
    if len(set(classes)) < len(classes):
        raise ValueError("two classes have one name")
    return classes


Classes = Annotated[list[str], Field(min_length=2, max_length=1000), AfterValidator(_different)]
"""The task's labels, each once."""


class Parameters(BaseModel):
    """Checked parameters of a recipe; unknown names are refused, so a misspelling shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


P = TypeVar("P", bound=Parameters)


class CausalLmParameters(Parameters):
    """How a language model is fine-tuned; shared by all causal-lm recipes of a task.

    Attributes
    ----------
    steps : optimiser steps, the same for every coalition: with steps in proportion to rows,
        utility would mostly count steps.
    batch_rows : rows a step.
    accumulate : parts into which a step's rows are cut, one after the other in memory; the
        step is the same up to rounding.
    learning_rate : AdamW's, at the first step.
    schedule : how the learning rate goes on from there; ``cosine`` ends near 0.
    lora : ``last-blocks`` cuts a model of the Llama or GPT-2 family and caches what lies below;
        ``everywhere`` puts LoRA on all linear layers of any causal model, without a cache.
    rank : of the LoRA matrices; their scale is 2, whatever the rank.
    last_blocks : how many blocks, from the end, carry LoRA; those below are frozen and cached.
        It says nothing where LoRA is everywhere.
    max_tokens : a row's tokens past this many are not used; of a conversation or translation
        those before the last ones.
    template : how a text to translate is put to the model; ``{text}`` stands for it.
    dtype : of the frozen weights and hidden states; ``auto`` is bfloat16 where the processor
        multiplies it natively, else float32. LoRA itself is always float32.
    """

    steps: int = Field(default=12, ge=1, le=100_000)
    batch_rows: int = Field(default=8, ge=1, le=1024)
    accumulate: int = Field(default=1, ge=1, le=1024)
    learning_rate: float = Field(default=1e-2, gt=0, allow_inf_nan=False)
    schedule: Literal["cosine", "constant"] = "cosine"
    lora: Literal["last-blocks", "everywhere"] = "last-blocks"
    rank: int = Field(default=8, ge=1, le=256)
    last_blocks: int = Field(default=2, ge=1, le=64)
    max_tokens: int = Field(default=48, ge=2, le=4096)
    template: Annotated[str, AfterValidator(check_template)] = DEFAULT_TEMPLATE
    dtype: Literal["auto", "bfloat16", "float32"] = "auto"

    @model_validator(mode="after")
    def _a_part_has_a_row(self) -> Self:
        if self.accumulate > self.batch_rows:
            raise ValueError(
                f"accumulate {self.accumulate} is more than the batch_rows {self.batch_rows}"
            )
        return self


def read_parameters(
    kind: type[P], given: Mapping[str, Any], fixed: Collection[str] = frozenset()
) -> P:
    """Return the parameters, checked.

    Parameters
    ----------
    kind : of the recipe.
    given : by name.
    fixed : names that nobody may choose, which are not offered.

    Raises
    ------
    InvalidInputError
        A name is unknown or a value is out of bounds; the facts list each.
    """
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        faults = faults_of(error, kind.model_fields.keys() - set(fixed))
        wanted = dict.fromkeys(fault.wanted for fault in faults if fault.wanted)
        otherwise = "correct the task's recipe or the request's parameters"
        raise InvalidInputError(
            f"the recipe's parameters are not accepted: {'; '.join(f.found for f in faults)}",
            wanted="; ".join(wanted) or "parameters that go together",
            next_step=next_steps(faults, otherwise),
            problems=[fault.found for fault in faults],
        ) from error
