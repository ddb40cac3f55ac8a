"""Opens a contributed file: regular, within its size, unpacked if gzipped.

Readers get the open file, never its name, so that no name a contributor chose is ever looked up,
matched as a pattern or followed.
"""

import errno
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from workbench.core.errors import DiskFullError
from workbench.intake.codes import refusal, shown
from workbench.intake.formats.detect import GZIP_MAGIC
from workbench.intake.limits import Limits

_CHUNK_BYTES: Final = 2**20
_GZIP_WINDOW: Final = 31  # zlib's way to say: a gzip header and trailer


@contextmanager
def open_source(
    path: Path, name: str, *, gzipped: bool, limits: Limits, scratch: Path | None = None
) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked, at its start.

    Parameters
    ----------
    path
        The stored file, chosen by the workbench.
    name
        What the contributor called it; for messages only.
    gzipped
        Whether the name says that it is a gzip file.
    limits
        Bounds.
    scratch
        Folder for the unpacked bytes, which are deleted on leaving; the system's by default.

    Raises
    ------
    NotFoundError, UnsupportedFormatError, TooLargeError, InvalidInputError
        Missing, no regular file, too large, empty, or gzipped when the name says otherwise.
    """
    with _open_regular(path, name) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size == 0:
            raise refusal("empty-file", name=shown(name))
        if size > limits.max_file_bytes:
            raise refusal(
                "file-too-large", name=shown(name), size=size, limit=limits.max_file_bytes
            )
        if not gzipped:
            yield stream
            return
        with tempfile.TemporaryFile(dir=scratch) as unpacked:
            _unpack(stream, unpacked, name, limits)
            yield unpacked


def _open_regular(path: Path, name: str) -> BinaryIO:
    try:
        # Non-blocking: opening a pipe nobody writes to would otherwise wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise refusal("no-such-file", name=shown(name)) from error
    except OSError as error:
        raise refusal("not-a-file", name=shown(name)) from error
    stream = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        stream.close()
        raise refusal("not-a-file", name=shown(name))
    return stream


def _unpack(packed: BinaryIO, unpacked: IO[bytes], name: str, limits: Limits) -> None:
    if packed.read(2) != GZIP_MAGIC:
        raise refusal(
            "content-mismatch",
            name=shown(name),
            named="a gzip file",
            content="something else",
            hint="drop the ending .gz if the file is not compressed",
        )
    packed.seek(0)
    try:
        for block in _inflate(packed, name, limits):
            unpacked.write(block)
        unpacked.flush()
    except zlib.error as error:
        raise refusal("broken-gzip", name=shown(name), why=str(error)) from error
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFullError(
            "no space is left to unpack the file", next_step="free some space and try again"
        ) from error
    if unpacked.tell() == 0:
        raise refusal("empty-file", name=shown(name))
    unpacked.seek(0)


def _inflate(packed: BinaryIO, name: str, limits: Limits) -> Iterator[bytes]:
    """Unpack all members of a gzip file, never more than a chunk beyond the limits."""
    n_packed = n_unpacked = 0
    inflator = zlib.decompressobj(_GZIP_WINDOW)
    rest = b""
    while chunk := rest or packed.read(_CHUNK_BYTES):
        if inflator.eof:  # several members one after the other are one gzip file (RFC 1952)
            inflator = zlib.decompressobj(_GZIP_WINDOW)
        block = inflator.decompress(chunk, _CHUNK_BYTES)
        rest = inflator.unconsumed_tail or inflator.unused_data
        n_packed += len(chunk) - len(rest)
        n_unpacked += len(block)
        if n_unpacked > limits.max_file_bytes:
            raise refusal("gzip-too-large", name=shown(name), limit=limits.max_file_bytes)
        if n_unpacked > _CHUNK_BYTES and n_unpacked > limits.max_gzip_ratio * n_packed:
            raise refusal("gzip-bomb", name=shown(name), limit=limits.max_gzip_ratio)
        yield block
    if not inflator.eof:
        raise refusal("broken-gzip", name=shown(name), why="it ends too early")
