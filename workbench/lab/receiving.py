"""A partial file and its one sender: bytes that arrive are written while the next ones come."""

import asyncio
import errno
import fcntl
import os
import threading
from collections import deque
from pathlib import Path
from typing import Final, Self

from workbench.core.errors import ConflictError, DiskFullError, InvalidInputError, WorkbenchError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Of tornado's 64 KiB: twice this much of a file is in memory at most.
_MOST_WAITING_CHUNKS: Final = 8


class Receiving:
    """A partial file that one sender has to itself: a lock of the operating system says so.

    Parameters
    ----------
    path : of the file, made when it is not there.

    Raises
    ------
    ConflictError
        Somebody else has it, in this process or another.
    DiskFullError, InvalidInputError
        It cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise unwritten(path, error) from error
        # Bytes are written in threads, and the page may go away in the middle of one.
        self._lock = threading.Lock()
        self._is_open = True
        self._waiting: deque[bytes] = deque()
        self._writing: asyncio.Future[None] | None = None
        self._error: WorkbenchError | None = None
        if not self._is_mine():
            os.close(self._descriptor)
            raise ConflictError(
                "another tab is sending this file",
                wanted="one sender at a time",
                next_step="let the other tab finish, or close it; then continue here",
                reason="busy",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """How many bytes are written."""
        return os.fstat(self._descriptor).st_size

    def check_offset(self, offset: int, size: int) -> None:
        """Raise ConflictError unless the file's next byte is the one at the offset."""
        here = self.size
        if offset != here or here > size:
            raise ConflictError(
                f"{here} bytes of this upload are here, not {offset} of {size}",
                wanted=f"the bytes from {here} on, of the same file",
                next_step="ask with HEAD where to go on; if the file changed, cancel and begin "
                "a new upload",
                reason="offset",
                offset=here,
            )

    async def take(self, chunk: bytes) -> None:
        """Add bytes at the end; returns before they are written, unless many wait for that.

        What arrives during a write is written behind it at once: a fast sender costs few
        writes, and no byte of a slow one waits for more.

        Raises
        ------
        DiskFullError
            No space is left; what had been written before is kept.
        """
        self._check()
        self._waiting.append(chunk)
        self._go_on()
        if self._writing is not None and len(self._waiting) >= _MOST_WAITING_CHUNKS:
            await self._writing

    async def settle(self) -> None:
        """Return once all that was taken is written; raises what ``take`` does."""
        # A write that just ended may have left what came behind it, its callback still to run.
        self._go_on()
        while self._writing is not None and not self._writing.done():
            await self._writing
            self._go_on()
        self._check()

    def check_here(self) -> None:
        """Raise ConflictError if the upload was cancelled meanwhile."""
        if os.fstat(self._descriptor).st_nlink == 0:
            raise ConflictError(
                "this upload was cancelled",
                next_step="begin a new one, with a new id",
                reason="cancelled",
            )

    def close(self) -> None:
        """Write what was taken, and let another sender have the file."""
        self._write()
        with self._lock:
            if self._is_open:
                self._is_open = False
                os.close(self._descriptor)

    def _go_on(self, _: object = None) -> None:
        is_writing = self._writing is not None and not self._writing.done()
        if self._waiting and not is_writing and self._is_open and self._error is None:
            self._writing = asyncio.ensure_future(asyncio.to_thread(self._write))
            self._writing.add_done_callback(self._go_on)

    def _is_mine(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        with self._lock:
            # Behind bytes that are missing, none may follow.
            while self._waiting and self._is_open and self._error is None:
                # Another thread only ever appends.
                n_chunks = len(self._waiting)
                view = memoryview(b"".join([self._waiting.popleft() for _ in range(n_chunks)]))
                try:
                    while view:
                        view = view[os.write(self._descriptor, view) :]
                except OSError as error:
                    self._error = unwritten(self.path, error)


def disk_full(where: Path) -> DiskFullError:
    """Return the refusal of what does not fit on the disk."""
    return DiskFullError(
        f"no space is left where {where} is stored",
        wanted="free space on that file system, or another folder in WORKBENCH_CACHE",
        next_step="free some space and continue: what has arrived is kept",
        path=str(where),
    )


def unwritten(path: Path, error: OSError) -> WorkbenchError:
    """Return the refusal of what the disk does not take."""
    if error.errno in _FULL:
        return disk_full(path.parent)
    return InvalidInputError(
        f"{path} cannot be written: {error.strerror}",
        wanted="a cache folder of your own, on a disk that works",
        next_step="set WORKBENCH_CACHE to another folder",
    )
