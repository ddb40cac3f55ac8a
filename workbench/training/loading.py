"""Base models from folders that strangers may have made: safetensors only, finite only."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.architecture import check_can_split
from workbench.training.model_folder import check_folder
from workbench.training.packing import PACKED_ATTENTION

_CONTEXT_NAMES: Final = (
    *("max_position_embeddings", "n_positions", "max_seq_len", "max_sequence_length"),
    *("seq_length", "n_ctx"),
)
# Where a job's folder was says nothing to anybody.
_PATH: Final = re.compile(r"(?:/[^\s/:'\"]+){2,}")
_DAMAGE: Final = (SafetensorError, RuntimeError, OSError, ValueError, KeyError, TypeError)


def check_causal(config: PretrainedConfig) -> None:
    """Refuse an architecture that is not trained to predict the next token.

    Raises
    ------
    UnsupportedFormatError
        It names the architecture.
    """
    wanted = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
    named = config.architectures or [wanted]
    if wanted is None or wanted not in named or getattr(config, "is_encoder_decoder", False):
        found = ", ".join(str(name) for name in named if name) or config.model_type
        raise UnsupportedFormatError(
            f"the model's architecture is {found}, which is no causal language model",
            wanted="a model that predicts the next token, e.g. LlamaForCausalLM",
            next_step="choose a causal model: its config.json says …ForCausalLM or …LMHeadModel",
            architecture=found,
        )


@contextmanager
def sound(what: str) -> Iterator[None]:
    """Raise one error of ours whatever a reader of damaged files raises.

    Raises
    ------
    UnsupportedFormatError
        With the first line of what the reader said.
    """
    try:
        yield
    except (*_DAMAGE, ImportError) as error:
        if _memory_is_short(error):
            raise
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise UnsupportedFormatError(
            f"{what} cannot be read: {_PATH.sub('it', said[0])[:300]}",
            wanted="a whole, undamaged model that transformers knows",
            next_step="get the file again and compare its SHA-256 with the publisher's",
        ) from error


def _memory_is_short(error: Exception) -> bool:
    return "memory" in str(error) and isinstance(error, RuntimeError)


def read_config(folder: Path) -> PretrainedConfig:
    """Return the configuration of a folder of safetensors.

    Raises
    ------
    UnsupportedFormatError
        The folder is not of the kind that is loaded, or is damaged.
    """
    check_folder(folder)
    with sound("the model's configuration"):
        found: PretrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    return found


def check_whole(model: PreTrainedModel, missing: Collection[str]) -> None:
    """Refuse a model some of whose weights were in no file.

    Raises
    ------
    UnsupportedFormatError
        The facts name the tensors.
    """
    if missing:
        first = sorted(missing)
        raise UnsupportedFormatError(
            f"the weights lack {len(missing)} tensors of {type(model).__name__}, first {first[0]}",
            wanted="all the weights of the architecture in config.json",
            next_step="get the model again, all of its files",
            tensors=first[:20],
        )


def read_model(folder: Path, dtype: torch.dtype, *, packed: bool) -> PreTrainedModel:
    """Return a causal model, complete and finite, from a folder of safetensors.

    Parameters
    ----------
    folder : of anybody's making.
    dtype : of the weights.
    packed : whether it computes on packed rows, or on padded ones with its own attention.

    Raises
    ------
    UnsupportedFormatError
        The folder is not of the kind that is loaded, or is damaged.
    InvalidInputError
        A weight is NaN or infinite, which safetensors does not refuse.
    """
    config = read_config(folder)
    check_causal(config)
    if packed:
        check_can_split(config)
    attention = {"attn_implementation": PACKED_ATTENTION} if packed else {}
    return read_weights(AutoModelForCausalLM, folder, dtype, **attention)


def read_weights(kind: Any, folder: Path, dtype: torch.dtype, **options: Any) -> PreTrainedModel:
    """Return a model of a class of transformers from a checked folder: no pickle, no code.

    Raises
    ------
    UnsupportedFormatError, InvalidInputError
        The weights cannot be read, lack a tensor, or are not finite.
    """
    with sound("the model's weights"):
        model, found = kind.from_pretrained(
            folder,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )
    check_whole(model, found["missing_keys"])
    check_finite(model)
    loaded: PreTrainedModel = model
    return loaded


def longest_of(config: PretrainedConfig) -> int | None:
    """Return how many tokens a model sees; ``None`` where its configuration sets no limit."""
    text = config.get_text_config()
    found = [getattr(text, name, None) for name in _CONTEXT_NAMES]
    return next((n for n in found if isinstance(n, int) and n > 0), None)


def load_model(folder: Path, dtype: torch.dtype, *, packed: bool = True) -> PreTrainedModel:
    """Return a causal model, frozen, in evaluation mode.

    Parameters
    ----------
    folder : written by ``import-model``.
    dtype : of the weights.
    packed : whether it computes on packed rows, or on padded ones with its own attention.

    Raises
    ------
    UnsupportedFormatError
        The folder is not of the kind that is loaded.
    InvalidInputError
        A weight is NaN or infinite, which safetensors does not refuse.
    """
    model = read_model(folder, dtype, packed=packed)
    return model.eval().requires_grad_(requires_grad=False)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Return the tokenizer kept beside a base model."""
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    return tokenizer


def check_finite(model: torch.nn.Module) -> None:
    """Refuse weights that are NaN or infinite.

    Raises
    ------
    InvalidInputError
        The facts name the tensors.
    """
    bad = [name for name, weight in model.named_parameters() if not weight.isfinite().all()]
    if bad:
        raise InvalidInputError(
            f"{len(bad)} of the base model's tensors hold NaN or infinity, first {bad[0]}",
            wanted="finite weights",
            next_step="import the base model again from a sound file",
            tensors=bad[:20],
        )
