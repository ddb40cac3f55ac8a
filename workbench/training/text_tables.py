"""Labelled texts as tables of numbers, whichever way a task turns them into such."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from peft import PeftModel

from workbench.core.canonical import sha256_hex
from workbench.core.jobs import JobContext
from workbench.training.encoder import Encoder, load_encoder
from workbench.training.fingerprint import fingerprint, numerics
from workbench.training.table_cache import kept_table
from workbench.training.tabular import tabular_fingerprint
from workbench.training.tabular_rows import Table
from workbench.training.text_features import NgramParameters, read_texts, text_table
from workbench.training.text_parameters import TextParameters

# Raised when the same texts would get other numbers.
_LAYOUT: Final = 1


def text_tables(
    context: JobContext, parameters: TextParameters, paths: Mapping[str, Path]
) -> dict[str, Table]:
    """Return each input's features and labels: n-grams, or embeddings of the frozen encoder.

    They are computed once and kept in the job's cache by content.

    Raises
    ------
    InvalidInputError
        A row has no text or a label outside the task's classes, or there are no rows.
    UnsupportedFormatError
        The task's base is no encoder.
    DiskFullError
        The cache cannot be written.
    """
    if parameters.features == "ngrams":
        return {
            name: text_table(path, name, parameters, context.cache) for name, path in paths.items()
        }
    encoder = encoder_of(context, parameters)
    return {
        name: _embedded(context, encoder, parameters, path, name) for name, path in paths.items()
    }


def encoder_of(context: JobContext, parameters: TextParameters) -> Encoder:
    """Return the job's encoder, with LoRA where it is tuned."""
    rank = parameters.rank if parameters.features == "encoder" else 0
    return load_encoder(context, parameters.max_tokens, rank)


def text_fingerprint(parameters: TextParameters) -> dict[str, str]:
    """Return the versions and the processor that decide a classifier's last bits."""
    if parameters.features == "ngrams":
        return tabular_fingerprint()
    return tabular_fingerprint() | fingerprint(torch.float32)


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


def read_tokens(
    encoder: Encoder, parameters: TextParameters, path: Path, name: str
) -> list[list[int]]:
    """Return the tokens of each row of an input.

    Raises
    ------
    InvalidInputError
        As ``text_features.read_texts``.
    """
    texts, _ = read_texts(path, name, NgramParameters(classes=parameters.classes))
    return encoder.tokens(texts, parameters.max_tokens)
