"""Files that a person asks for: written whole, and never over another."""

import os
from pathlib import Path

from workbench.core.errors import ConflictError, InvalidInputError


def write_new(path: Path, text: str, *, mode: int = 0o644) -> Path:
    """Write a text into a new file, and return its path.

    Parameters
    ----------
    mode : of the file, before a single byte is in it.

    Raises
    ------
    ConflictError
        The file exists.
    InvalidInputError
        Nothing can be written there; no part of the file is left.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise ConflictError(
            f"{path} exists", wanted="a new file", next_step="choose another name"
        ) from None
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        path.unlink()
        raise _unwritten(path, error) from error
    return path


def _unwritten(path: Path, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"{path} cannot be written: {error.strerror}",
        wanted="a new file in a folder that you may write",
        next_step="choose another folder, or free some space",
    )
