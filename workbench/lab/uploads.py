"""Files on their way to the server: what has arrived of each, in the person's cache."""

import errno
import fcntl
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Final, Self

from workbench.core.errors import (
    ConflictError,
    DiskFullError,
    ForbiddenError,
    InvalidInputError,
    TooLargeError,
    WorkbenchError,
)

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_KEPT_SECONDS: Final = 7 * 24 * 3600
_PARTIAL: Final = ".partial"
_STORED: Final = ".json"


class Uploads:
    """The folder of partial files, one an upload, each named by the id that its page made.

    Parameters
    ----------
    folder : in the person's cache, made when it is first needed, for the person alone.
    max_bytes : the largest file accepted.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self.max_bytes = max_bytes

    def offset(self, id: str) -> int:
        """Return how many bytes of an upload are here; 0 of one that nobody knows."""
        stored = self.stored(id)
        if stored is not None:
            return int(stored["size"])
        try:
            return self._partial(id).stat().st_size
        except FileNotFoundError:
            return 0

    def stored(self, id: str) -> dict[str, Any] | None:
        """Return the ``BlobView`` of an upload that the server has stored, whole."""
        try:
            found: dict[str, Any] = json.loads(self._stored(id).read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found

    def open(self, id: str, offset: int, size: int) -> "Receiving":
        """Return what takes the bytes of an upload behind an offset.

        Raises
        ------
        ConflictError
            Somebody is sending to it, or other bytes than those at the offset are missing.
        TooLargeError
            The file is larger than the server takes.
        DiskFullError
            It does not fit on the disk; nothing was written.
        """
        self.check_size(size)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._folder.is_symlink() or self._folder.stat().st_mode & 0o077:
            raise ForbiddenError(
                f"the folder {self._folder} is a link, or others can enter it",
                wanted="a folder of mode 0700",
                next_step=f"chmod 700 {self._folder}",
            )
        self._sweep()
        receiving = Receiving(self._partial(id))
        try:
            receiving.check_offset(offset, size)
            if shutil.disk_usage(self._folder).free < size - offset:
                raise disk_full(self._folder)
        except WorkbenchError:
            receiving.close()
            raise
        return receiving

    def check_size(self, size: int) -> None:
        """Raise TooLargeError if no file may be so large."""
        if size > self.max_bytes:
            raise TooLargeError(
                f"the file has {size} bytes",
                wanted=f"at most {self.max_bytes} bytes ({self.max_bytes / 2**20:.4g} MiB)",
                next_step="split the file; or set WORKBENCH_MAX_UPLOAD_BYTES and restart both "
                "servers: Jupyter's, and the workbench's with: workbench server stop",
                limit=self.max_bytes,
            )

    def finish(self, id: str, blob: dict[str, Any]) -> None:
        """Note what the server stored an upload as, and delete what was here of it."""
        note = self._stored(id)
        partial = note.with_suffix(f".{os.getpid()}.new")
        partial.write_text(json.dumps(blob))
        partial.replace(note)
        self._partial(id).unlink(missing_ok=True)

    def cancel(self, id: str) -> None:
        """Delete what is here of an upload; whoever is still sending to it is refused."""
        self._stored(id).unlink(missing_ok=True)
        self._partial(id).unlink(missing_ok=True)

    def _partial(self, id: str) -> Path:
        return self._folder / f"{id}{_PARTIAL}"

    def _stored(self, id: str) -> Path:
        return self._folder / f"{id}{_STORED}"

    def _sweep(self) -> None:
        # Pages that never came back.
        before = time.time() - _KEPT_SECONDS
        for path in self._folder.iterdir():
            if path.suffix in (_PARTIAL, _STORED) and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


class Receiving:
    """A partial file that one sender has to itself: a lock of the operating system says so.

    Parameters
    ----------
    path : of the file, made when it is not there.

    Raises
    ------
    ConflictError
        Somebody else has it, in this process or another.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            if error.errno in _FULL:
                raise disk_full(path.parent) from error
            raise InvalidInputError(
                f"{path} cannot be written: {error.strerror}",
                wanted="a cache folder of your own",
                next_step="set WORKBENCH_CACHE to another folder",
            ) from error
        # Bytes are written in threads, and the page may go away in the middle of one.
        self._lock = threading.Lock()
        self._is_open = True
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise ConflictError(
                "another tab is sending this file",
                wanted="one sender at a time",
                next_step="let the other tab finish, or close it; then continue here",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """How many bytes are here."""
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
                offset=here,
            )

    def write(self, chunk: bytes) -> None:
        """Add bytes at the end.

        Raises
        ------
        DiskFullError
            No space is left; what had arrived before is kept.
        """
        with self._lock:
            view = memoryview(chunk) if self._is_open else memoryview(b"")
            try:
                while view:
                    view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                if error.errno in _FULL:
                    raise disk_full(self.path.parent) from error
                raise

    def check_here(self) -> None:
        """Raise ConflictError if the upload was cancelled meanwhile."""
        if os.fstat(self._descriptor).st_nlink == 0:
            raise ConflictError(
                "this upload was cancelled", next_step="begin a new one, with a new id"
            )

    def close(self) -> None:
        """Let another sender have the file."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                os.close(self._descriptor)


def disk_full(where: Path) -> DiskFullError:
    """Return the refusal of what does not fit on the disk."""
    return DiskFullError(
        f"no space is left where {where} is stored",
        wanted="free space on that file system, or another folder in WORKBENCH_CACHE",
        next_step="free some space and continue: what has arrived is kept",
    )
