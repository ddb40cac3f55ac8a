"""A backup in one file: a tar of what a folder of backups would hold, its list first.

Nothing is extracted by the names that the tar gives: the list, with its own digest, says which
files follow in which order, and every other member ends the reading.
"""

import gzip
import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, NoReturn

from workbench.client.backup_folder import (
    CHUNK_BYTES,
    MARK,
    MARK_BYTES,
    BackupFolder,
    Manifest,
    copy_file,
    damaged,
    disk_full_of,
    manifest_of,
)
from workbench.core.canonical import canonical_bytes
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    CorruptHomeError,
    InvalidInputError,
)
from workbench.core.folders import sync_folder

SUFFIXES: Final = (".tar", ".tar.gz", ".tgz")
_MAX_LIST_BYTES: Final = 256 << 20
_BLOCK: Final = tarfile.BLOCKSIZE
_GZIP: Final = b"\x1f\x8b"
_OTHER: Final = (".tar.zst", ".tar.bz2", ".tar.xz", ".zip")


def is_archive(path: Path) -> bool:
    """Say whether a backup of this name is one file.

    Raises
    ------
    InvalidInputError
        It would be, of a kind that is not written here.
    """
    if path.is_dir():
        return False
    if path.name.endswith(_OTHER):
        raise InvalidInputError(
            f"{path.name} is of a kind that is not written here",
            wanted=f"a folder, or a file that ends in {', '.join(SUFFIXES)}",
        )
    return path.name.endswith(SUFFIXES)


class BackupArchive:
    """One backup in one file; it is there whole or not at all.

    Parameters
    ----------
    path : of the file; compressed where its name says so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sources: dict[str, Path] = {}

    def prepare(self) -> None:
        """Refuse to write over anything.

        Raises
        ------
        ConflictError
            The file is there.
        """
        if self.path.exists() or self.path.is_symlink():
            raise ConflictError(
                f"{self.path} is there already",
                wanted="the name of a new file: nothing is written over",
            )
        with disk_full_of(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, source: Path, sha256: str | None = None) -> tuple[str, int, int]:
        """Take note of a file; see ``BackupFolder.put``."""
        size = source.stat().st_size
        if sha256 is None:
            with Path(os.devnull).open("wb") as nowhere:
                sha256, size = copy_file(source, nowhere)
        is_new = sha256 not in self._sources
        self._sources.setdefault(sha256, source)
        return sha256, size, size if is_new else 0

    def finish(self, manifest: Manifest) -> Path:
        """Write the file: the list, then each file once, in the order of their digests.

        Raises
        ------
        CorruptHomeError
            A file is not what it must be.
        ConflictError
            A file was withdrawn meanwhile.
        DiskFullError
            No space is left; nothing stays.
        """
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)
        with disk_full_of(self.path):
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as raw:
                    with _packed(raw, self.path) as stream:
                        self._write(manifest, stream)
                    raw.flush()
                    os.fsync(raw.fileno())
                self.prepare()
                partial.rename(self.path)
            finally:
                partial.unlink(missing_ok=True)
            sync_folder(self.path.parent)
        return self.path

    def list_path(self, manifest: Manifest) -> Path:
        """Return what ``restore`` is given."""
        del manifest
        return self.path

    def manifest(self) -> Manifest:
        """Return the list of the backup.

        Raises
        ------
        CorruptBundleError
            The file is torn, or holds something else.
        """
        with self._opened() as stream:
            return self._manifest(stream)

    def unpack(self, manifest: Manifest, home: Path | None, told: Callable[[int], None]) -> None:
        """Write each file to its places in a home; see ``BackupFolder.unpack``."""
        places: dict[tuple[str, int], list[str]] = {}
        for path, (sha256, size) in sorted(manifest.files.items()):
            places.setdefault((sha256, size), []).append(path)
        with self._opened() as stream:
            if self._manifest(stream) != manifest:
                self._refuse("is another one than a moment ago")
            done = 0
            for (sha256, size), paths in sorted(places.items()):
                first = Path(os.devnull) if home is None else _place(home, paths[0])
                with disk_full_of(first), first.open("xb" if home else "wb") as target:
                    found = self._member(stream, BackupFolder.name_of(sha256), size, target)
                if found != sha256:
                    self._refuse(f"holds the file {paths[0]} changed")
                for path in paths[1:] if home else []:
                    place = _place(Path(home or ""), path)
                    with disk_full_of(place), place.open("xb") as target:
                        copy_file(first, target)
                done += len(paths)
                told(done)
            if stream.read(_BLOCK).strip(b"\0"):
                self._refuse("holds more than its list names")

    def _write(self, manifest: Manifest, stream: IO[bytes]) -> None:
        listed = canonical_bytes(manifest.to_json())
        for name, content in ((MARK, MARK_BYTES), (f"{manifest.name}.json", listed)):
            stream.write(_header(name, len(content)) + content + _padding(len(content)))
        sizes = dict(manifest.files.values())
        for sha256, size in sorted(sizes.items()):
            source = self._sources[sha256]
            stream.write(_header(BackupFolder.name_of(sha256), size))
            try:
                found = copy_file(source, stream)
            except FileNotFoundError:
                raise ConflictError(
                    f"the file {source} was withdrawn while it was copied",
                    wanted="files that stay where they are",
                    next_step="make the backup again",
                ) from None
            if found != (sha256, size):
                raise CorruptHomeError(
                    f"the file {source} hashes to {found[0]}",
                    wanted=sha256,
                    next_step="workbench verify --files; restore the file from an older backup",
                )
            stream.write(_padding(size))
        stream.write(bytes(2 * _BLOCK))

    def _manifest(self, stream: IO[bytes]) -> Manifest:
        if self._small(stream, len(MARK_BYTES))[1] != MARK_BYTES:
            self._refuse("is no backup")
        name, content = self._small(stream, _MAX_LIST_BYTES)
        found = manifest_of(content, self.path)
        if name != f"{found.name}.json":
            self._refuse(f"calls its list {name[:80]!r}")
        return found

    def _small(self, stream: IO[bytes], most: int) -> tuple[str, bytes]:
        name, size = self._next(stream)
        if size > most:
            self._refuse("is no backup")
        content = self._read(stream, size)
        self._read(stream, len(_padding(size)))
        return name, content

    def _member(self, stream: IO[bytes], name: str, size: int, target: IO[bytes]) -> str:
        if (found := self._next(stream)) != (name, size):
            self._refuse(f"holds {found[0][:80]!r} of {found[1]} bytes where {name} must be")
        digest, left = hashlib.sha256(), size
        while left:
            chunk = self._read(stream, min(left, CHUNK_BYTES))
            digest.update(chunk)
            target.write(chunk)
            left -= len(chunk)
        self._read(stream, len(_padding(size)))
        return digest.hexdigest()

    def _next(self, stream: IO[bytes]) -> tuple[str, int]:
        """Return name and size of the next member; only plain files are any."""
        try:
            # One block, and no header that announces others: such may be of any size.
            info = tarfile.TarInfo.frombuf(self._read(stream, _BLOCK), "utf-8", "strict")
        except (tarfile.HeaderError, ValueError) as error:
            self._refuse(f"is not as it was written ({error})")
        if info.type != tarfile.REGTYPE or info.size < 0:
            self._refuse(f"holds {info.name[:80]!r}, which is no plain file")
        return info.name, info.size

    def _read(self, stream: IO[bytes], n_bytes: int) -> bytes:
        content = stream.read(n_bytes)
        if len(content) < n_bytes:
            self._refuse("is torn: it ends too early")
        return content

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        try:
            with self.path.open("rb") as raw:
                is_packed = raw.read(len(_GZIP)) == _GZIP
                raw.seek(0)
                if not is_packed:
                    yield raw
                    return
                with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
                    yield stream  # type: ignore[misc]
        except PermissionError as error:
            raise self._refusal("cannot be read") from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise self._refusal(f"is torn: {error}") from error

    def _refusal(self, what: str) -> CorruptBundleError:
        return damaged(f"the backup {self.path} {what}", "a backup in one file, as it was written")

    def _refuse(self, what: str) -> NoReturn:
        raise self._refusal(what)


@contextmanager
def _packed(raw: IO[bytes], path: Path) -> Iterator[IO[bytes]]:
    if path.name.endswith(".tar"):
        yield raw
        return
    # Without name and time: equal backups are equal bytes.
    with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0, compresslevel=6) as stream:
        yield stream  # type: ignore[misc]


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


def _place(home: Path, path: str) -> Path:
    place = home / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place
