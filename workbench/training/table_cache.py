"""Features that are computed once and kept by what decides them."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from workbench.core.canonical import content_id
from workbench.core.errors import DiskFullError
from workbench.training.tabular_rows import Table


def kept_table(folder: Path, decides: Mapping[str, Any], make: Callable[[], Table]) -> Table:
    """Return the table that was kept, else make and keep it.

    A file damaged by a power cut is as good as none.

    Parameters
    ----------
    folder
        Of one kind of features, in the job's cache.
    decides
        All that decides the numbers, as JSON; the table's name is its content id.
    make
        Computes the table.

    Raises
    ------
    DiskFullError
        The cache cannot be written.
    """
    key = content_id(dict(decides))
    kept = folder / key[:2] / f"{key[2:]}.safetensors"
    try:
        found = load_file(kept)
        return Table(found["features"], found["labels"])
    except (FileNotFoundError, SafetensorError):
        table = make()
        _write(kept, table)
        return table


def _write(path: Path, table: Table) -> None:
    """Write a file; whoever reads sees all of it or none."""
    arrays = {"features": table.features, "labels": table.labels}
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    os.close(handle)
    try:
        save_file(arrays, partial)
        Path(partial).replace(path)
    except SafetensorError as error:
        # Nothing but writing can fail here, and a cache fails to write when the disk is full.
        raise DiskFullError(
            f"the cache of text features cannot be written: {error}",
            wanted=f"{sum(array.nbytes for array in arrays.values()):,} bytes",
            next_step="free some space; the cache folder is safe to delete",
        ) from error
    finally:
        Path(partial).unlink(missing_ok=True)
