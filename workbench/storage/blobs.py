"""Content-addressed files: a name is the SHA-256 of what it holds, so nothing ever changes."""

import asyncio
import hashlib
import os
import stat
import uuid
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.core.folders import sync_folder
from workbench.storage.faults import disk_full, is_disk_full

_CHUNK_BYTES: Final = 1 << 20
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: its size in bytes, and when it was last put there (epoch seconds)."""

    sha256: str
    size: int
    put_at: float


class BlobStore:
    """Files under ``root/sha256/ab/cdef…``; a file is there whole or not at all.

    Parameters
    ----------
    root : folder, made when missing, private to its user.
    max_bytes : the largest file accepted.
    """

    def __init__(self, root: Path, max_bytes: int) -> None:
        self.root = root
        self.max_bytes = max_bytes
        self._partial = root / "partial"
        self._partial.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()

    def put(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Store a stream and return its SHA-256 and its size in bytes, once it is on disk.

        Raises
        ------
        TooLargeError
            More than ``max_bytes``; reading stops there.
        DiskFullError
            No space is left. Either way nothing remains of the stream.
        """
        with self._begin() as partial:
            for chunk in chunks:
                partial.write(chunk)
            return partial.finish()

    async def put_async(self, chunks: AsyncIterable[bytes]) -> tuple[str, int]:
        """Like ``put``, for a stream that arrives; the event loop never waits for the disk."""
        with self._begin() as partial:
            async for chunk in chunks:
                await asyncio.to_thread(partial.write, chunk)
            return await asyncio.to_thread(partial.finish)

    def put_file(self, path: Path) -> tuple[str, int]:
        """Like ``put``, from a regular file.

        Raises
        ------
        InvalidInputError
            The path is a symlink, a folder or a device: what it leads to was not offered.
        """
        with _open_regular(path) as stream:
            return self.put(_read_chunks(stream))

    def path(self, sha256: str) -> Path:
        """Return where a stored file lies; it is read-only.

        Raises
        ------
        InvalidInputError
            Not 64 lower-case hexadecimal digits.
        NotFoundError
            No such file is stored.
        """
        path = self._place(sha256)
        if not path.is_file():
            raise NotFoundError(
                f"no file {sha256[:16]}… is stored here",
                wanted="the SHA-256 of an uploaded file",
                next_step="upload the file first",
                sha256=sha256,
            )
        return path

    def read(self, sha256: str) -> bytes:
        """Return a stored file's bytes."""
        return self.path(sha256).read_bytes()

    def has(self, sha256: str) -> bool:
        """Say whether a file is stored."""
        return self._place(sha256).is_file()

    def discard(self, sha256: str) -> None:
        """Delete a stored file, for good; nothing happens where there is none."""
        place = self._place(sha256)
        if place.is_file():
            place.unlink()
            sync_folder(place.parent)

    def stored(self) -> Iterator[StoredFile]:
        """Yield every file that is stored, in no particular order."""
        for path in (self.root / "sha256").glob("??/*"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            yield StoredFile(path.parent.name + path.name, found.st_size, found.st_mtime)

    def _begin(self) -> "_Partial":
        path = self._partial / f"{os.getpid()}-{uuid.uuid4().hex}"
        return _Partial(path, self._place, self.max_bytes)

    def _place(self, sha256: str) -> Path:
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise InvalidInputError(
                f"{sha256[:80]!r} is no SHA-256", wanted="64 lower-case hexadecimal digits"
            )
        return self.root / "sha256" / sha256[:2] / sha256[2:]

    def _sweep(self) -> None:
        # A killed process leaves its unfinished files; nobody else will ever finish them.
        for path in self._partial.iterdir():
            pid = path.name.partition("-")[0]
            if not (pid.isdecimal() and _is_alive(int(pid))):
                path.unlink(missing_ok=True)


class _Partial:
    """A file on its way into the store."""

    def __init__(self, path: Path, place: Callable[[str], Path], max_bytes: int) -> None:
        self._path = path
        self._place = place
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Self:
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        except OSError as error:
            raise self._explain(error) from error
        self._stream = os.fdopen(descriptor, "wb", buffering=_CHUNK_BYTES)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stream.close()
        except OSError as error:
            # Closing writes what is buffered, which no longer matters when it is thrown away.
            if not is_disk_full(error):
                raise
        finally:
            self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._max_bytes:
            raise TooLargeError(
                f"the file is larger than {self._max_bytes} bytes",
                wanted=f"at most {self._max_bytes} bytes",
                next_step="split it, or raise WORKBENCH_MAX_UPLOAD_BYTES on the server",
                max_bytes=self._max_bytes,
            )
        self._hash.update(chunk)
        try:
            self._stream.write(chunk)
        except OSError as error:
            raise self._explain(error) from error

    def finish(self) -> tuple[str, int]:
        sha256 = self._hash.hexdigest()
        place = self._place(sha256)
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            try:
                # Whoever put it again needs it from now on, however old it is.
                os.utime(place)
            except FileNotFoundError:
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._path.rename(place)
                for folder in place.parents[:3]:
                    sync_folder(folder)
        except OSError as error:
            raise self._explain(error) from error
        return sha256, self._size

    def _explain(self, error: OSError) -> Exception:
        return disk_full(self._path.parent.parent) if is_disk_full(error) else error


def _open_regular(path: Path) -> IO[bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", wanted="a file to store") from None
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read: {error.strerror}", wanted="a regular file, not a link"
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInputError(f"{path} is no regular file", wanted="a file to store")
    return os.fdopen(descriptor, "rb")


def _read_chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK_BYTES):
        yield chunk


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
