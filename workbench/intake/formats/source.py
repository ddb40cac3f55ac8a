"""Opens a contributed file: regular, within its size, unpacked if gzipped.

Readers get the open file, never its name, so that no name a contributor chose is ever looked up,
matched as a pattern or followed.
"""

import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Final

from workbench.intake.codes import refusal, shown
from workbench.intake.formats.detect import GZIP_MAGIC
from workbench.intake.limits import Limits
from workbench.intake.space import needs_space

_READ_BYTES: Final = 64 * 2**10
_BLOCK_BYTES: Final = 2**20
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
        # Closing writes what is still buffered, so it is inside as well.
        with needs_space("unpack the file"), tempfile.TemporaryFile(dir=scratch) as unpacked:
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
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusal("not-a-file", name=shown(name))
    return os.fdopen(descriptor, "rb")


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
    if unpacked.tell() == 0:
        raise refusal("empty-file", name=shown(name))
    unpacked.seek(0)


def _inflate(packed: BinaryIO, name: str, limits: Limits) -> Iterator[bytes]:
    """Unpack all members of a gzip file, never more than a block beyond the limits.

    Members in a row are one file (RFC 1952); zeros after a member are padding, as gzip(1) and
    Python read them; anything else is refused, or rows could be hidden behind the end.
    """
    n_packed = n_unpacked = n_members = 0
    inflator = None
    rest = b""
    while chunk := rest or packed.read(_READ_BYTES):
        n_taken = len(chunk)
        if inflator is None or inflator.eof:
            chunk = chunk.lstrip(b"\0") if n_members else chunk
            if not GZIP_MAGIC.startswith(chunk[:2]):
                raise refusal("broken-gzip", name=shown(name), why="something follows its end")
            if not chunk:
                n_packed, rest = n_packed + n_taken, b""
                continue
            inflator = zlib.decompressobj(_GZIP_WINDOW)
            n_members += 1
            if n_members > limits.max_gzip_members:
                raise refusal("gzip-members", name=shown(name), limit=limits.max_gzip_members)
        block = inflator.decompress(chunk, _BLOCK_BYTES)
        rest = inflator.unconsumed_tail or inflator.unused_data
        n_packed += n_taken - len(rest)
        n_unpacked += len(block)
        if n_unpacked > limits.max_file_bytes:
            raise refusal("gzip-too-large", name=shown(name), limit=limits.max_file_bytes)
        if n_unpacked > max(_BLOCK_BYTES, limits.max_gzip_ratio * n_packed):
            raise refusal("gzip-bomb", name=shown(name), limit=limits.max_gzip_ratio)
        yield block
    if inflator is None or not inflator.eof:
        raise refusal("broken-gzip", name=shown(name), why="it ends too early")
