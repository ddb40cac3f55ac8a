"""A GPT-2 small enough for tests: real code paths, bytes for tokens, random weights."""

import hashlib
import shutil
from pathlib import Path
from typing import Final

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel, PreTrainedTokenizerFast

from workbench.training.base_model import placed, save_base

_END: Final = "<|endoftext|>"


def tiny_gpt2(models_dir: Path, seed: int = 0, *, n_layers: int = 2, width: int = 64) -> str:
    """Make a tiny GPT-2 under ``models_dir`` and return its digest, the folder's name.

    Parameters
    ----------
    models_dir
        Where base models are kept.
    seed
        Of the weights; equal seeds give equal digests.
    n_layers, width
        The size: 2 blocks of width 64 are 134,000 parameters.

    Returns
    -------
    str
        SHA-256 of ``model.safetensors``.
    """
    tokenizer = byte_tokenizer()
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=128,
        n_embd=width,
        n_layer=n_layers,
        n_head=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GPT2LMHeadModel(config)
    return keep_tiny(models_dir, f"tiny-gpt2-{seed}-{n_layers}-{width}", model, tokenizer)


def keep_tiny(
    models_dir: Path, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast
) -> str:
    """Write a model under its digest, the SHA-256 of its weights, and return that."""
    models_dir.mkdir(parents=True, exist_ok=True)
    made = models_dir / name
    with placed(made) as partial:
        save_base(model, tokenizer, partial)
    digest = hashlib.sha256((made / "model.safetensors").read_bytes()).hexdigest()
    if (models_dir / digest).exists():
        shutil.rmtree(made)
    else:
        made.rename(models_dir / digest)
    return digest


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer whose tokens are bytes, with one that ends a text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate([*alphabet, _END])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=_END, eos_token=_END, pad_token=_END
    )
