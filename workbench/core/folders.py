"""Folders that are their owner's alone: the home, and the one that holds its socket."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from workbench.core.errors import DiskFullError, ForbiddenError

_DISK_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_OF_A_HOME: Final = frozenset({"workbench.duckdb", "server.lock", "token", "server.sock"})


def private_folder(path: Path) -> Path:
    """Make the folder with mode 0700, or check that nobody else can enter it.

    The folder is opened without following a link and judged by that descriptor, so that it
    cannot be exchanged between the look and the judgement. One that is empty or a home of
    ours is closed to others; any other folder is not touched.

    Raises
    ------
    ForbiddenError
        It is a link or a file, belongs to somebody else, or is open to others and holds
        files that are not ours.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(path, error) from error
    try:
        _check_owner(path, os.fstat(descriptor), descriptor)
    finally:
        os.close(descriptor)
    return path


def _check_owner(path: Path, status: os.stat_result, descriptor: int) -> None:
    if status.st_uid != os.getuid():
        raise ForbiddenError(
            f"the folder {path} belongs to user {status.st_uid}",
            wanted=f"a folder of user {os.getuid()}",
            next_step="set WORKBENCH_HOME to a folder of your own",
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        names = os.listdir(descriptor)
        if names and _OF_A_HOME.isdisjoint(names):
            raise ForbiddenError(
                f"the folder {path} can be entered by others and holds other files",
                wanted="an empty folder, or one of mode 0700",
                next_step=f"choose another folder with WORKBENCH_HOME, or: chmod 700 {path}",
            )
        os.fchmod(descriptor, 0o700)


def _refusal(path: Path, error: OSError) -> DiskFullError | ForbiddenError:
    if path.is_symlink():
        return ForbiddenError(
            f"{path} is a link",
            wanted="a folder, so that nobody can point it elsewhere",
            next_step=f"set WORKBENCH_HOME to the folder itself: {path.resolve()}",
        )
    if error.errno in _DISK_FULL:
        return DiskFullError(f"no space is left for {path}", next_step="free some space")
    return ForbiddenError(
        f"the folder {path} cannot be used: {error.strerror}",
        wanted="a folder that you may write",
        next_step="set WORKBENCH_HOME to a folder of your own",
    )


def sync_folder(path: Path) -> None:
    """Have the folder's names on disk: a file that was synced may still lack its name there."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
