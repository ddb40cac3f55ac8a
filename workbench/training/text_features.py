"""Texts as numbers: hashed character n-grams, computed once a row and kept by content."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.training.inputs import bad_row, read_objects
from workbench.training.ngram_parameters import NgramParameters
from workbench.training.table_cache import kept_table
from workbench.training.tabular_rows import Table

# Raised when the same texts would get other numbers.
_LAYOUT: Final = 1


def hashed_ngrams(texts: Sequence[str], parameters: NgramParameters) -> NDArray[np.float64]:
    """Return each text's n-gram counts, hashed with signs, of length 1; (n_texts, n_features).

    A text's numbers depend on nothing but the text. Signs make collisions cancel on average,
    which makes of the buckets a random projection of the counts (Weinberger et al. 2009,
    https://arxiv.org/abs/0902.2206).
    """
    hashed = HashingVectorizer(
        analyzer="char_wb", ngram_range=parameters.ngrams, n_features=parameters.n_features
    )
    return np.asarray(hashed.transform(texts).toarray(), dtype=np.float64)


def read_texts(
    path: Path, label: str, parameters: NgramParameters
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts of a canonical rows blob and their places in the task's classes.

    Raises
    ------
    InvalidInputError
        There are no rows, or one has no text or a label outside the task's classes.
    """
    known = {name: place for place, name in enumerate(parameters.classes)}
    texts, labels = [], []
    for number, row in enumerate(read_objects(path, label), 1):
        if not isinstance(row.get("text"), str):
            raise bad_row(label, number, "without a text")
        if row.get("label") not in known:
            raise bad_row(label, number, f"labelled {row.get('label')!r}, no class of the task")
        texts.append(row["text"])
        labels.append(known[row["label"]])
    if not labels:
        raise InvalidInputError(
            f"{label} has no rows",
            wanted="at least one row",
            next_step="look at the file: it is empty",
            input=label,
        )
    return texts, np.asarray(labels, dtype=np.int64)


def text_table(path: Path, label: str, parameters: NgramParameters, cache: Path) -> Table:
    """Return the features and labels of a canonical rows blob; kept in the cache, or taken.

    Raises
    ------
    InvalidInputError
        As ``read_texts``.
    DiskFullError
        The cache cannot be written.
    """
    decides = {
        "layout": _LAYOUT,
        "rows": sha256_hex(path.read_bytes()),
        "parameters": parameters.model_dump(mode="json", include=set(NgramParameters.model_fields)),
        "scikit-learn": version("scikit-learn"),
    }

    def make() -> Table:
        texts, labels = read_texts(path, label, parameters)
        return Table(hashed_ngrams(texts, parameters), labels)

    return kept_table(cache / "ngrams", decides, make)
