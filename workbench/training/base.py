"""The base model of a job, warm in the worker."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.architecture import Architecture, split
from workbench.training.fingerprint import choose_dtype, prepare_torch
from workbench.training.inputs import required_input
from workbench.training.loading import load_model, load_tokenizer
from workbench.training.lora import AdapterShape, add_lora
from workbench.training.parameters import CausalLmParameters
from workbench.training.warm import Warm

BASE_INPUT: Final = "base"
_MODEL_REFERENCE: Final = "model:"


@dataclass(frozen=True)
class BaseModel:
    """A frozen base model with LoRA in its last blocks, which alone ever changes.

    Attributes
    ----------
    digest : names the folder it was loaded from.
    dtype : of its frozen weights.
    model : the whole model.
    parts : the same model, cut.
    tokenizer : its own.
    """

    digest: str
    dtype: torch.dtype
    model: PeftModel
    parts: Architecture
    tokenizer: PreTrainedTokenizerBase


_WARM: Final[Warm[tuple[str, torch.dtype, AdapterShape], BaseModel]] = Warm(size=1)


def base_digest(context: JobContext) -> str:
    """Return the digest by which the job names its base model."""
    reference = context.spec.inputs.get(BASE_INPUT, "")
    if not reference.startswith(_MODEL_REFERENCE):
        raise InvalidInputError(
            f"the job's base model is {reference!r}",
            wanted=f"an input {BASE_INPUT} that is {_MODEL_REFERENCE}<digest>",
            next_step="import a base model and name it in the task",
        )
    return reference.removeprefix(_MODEL_REFERENCE)


def load_base(context: JobContext, parameters: CausalLmParameters) -> BaseModel:
    """Return the job's base model, loaded if this worker does not hold it yet.

    Raises
    ------
    InvalidInputError
        It has fewer blocks, or sees fewer tokens, than the parameters want.
    """
    prepare_torch()
    digest = base_digest(context)
    dtype = choose_dtype(parameters.dtype)
    shape = AdapterShape(parameters.rank, parameters.last_blocks)
    folder = required_input(context.inputs, BASE_INPUT)
    base = _WARM.get((digest, dtype, shape), lambda: _load(folder, digest, dtype, shape))
    longest = base.model.config.max_position_embeddings
    if parameters.max_tokens > longest:
        raise InvalidInputError(
            f"max_tokens is {parameters.max_tokens}, and the base model sees {longest} tokens",
            wanted=f"max_tokens of 2 to {longest}",
        )
    return base


def _load(folder: Path, digest: str, dtype: torch.dtype, shape: AdapterShape) -> BaseModel:
    model = load_model(folder, dtype)
    parts = split(model)
    return BaseModel(digest, dtype, add_lora(model, shape), parts, load_tokenizer(folder))
