"""Text encoders from folders that strangers may have made: which are loaded, and how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    BertModel,
    DistilBertModel,
    PretrainedConfig,
    PreTrainedModel,
    RobertaModel,
    XLMRobertaModel,
)

from workbench.core.errors import UnsupportedFormatError
from workbench.training.loading import read_config, read_weights

ENCODERS: Final[Mapping[str, type[PreTrainedModel]]] = {
    "bert": BertModel,
    "distilbert": DistilBertModel,
    "roberta": RobertaModel,
    "xlm-roberta": XLMRobertaModel,
}
"""``model_type`` of a configuration → the class without a head; no other is loaded."""

_CAUSAL: Final = ("ForCausalLM", "LMHeadModel")


def encodes(config: PretrainedConfig) -> bool:
    """Return whether a configuration is of a text encoder that is loaded.

    The same architectures serve as decoders too, and then say so.
    """
    named = config.architectures or []
    is_decoder = getattr(config, "is_decoder", False) or any(a.endswith(_CAUSAL) for a in named)
    return config.model_type in ENCODERS and not is_decoder


def read_encoder(folder: Path) -> PreTrainedModel:
    """Return an encoder from a folder, without a head, frozen, in evaluation mode.

    Raises
    ------
    UnsupportedFormatError
        The folder is not of the kind that is loaded, its architecture is no encoder's, or
        weights are missing.
    InvalidInputError
        A weight is NaN or infinite.
    """
    config = read_config(folder)
    kind = config.model_type
    if not encodes(config):
        raise UnsupportedFormatError(
            f"the base model is of the type {kind!r:.40}, which is no text encoder",
            wanted=f"an encoder of one of {', '.join(ENCODERS)}",
            next_step="name an encoder such as MiniLM as the task's base, or no base at all",
        )
    # A pooler that nothing reads would carry LoRA that never learns.
    without: dict[str, Any] = {} if kind == "distilbert" else {"add_pooling_layer": False}
    model = read_weights(ENCODERS[kind], folder, torch.float32, **without)
    frozen: PreTrainedModel = model.eval().requires_grad_(requires_grad=False)
    return frozen


def context_length(config: PretrainedConfig) -> int:
    """Return how many tokens an encoder sees."""
    longest = int(config.max_position_embeddings)
    # RoBERTa's positions begin after the padding's.
    begins_late = config.model_type in {"roberta", "xlm-roberta"}
    return longest - config.pad_token_id - 1 if begins_late else longest
