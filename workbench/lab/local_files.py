"""Files that lie where the Jupyter server's file browser shows them, and nowhere else."""

import os
from pathlib import Path
from typing import Any

from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError

_MOST_CHARACTERS = 4_096


def local_file(root: Path, path: str) -> Path:
    """Return where a file lies that a page names as the file browser does.

    Parameters
    ----------
    root : the folder that Jupyter serves.
    path : relative to it, with slashes.

    Raises
    ------
    ForbiddenError
        It leads out of the folder, by its parts or by a symbolic link, or is hidden.
    NotFoundError
        There is no such file.
    """
    parts = [part for part in path.split("/") if part]
    if not parts or len(path) > _MOST_CHARACTERS or "\0" in path:
        raise InvalidInputError(
            f"{path[:80]!r} is no path of a file",
            wanted="folder/file, as the file browser shows it",
        )
    if any(part.startswith(".") for part in parts):
        raise ForbiddenError(
            f"{path[:80]!r} is hidden or leads upwards",
            wanted="a file that the file browser shows",
            next_step="copy it to where the file browser shows it",
        )
    base = root.resolve()
    found = Path(os.path.realpath(base.joinpath(*parts)))
    if not found.is_relative_to(base):
        raise ForbiddenError(
            f"{path[:80]!r} is a link that leads out of the folder of this Jupyter server",
            wanted="a file inside of it",
            next_step="copy the file there",
        )
    if not found.is_file():
        raise NotFoundError(
            f"there is no file {path[:80]!r} here",
            wanted="a file below the folder that the file browser shows",
            next_step="look for it in the file browser: right-click, Copy Path",
        )
    return found


def check_unchanged(path: Path, before: os.stat_result) -> None:
    """Raise ConflictError if a file is another than when its reading began."""
    now = path.stat()
    same = ("st_ino", "st_size", "st_mtime_ns")
    if any(getattr(now, name) != getattr(before, name) for name in same):
        raise ConflictError(
            "the file changed while it was read",
            wanted="a file that nobody writes to meanwhile",
            next_step="wait until it is written, and choose it again",
            reason="changed",
        )


def root_of(contents_manager: Any) -> Path:
    """Return the folder that Jupyter serves.

    Raises
    ------
    ForbiddenError
        Its files are not in a folder of this machine.
    """
    root = getattr(contents_manager, "root_dir", "")
    if not root:
        raise ForbiddenError(
            "the files of this Jupyter server are in no folder of its machine",
            wanted="a file from your own machine",
            next_step="choose the file instead of its path",
        )
    return Path(root)
