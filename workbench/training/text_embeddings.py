"""Labelled texts as vectors of a frozen encoder, computed once and kept by content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from peft import PeftModel

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.base import base_digest
from workbench.training.encoder import Encoder, load_encoder
from workbench.training.fingerprint import fingerprint, numerics
from workbench.training.table_cache import kept_table
from workbench.training.tabular_rows import Table
from workbench.training.text_features import read_texts
from workbench.training.text_parameters import TextParameters

# Raised when the same texts would get other numbers.
_LAYOUT: Final = 1


def embedding_tables(
    context: JobContext, parameters: TextParameters, paths: Mapping[str, Path]
) -> dict[str, Table]:
    """Return each input's embeddings and labels; see ``text_tables.text_tables``."""
    encoder = encoder_of(context, parameters)
    return {
        name: _embedded(context, encoder, parameters, path, name) for name, path in paths.items()
    }


def encoder_of(context: JobContext, parameters: TextParameters) -> Encoder:
    """Return the job's encoder, with LoRA where it is tuned."""
    rank = parameters.rank if parameters.features == "encoder" else 0
    return load_encoder(context, parameters.max_tokens, rank)


def embedding_fingerprint() -> dict[str, str]:
    """Return what decides the last bits of an encoder on this machine."""
    return fingerprint(torch.float32)


def described(context: JobContext, parameters: TextParameters) -> dict[str, Any]:
    """Return how a model of embeddings turns texts into numbers, for its header."""
    return {
        "features": parameters.features,
        "max_tokens": parameters.max_tokens,
        "base": base_digest(context),
    }


def check_base(context: JobContext, texts: Mapping[str, Any]) -> None:
    """Refuse a model of another base than the job's.

    Raises
    ------
    InvalidInputError
        With both digests.
    """
    digest, wanted = str(texts.get("base", "")), base_digest(context)
    if digest != wanted:
        raise InvalidInputError(
            f"the model was trained on the base model {digest[:12]}…",
            wanted=f"a model on this task's base, {wanted[:12]}…",
            next_step="compare models of one task",
        )


def _embedded(
    context: JobContext, encoder: Encoder, parameters: TextParameters, path: Path, name: str
) -> Table:
    decides = {
        "layout": _LAYOUT,
        "base": encoder.digest,
        "rows": sha256_hex(path.read_bytes()),
        "classes": parameters.classes,
        "max_tokens": parameters.max_tokens,
        "numerics": numerics(torch.float32),
    }

    def make() -> Table:
        texts, labels = read_texts(path, name, parameters)
        tokens = encoder.tokens(texts, parameters.max_tokens)
        context.check_cancelled()
        if isinstance(encoder.model, PeftModel):
            with encoder.model.disable_adapter():
                return Table(encoder.embed(tokens), labels)
        return Table(encoder.embed(tokens), labels)

    return kept_table(context.cache / "embeddings", decides, make)
