"""Files that are there whole or not at all."""

import os
import threading
from pathlib import Path

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.core.folders import sync_folder


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


def put_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write a file in one step, over what was there: after a kill it is the old one or the new.

    Parameters
    ----------
    path : its folder is made if it is missing.
    mode : of the file, before a single byte is in it; what the umask forbids is left out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A kill leaves one such file at most; whoever has the same number later takes it over.
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.partial")
    partial.unlink(missing_ok=True)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def _unwritten(path: Path, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"{path} cannot be written: {error.strerror}",
        wanted="a new file in a folder that you may write",
        next_step="choose another folder, or free some space",
    )
