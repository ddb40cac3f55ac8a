"""Text encoders: a base model that turns a text into one vector, frozen or with LoRA."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.base import BASE_INPUT, base_digest
from workbench.training.encoder_model import context_length, read_encoder
from workbench.training.fingerprint import prepare_torch
from workbench.training.inputs import required_input
from workbench.training.loading import load_tokenizer
from workbench.training.warm import Warm

# Rows whose hidden states are computed at once.
_AT_ONCE: Final = 32
# A constant scale lets the learning rate mean the same at every rank.
_SCALE: Final = 2


@dataclass(frozen=True)
class Encoder:
    """An encoder, warm in the worker; only its LoRA ever changes.

    Attributes
    ----------
    digest : names the folder it was loaded from.
    model : the whole model, wrapped in LoRA where a rank was asked for.
    tokenizer : its own.
    width : numbers of a vector.
    """

    digest: str
    model: PreTrainedModel | PeftModel
    tokenizer: PreTrainedTokenizerBase
    width: int

    @property
    def lora(self) -> PeftModel:
        """The model as peft sees it.

        Raises
        ------
        InvalidInputError
            It was loaded without LoRA.
        """
        if not isinstance(self.model, PeftModel):
            raise InvalidInputError("the encoder has no LoRA", wanted="a rank of at least 1")
        return self.model

    def tokens(self, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
        """Return each text's tokens, the special ones included, at most ``max_tokens``."""
        found = self.tokenizer(list(texts), truncation=True, max_length=max_tokens)
        return [list(map(int, ids)) for ids in found["input_ids"]]

    def pooled(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Return the mean of each row's last hidden states, of length 1; (n_rows, width).

        References
        ----------
        Reimers and Gurevych 2019, "Sentence-BERT", section 3.
        """
        longest = max(map(len, rows))
        ids = torch.zeros((len(rows), longest), dtype=torch.int64)
        mask = torch.zeros((len(rows), longest), dtype=torch.int64)
        for place, row in enumerate(rows):
            ids[place, : len(row)] = torch.tensor(row)
            mask[place, : len(row)] = 1
        hidden = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        total = (hidden * mask[:, :, None]).sum(dim=1)
        return nn.functional.normalize(total / mask.sum(dim=1, keepdim=True), dim=1)

    def embed(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """Return each row's vector, shape (n_rows, width); rows of one length at a time.

        Nothing is padded, so that no row's numbers depend on how long the others are.
        """
        found = np.empty((len(rows), self.width))
        by_length: dict[int, list[int]] = {}
        for place, row in enumerate(rows):
            by_length.setdefault(len(row), []).append(place)
        with torch.inference_mode():
            for length in sorted(by_length):
                places = by_length[length]
                for first in range(0, len(places), _AT_ONCE):
                    chosen = places[first : first + _AT_ONCE]
                    found[chosen] = self.pooled([rows[place] for place in chosen]).numpy()
        return found


_WARM: Final[Warm[tuple[str, int], Encoder]] = Warm(size=1)


def load_encoder(context: JobContext, max_tokens: int, rank: int = 0) -> Encoder:
    """Return the job's encoder, loaded if this worker does not hold it yet.

    Parameters
    ----------
    context
        Names the base model.
    max_tokens
        Of a text.
    rank
        Of LoRA in all its blocks; none unless given.

    Raises
    ------
    UnsupportedFormatError
        The base model is no encoder, or its folder is not of the kind that is loaded.
    InvalidInputError
        It sees fewer tokens than that, or holds NaN or infinity.
    """
    prepare_torch()
    digest = base_digest(context)
    folder = required_input(context.inputs, BASE_INPUT)
    encoder = _WARM.get((digest, rank), lambda: _load(folder, digest, rank))
    longest = context_length(encoder.model.config)
    if max_tokens > longest:
        raise InvalidInputError(
            f"max_tokens is {max_tokens}, and the base model sees {longest} tokens",
            wanted=f"max_tokens of 2 to {longest}",
        )
    return encoder


def _load(folder: Path, digest: str, rank: int) -> Encoder:
    model = read_encoder(folder)
    wrapped = _with_lora(model, rank) if rank else model
    return Encoder(digest, wrapped, load_tokenizer(folder), model.config.hidden_size)


def _with_lora(model: PreTrainedModel, rank: int) -> PeftModel:
    """Wrap the linear layers of all blocks in LoRA that changes nothing yet."""
    [(name, blocks)] = [
        (name, part) for name, part in model.named_modules() if isinstance(part, nn.ModuleList)
    ]
    linear = {
        layer.rpartition(".")[2]
        for layer, part in blocks.named_modules()
        if isinstance(part, nn.Linear)
    }
    config = LoraConfig(
        task_type="FEATURE_EXTRACTION",
        r=rank,
        lora_alpha=_SCALE * rank,
        lora_dropout=0.0,
        target_modules=sorted(linear),
        layers_to_transform=list(range(len(blocks))),
        layers_pattern=name.rpartition(".")[2],
    )
    with warnings.catch_warnings():
        # peft 0.21 asks transformers 5.23 by a name that 6 will drop.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        return get_peft_model(model, config).eval()
