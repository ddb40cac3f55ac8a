"""Tiny causal models of several families, made from their configurations: bytes for tokens."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    GPT2Config,
    GPTNeoXConfig,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    OPTConfig,
    Qwen2Config,
)

from workbench.training.base_model import placed, save_base
from workbench.training.tiny_gpt2 import byte_tokenizer

WIDTH: Final = 16
CONTEXT: Final = 64
_LLAMA_LIKE: Final[dict[str, Any]] = {
    "hidden_size": WIDTH, "intermediate_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": CONTEXT,
    "tie_word_embeddings": True,
}  # fmt: skip
FAMILIES: Final[dict[str, Callable[..., Any]]] = {
    "gpt2": lambda **k: GPT2Config(n_embd=WIDTH, n_layer=2, n_head=2, n_positions=CONTEXT, **k),
    "llama": lambda **k: LlamaConfig(**_LLAMA_LIKE, **k),
    "mistral": lambda **k: MistralConfig(**_LLAMA_LIKE, **k),
    "qwen2": lambda **k: Qwen2Config(**_LLAMA_LIKE, **k),
    "gpt_neox": lambda **k: GPTNeoXConfig(
        hidden_size=WIDTH, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=CONTEXT, **k,
    ),
    "opt": lambda **k: OPTConfig(
        hidden_size=WIDTH, ffn_dim=24, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=CONTEXT, word_embed_proj_dim=WIDTH, **k,
    ),
    "bloom": lambda **k: BloomConfig(hidden_size=WIDTH, n_layer=2, n_head=2, **k),
    "mamba": lambda **k: MambaConfig(hidden_size=WIDTH, num_hidden_layers=2, state_size=4, **k),
}  # fmt: skip


def tiny_model(models_dir: Path, family: str, seed: int = 0) -> str:
    """Make a tiny model under ``models_dir`` as an import leaves it, and return its digest."""
    digest = hashlib.sha256(f"{family} {seed}".encode()).hexdigest()
    if not (models_dir / digest).exists():
        tokenizer = byte_tokenizer()
        end = tokenizer.eos_token_id
        config = FAMILIES[family](
            vocab_size=len(tokenizer), bos_token_id=end, eos_token_id=end, pad_token_id=end
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = AutoModelForCausalLM.from_config(config)
        with placed(models_dir / digest) as partial:
            save_base(model, tokenizer, partial)
    return digest
