"""LoRA in the last blocks or everywhere, in peft's format."""

import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from peft.utils import set_peft_model_state_dict
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.architecture import split
from workbench.training.parameters import CausalLmParameters

ADAPTER_FILE: Final = "adapter_model.safetensors"
CONFIG_FILE: Final = "adapter_config.json"
_HEADER: Final = "workbench"
# A constant scale lets the learning rate mean the same at every rank.
_SCALE: Final = 2
# Mamba's fused kernels read these weights directly, past LoRA; peft refuses them.
_MAMBAS: Final = frozenset({"falcon_h1", "falcon_mamba", "mamba", "mamba2", "nemotron_h"})
_UNSAFE: Final = ("conv1d", "out_proj")

P = TypeVar("P", bound=CausalLmParameters)


@dataclass(frozen=True)
class AdapterShape:
    """What an adapter must share with the model it is loaded into.

    Attributes
    ----------
    rank : of its matrices.
    last_blocks : how many blocks carry it; ``None`` where all linear layers do.
    """

    rank: int
    last_blocks: int | None

    @classmethod
    def wanted(cls, parameters: CausalLmParameters) -> "AdapterShape":
        """Return the shape that parameters ask for."""
        everywhere = parameters.lora == "everywhere"
        return cls(parameters.rank, None if everywhere else parameters.last_blocks)

    @classmethod
    def of(cls, model: PeftModel) -> "AdapterShape":
        """Return the shape of a model's LoRA."""
        config = model.peft_config["default"]
        blocks = config.layers_to_transform
        return cls(config.r, None if blocks is None else len(blocks))

    def in_parameters(self, parameters: P) -> P:
        """Return parameters that ask for this shape, and otherwise for the same."""
        if self.last_blocks is None:
            where: dict[str, Any] = {"lora": "everywhere"}
        else:
            where = {"lora": "last-blocks", "last_blocks": self.last_blocks}
        return parameters.model_copy(update={"rank": self.rank} | where)


def add_lora(model: PreTrainedModel, shape: AdapterShape) -> PeftModel:
    """Wrap linear layers, of the last blocks or all but the head, in LoRA that changes nothing.

    References
    ----------
    Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", equation 3.
    """
    where = _everywhere(model) if shape.last_blocks is None else _last(model, shape.last_blocks)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=shape.rank,
        lora_alpha=_SCALE * shape.rank,
        lora_dropout=0.0,
        **where,
    )
    with warnings.catch_warnings():
        # peft 0.21 asks transformers 5.23 by a name that 6 will drop.
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        wrapped = get_peft_model(model, config)
    return wrapped.eval()


def _last(model: PreTrainedModel, last_blocks: int) -> dict[str, Any]:
    parts = split(model)
    n_below = len(parts.below(last_blocks))
    return {
        "target_modules": list(parts.lora_targets),
        "layers_to_transform": list(range(n_below, len(parts.blocks))),
        "layers_pattern": parts.block_list,
        "fan_in_fan_out": parts.fan_in_fan_out,
    }


def _everywhere(model: PreTrainedModel) -> dict[str, Any]:
    transposed = any(isinstance(module, Conv1D) for module in model.modules())
    excluded = list(_UNSAFE) if model.config.model_type in _MAMBAS else None
    return {
        "target_modules": "all-linear",
        "exclude_modules": excluded,
        "fan_in_fan_out": transposed,
    }


def lora_weights(model: PeftModel) -> dict[str, torch.nn.Parameter]:
    """Return LoRA's matrices, the only weights that learn, by name in a fixed order."""
    return {name: w for name, w in sorted(model.named_parameters()) if w.requires_grad}


def reset_lora(model: PeftModel, seed: int) -> None:
    """Start LoRA anew: A uniform as peft draws it, from this seed alone; B zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in lora_weights(model).items():
            if ".lora_A." in name:
                bound = weight.shape[1] ** -0.5
                # Drawn on the CPU, so that a GPU starts where a CPU does.
                drawn = torch.empty(weight.shape).uniform_(-bound, bound, generator=generator)
                weight.copy_(drawn)
            else:
                weight.zero_()


def save_lora(model: PeftModel, folder: Path, base_digest: str) -> Path:
    """Write the adapter as ``PeftModel.from_pretrained`` reads it, and return its weights' path.

    Equal adapters give equal bytes, and no path of this machine is written. The weights'
    header carries shape and base as well, so that the one file is enough to compare.
    """
    state = {name: weight.contiguous().cpu() for name, weight in _state(model).items()}
    config = model.peft_config["default"]
    shape = AdapterShape.of(model)
    blocks = shape.last_blocks
    header: dict[str, Any] = {"base": base_digest, "rank": shape.rank}
    header |= {"lora": "everywhere"} if blocks is None else {"last_blocks": blocks}
    # One entry only: safetensors writes several in an order that changes by process.
    save_file(state, folder / ADAPTER_FILE, {_HEADER: canonical_bytes(header).decode()})
    described = _plain(config.to_dict()) | {
        "base_model_name_or_path": f"model:{base_digest}",
        "inference_mode": True,
    }
    (folder / CONFIG_FILE).write_bytes(canonical_bytes(described))
    return folder / ADAPTER_FILE


def read_shape(path: Path, base_digest: str) -> AdapterShape:
    """Return the shape of an adapter written by ``save_lora`` for this base.

    Raises
    ------
    UnsupportedFormatError
        The file is no such adapter.
    InvalidInputError
        It was tuned from another base model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
    except SafetensorError as error:
        raise UnsupportedFormatError(
            f"the adapter is no safetensors file: {error}", wanted="an adapter of a run"
        ) from error
    everywhere = header.get("lora") == "everywhere"
    if not {"base", "rank"} <= header.keys() or not (everywhere or "last_blocks" in header):
        raise UnsupportedFormatError(
            "the adapter's header does not say what it was made for",
            wanted="an adapter that the recipe causal-lm wrote",
            next_step="train the model with this workbench",
        )
    if header["base"] != base_digest:
        raise InvalidInputError(
            f"the adapter was tuned from base model {header['base'][:12]}…",
            wanted=f"an adapter of this task's base, {base_digest[:12]}…",
            next_step="compare models of one task",
        )
    return AdapterShape(header["rank"], None if everywhere else header["last_blocks"])


def load_lora(model: PeftModel, path: Path) -> None:
    """Put an adapter's weights into a model with LoRA of its shape.

    Raises
    ------
    InvalidInputError
        A tensor is missing, unknown or not finite.
    """
    state = load_file(path)
    bad = [name for name, weight in state.items() if not weight.isfinite().all()]
    if bad or state.keys() != _state(model).keys():
        raise InvalidInputError(
            "the adapter's tensors are not finite ones for these layers of this base",
            wanted="an adapter that the recipe causal-lm wrote",
            tensors=bad[:20],
        )
    set_peft_model_state_dict(model, state)


def _state(model: PeftModel) -> dict[str, Tensor]:
    # "auto" would look the base model up on the hub.
    state: dict[str, Tensor] = get_peft_model_state_dict(model, save_embedding_layers=False)
    return state


def _plain(value: Any) -> Any:
    """Return a configuration as JSON; sets sorted, for their order changes by process."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return json.loads(json.dumps(value))
