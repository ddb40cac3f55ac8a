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
from workbench.training.fingerprint import (
    choose_device,
    choose_dtype,
    fingerprint,
    prepare_torch,
)
from workbench.training.inputs import required_input
from workbench.training.loading import load_model, load_tokenizer, longest_of
from workbench.training.lora import AdapterShape, add_lora
from workbench.training.parameters import CausalLmParameters
from workbench.training.warm import Warm

BASE_INPUT: Final = "base"
_MODEL_REFERENCE: Final = "model:"


@dataclass(frozen=True)
class BaseModel:
    """A frozen base model with LoRA, which alone ever changes.

    Attributes
    ----------
    digest : names the folder it was loaded from.
    dtype : of its frozen weights.
    model : the whole model.
    cut : the same model, cut; ``None`` where LoRA is everywhere and nothing is cut.
    tokenizer : its own.
    """

    digest: str
    dtype: torch.dtype
    model: PeftModel
    cut: Architecture | None
    tokenizer: PreTrainedTokenizerBase

    @property
    def parts(self) -> Architecture:
        """The parts of the model.

        Raises
        ------
        InvalidInputError
            LoRA is everywhere: there is no frozen part.
        """
        if self.cut is None:
            raise InvalidInputError(
                "with lora everywhere the base model has no frozen blocks below LoRA",
                wanted="lora: last-blocks",
                next_step="train, compare, generate and value work with lora: everywhere",
            )
        return self.cut

    @property
    def longest(self) -> int | None:
        """How many tokens the model sees; ``None`` where it sets no limit."""
        return longest_of(self.model.config)

    @property
    def n_vocabulary(self) -> int:
        """How many tokens the model's head tells apart."""
        return int(self.model.get_output_embeddings().weight.shape[0])

    def fingerprint(self) -> dict[str, str]:
        """Return what decides the bits of its training's outcome, beside the job."""
        return fingerprint(self.dtype, self.model.device)


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
    shape = AdapterShape.wanted(parameters)
    # Cached hidden states are the CPU's: of few blocks, little is left for a GPU to do.
    device = choose_device() if shape.last_blocks is None else torch.device("cpu")
    dtype = choose_dtype(parameters.dtype, device)
    folder = required_input(context.inputs, BASE_INPUT)
    base = _WARM.get((digest, dtype, shape), lambda: _load(folder, digest, dtype, shape, device))
    longest = base.longest
    if longest is not None and parameters.max_tokens > longest:
        raise InvalidInputError(
            f"max_tokens is {parameters.max_tokens}, and the base model sees {longest} tokens",
            wanted=f"max_tokens of 2 to {longest}",
            next_step="lower max_tokens in the task's recipe, or choose another base model",
        )
    return base


def _load(
    folder: Path, digest: str, dtype: torch.dtype, shape: AdapterShape, device: torch.device
) -> BaseModel:
    packed = shape.last_blocks is not None
    model = load_model(folder, dtype, packed=packed).to(device)
    cut = split(model) if packed else None
    return BaseModel(digest, dtype, add_lora(model, shape), cut, load_tokenizer(folder))
