"""A BERT small enough for tests: real code paths, letters for tokens, random weights."""

from pathlib import Path
from string import ascii_lowercase
from typing import Final

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from workbench.training.tiny_gpt2 import keep_tiny

_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONTEXT: Final = 64
"""Tokens that it sees."""


def tiny_bert(models_dir: Path, seed: int = 0, *, n_layers: int = 2, width: int = 32) -> str:
    """Make a tiny BERT under ``models_dir`` and return its digest, the folder's name.

    Parameters
    ----------
    models_dir
        Where base models are kept.
    seed
        Of the weights; equal seeds give equal digests.
    n_layers, width
        The size: 2 blocks of width 32 are 20,000 parameters.

    Returns
    -------
    str
        SHA-256 of ``model.safetensors``.
    """
    tokenizer = letter_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        num_hidden_layers=n_layers,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=CONTEXT,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config, add_pooling_layer=False)
    name = f"tiny-bert-{seed}-{n_layers}-{width}"
    return keep_tiny(models_dir, name, model, tokenizer)


def letter_tokenizer() -> PreTrainedTokenizerFast:
    """Return a WordPiece tokenizer whose pieces are the letters from a to z."""
    pieces = [*_SPECIAL, *ascii_lowercase, *(f"##{letter}" for letter in ascii_lowercase)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=_SPECIAL[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    roles = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=CONTEXT,
        **dict(zip(roles, _SPECIAL, strict=True)),
    )
