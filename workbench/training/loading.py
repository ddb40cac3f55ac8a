"""Base models from folders that strangers may have made: safetensors only, finite only."""

import json
from pathlib import Path
from typing import Final

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.packing import PACKED_ATTENTION

_PICKLES: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


def check_folder(folder: Path) -> None:
    """Refuse a model folder that could run code or holds no safetensors.

    Raises
    ------
    UnsupportedFormatError
        A file is a pickle or Python, the configuration names code, or weights are missing.
    """
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    unsafe = [name for name in files if Path(name).suffix in _PICKLES | {".py"}]
    if unsafe:
        raise UnsupportedFormatError(
            f"the model folder holds {', '.join(unsafe)}, which can run code when loaded",
            wanted="weights as safetensors only",
            next_step="convert the checkpoint to safetensors where you trust it",
            files=unsafe,
        )
    if "config.json" not in files or not any(name.endswith(".safetensors") for name in files):
        raise UnsupportedFormatError(
            "the model folder lacks config.json or weights",
            wanted="config.json, model.safetensors and a tokenizer",
            next_step="import the base model again",
        )
    if "auto_map" in json.loads((folder / "config.json").read_bytes()):
        raise UnsupportedFormatError(
            "the model's configuration asks for code of its own (auto_map)",
            wanted="an architecture that transformers knows",
            next_step="choose a base model of the Llama or GPT-2 family",
        )


def load_model(folder: Path, dtype: torch.dtype) -> PreTrainedModel:
    """Return a causal model that computes on packed rows, frozen, in evaluation mode.

    Raises
    ------
    UnsupportedFormatError
        The folder is not of the kind that is loaded.
    InvalidInputError
        A weight is NaN or infinite, which safetensors does not refuse.
    """
    check_folder(folder)
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        attn_implementation=PACKED_ATTENTION,
    )
    check_finite(model)
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
