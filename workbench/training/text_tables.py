"""Labelled texts as tables of numbers, whichever way a task turns them into such.

Torch takes seconds and half a gigabyte to import: only those who need an encoder wait for it.
"""

from collections.abc import Mapping
from pathlib import Path

from workbench.core.jobs import JobContext
from workbench.training.tabular import tabular_fingerprint
from workbench.training.tabular_rows import Table
from workbench.training.text_features import text_table
from workbench.training.text_parameters import TextParameters


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
    from workbench.training.text_embeddings import embedding_tables  # noqa: PLC0415

    return embedding_tables(context, parameters, paths)


def text_fingerprint(parameters: TextParameters) -> dict[str, str]:
    """Return the versions and the processor that decide a classifier's last bits."""
    if parameters.features == "ngrams":
        return tabular_fingerprint()
    from workbench.training.text_embeddings import embedding_fingerprint  # noqa: PLC0415

    return tabular_fingerprint() | embedding_fingerprint()
