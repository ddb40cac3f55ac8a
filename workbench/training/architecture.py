"""Where a causal model is cut: embedding, blocks, final norm, head."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from transformers import GPT2LMHeadModel, LlamaForCausalLM, PretrainedConfig

from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.packing import Packing

_FAMILIES: Final = frozenset({"gpt2", "llama"})


@dataclass(frozen=True)
class Architecture:
    """The parts of one causal model, which go on belonging to it.

    Attributes
    ----------
    embed : (token ids, positions), both (1, n_tokens), to hidden states (1, n_tokens, d).
    position_arguments : what each block needs to know of positions, beside hidden states.
    blocks : from the first to the last.
    norm, head : what follows them; the head's weight is (n_vocabulary, d).
    block_list : the name of the list of blocks, as LoRA's configuration wants it.
    lora_targets : names of a block's linear layers.
    fan_in_fan_out : whether these keep their weight transposed (GPT-2's Conv1D).
    """

    embed: Callable[[Tensor, Tensor], Tensor]
    position_arguments: Callable[[Tensor, Tensor], dict[str, Any]]
    blocks: nn.ModuleList
    norm: nn.Module
    head: nn.Linear
    block_list: str
    lora_targets: tuple[str, ...]
    fan_in_fan_out: bool

    def below(self, last_blocks: int) -> Sequence[nn.Module]:
        """Return the frozen blocks below the last ones.

        Raises
        ------
        InvalidInputError
            The model has fewer blocks than that.
        """
        if last_blocks > len(self.blocks):
            raise InvalidInputError(
                f"last_blocks is {last_blocks}, and the model has {len(self.blocks)} blocks",
                wanted=f"last_blocks of 1 to {len(self.blocks)}",
            )
        return list(self.blocks)[: len(self.blocks) - last_blocks]

    def last(self, last_blocks: int) -> Sequence[nn.Module]:
        """Return the last blocks, which carry LoRA."""
        return list(self.blocks)[len(self.below(last_blocks)) :]

    def run(self, blocks: Sequence[nn.Module], hidden: Tensor, packing: Packing) -> Tensor:
        """Send packed hidden states (1, n_tokens, d) through some of the blocks."""
        arguments = self.position_arguments(hidden, packing.positions)
        for block in blocks:
            hidden = block(hidden, packing=packing, **arguments)
        return hidden


def can_split(config: PretrainedConfig) -> bool:
    """Return whether ``split`` knows models of this configuration."""
    return config.model_type in _FAMILIES


def check_can_split(config: PretrainedConfig) -> None:
    """Refuse a configuration of whose models ``split`` knows nothing.

    Raises
    ------
    UnsupportedFormatError
        It says which way of training has no need of it.
    """
    if not can_split(config):
        raise _no_cut(", ".join(config.architectures or [config.model_type]))


def split(model: nn.Module) -> Architecture:
    """Return the parts of a causal model of transformers.

    Raises
    ------
    UnsupportedFormatError
        The model is of no known architecture.
    """
    if isinstance(model, LlamaForCausalLM):
        return _split_llama(model)
    if isinstance(model, GPT2LMHeadModel):
        return _split_gpt2(model)
    raise _no_cut(type(model).__name__)


def _no_cut(name: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(
        f"the model's architecture is {name}, which cannot be cut into last blocks and a prefix",
        wanted="LlamaForCausalLM or GPT2LMHeadModel for lora: last-blocks",
        next_step="use lora: everywhere in the task's recipe, which trains any causal model",
        architecture=name,
    )


def _split_llama(model: LlamaForCausalLM) -> Architecture:
    inner = model.model

    def embed(tokens: Tensor, _positions: Tensor) -> Tensor:
        hidden: Tensor = inner.embed_tokens(tokens)
        return hidden

    def position_arguments(hidden: Tensor, positions: Tensor) -> dict[str, Any]:
        return {"position_embeddings": inner.rotary_emb(hidden, positions)}

    return Architecture(
        embed=embed,
        position_arguments=position_arguments,
        blocks=inner.layers,
        norm=inner.norm,
        head=model.lm_head,
        block_list="layers",
        lora_targets=(
            *("q_proj", "k_proj", "v_proj", "o_proj"),
            *("gate_proj", "up_proj", "down_proj"),
        ),
        fan_in_fan_out=False,
    )


def _split_gpt2(model: GPT2LMHeadModel) -> Architecture:
    inner = model.transformer

    def embed(tokens: Tensor, positions: Tensor) -> Tensor:
        return torch.add(inner.wte(tokens), inner.wpe(positions))

    def position_arguments(_hidden: Tensor, _positions: Tensor) -> dict[str, Any]:
        return {}

    return Architecture(
        embed=embed,
        position_arguments=position_arguments,
        blocks=inner.h,
        norm=inner.ln_f,
        head=model.lm_head,
        block_list="h",
        lora_targets=("c_attn", "c_proj", "c_fc"),
        fan_in_fan_out=True,
    )
