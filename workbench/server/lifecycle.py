"""One server per home: the lock, the socket, and why a start failed."""

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Final, Self

from workbench.core.errors import WorkbenchError
from workbench.core.folders import private_folder
from workbench.core.settings import Settings

_BACKLOG: Final = 1024


class HomeLock:
    """An advisory lock that the server of a home holds until it ends, however it ends.

    Parameters
    ----------
    descriptor : of the locked file; not inherited by child processes.
    path : the file.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def acquire(cls, path: Path) -> Self | None:
        """Return the lock, or None when another process holds it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(descriptor, path)

    def is_of_the_home(self) -> bool:
        """Say whether the home is still the one that was locked, not deleted and made anew."""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._descriptor))

    def release(self) -> None:
        """Let the next server start."""
        os.close(self._descriptor)


def listen(path: Path) -> socket.socket:
    """Return a listening unix socket at the path; call it with the home's lock held.

    A crashed server leaves its socket file behind. The new one takes its place in one step,
    so that no client ever finds none.
    """
    private_folder(path.parent)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    listener.bind(str(fresh))
    fresh.chmod(0o600)
    listener.listen(_BACKLOG)
    fresh.replace(path)
    return listener


def note_failure(settings: Settings, error: WorkbenchError) -> None:
    """Leave word of why the server could not start, for the client that started it."""
    settings.logs_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = settings.startup_path.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": os.getpid(), "problem": error.to_problem()}))
    fresh.replace(settings.startup_path)
