"""Which files of a model's folder travel: weights as safetensors, JSON, and a tokenizer."""

from typing import Final

VOCABULARIES: Final = frozenset(
    {
        "tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model",
        "sentencepiece.bpe.model",
    }
)  # fmt: skip
"""The files of which a tokenizer has at least one."""

NAMES: Final = VOCABULARIES | {
    "config.json", "generation_config.json", "model.safetensors.index.json",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt",
    "chat_template.jinja", "chat_template.json",
}  # fmt: skip
"""What travels beside the weights."""

README: Final = "README.md"
"""It says under which licence the model comes, and is not part of it."""

_WEIGHTS: Final = ".safetensors"
WANTED: Final = "config.json, *.safetensors with its index, and a tokenizer's files, no folders"
"""What is taken, in words."""


def travels(name: str) -> bool:
    """Return whether a file of this name belongs to a model and can run no code.

    Examples
    --------
    >>> travels("model-00001-of-00002.safetensors"), travels("pytorch_model.bin")
    (True, False)
    >>> travels("../model.safetensors")
    False
    """
    plain = name.isascii() and name.isprintable() and not set(name) & set('/\\:*?"<>|')
    is_weights = name.endswith(_WEIGHTS) and not name.startswith(".")
    return name in NAMES or (plain and is_weights and len(name) <= 200)


def is_weights(name: str) -> bool:
    """Return whether a file of this name holds weights."""
    return name.endswith(_WEIGHTS)
