"""A folder of backups: every file once, named by its SHA-256, and a list of files a backup."""

import errno
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    CorruptHomeError,
    DiskFullError,
    InvalidInputError,
    NotFoundError,
)

_FORMAT: Final = 1
MARK: Final = "backups.json"
MARK_BYTES: Final = json.dumps({"format": _FORMAT}).encode()
CHUNK_BYTES: Final = 1 << 20
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# What a home is made of; a list that names anything else was not written by a backup.
_PARTS: Final = frozenset(
    {"workbench.duckdb", "head.json", "heads.jsonl", "server.key", "blobs", "mlflow", "published"}
)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes
    ----------
    name : of the backup, which begins with its time.
    created_at : UTC, ISO 8601.
    home : folder that was backed up.
    origin : public key of its server.
    size, root : of its log.
    files : SHA-256 and bytes of each file, by its path in the home.
    """

    name: str
    created_at: str
    home: str
    origin: str
    size: int
    root: str
    files: dict[str, tuple[str, int]]

    @property
    def n_bytes(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files.values())

    def to_json(self) -> dict[str, Any]:
        """Return the list with its own digest, so that no byte of it changes unseen."""
        body = vars(self) | {
            "format": _FORMAT,
            "files": {path: [sha256, str(size)] for path, (sha256, size) in self.files.items()},
        }
        return {"backup": body, "sha256": content_id(body)}


class BackupFolder:
    """Backups of a home, one list each, which share the files that did not change.

    Parameters
    ----------
    path : the folder; ``prepare`` makes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make the folder, readable by its owner alone: the server's key goes into it.

        Raises
        ------
        ConflictError
            It holds something else.
        """
        with disk_full_of(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (self.path / MARK).is_file():
                if any(self.path.iterdir()):
                    raise ConflictError(
                        f"the folder {self.path} holds other files",
                        wanted="an empty folder, or one that holds backups",
                        next_step="name another folder",
                    )
                (self.path / MARK).write_bytes(MARK_BYTES)
            self.path.chmod(0o700)
            (self.path / "blobs").mkdir(exist_ok=True, mode=0o700)

    def put(self, source: Path, sha256: str | None = None) -> tuple[str, int, int]:
        """Store a file, and return its SHA-256, its bytes and how many of them were new.

        Parameters
        ----------
        sha256 : what it must be, where that is known; a file that is stored is not read again.

        Raises
        ------
        CorruptHomeError
            It is another file than it must be.
        DiskFullError
            No space is left; what was stored stays for the next backup.
        """
        size = source.stat().st_size
        if sha256 is not None and self._is_stored(sha256, size):
            return sha256, size, 0
        with disk_full_of(self.path), self._partial() as (partial, target):
            found, size = copy_file(source, target)
            if sha256 not in {None, found}:
                raise CorruptHomeError(
                    f"the file {source} hashes to {found}",
                    wanted="its name",
                    next_step="workbench verify --files; restore the file from an older backup",
                )
            if self._is_stored(found, size):
                return found, size, 0
            target.flush()
            os.fsync(target.fileno())
            self._blob(found).parent.mkdir(exist_ok=True, mode=0o700)
            partial.replace(self._blob(found))
        return found, size, size

    def finish(self, manifest: Manifest) -> Path:
        """Write the list of a backup whose files are all stored: now it is there."""
        path = self.path / f"{manifest.name}.json"
        with disk_full_of(self.path), self._partial() as (partial, target):
            target.write(canonical_bytes(manifest.to_json()))
            target.flush()
            os.fsync(target.fileno())
            partial.replace(path)
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return path

    def list_path(self, manifest: Manifest) -> Path:
        """Return the list of a backup."""
        return self.path / f"{manifest.name}.json"

    def unpack(self, manifest: Manifest, home: Path | None, told: Callable[[int], None]) -> None:
        """Write each file of a backup to its place, if it is what it must be.

        Parameters
        ----------
        home : a new folder; files are read and written nowhere if there is none.
        told : is told how many files are done.

        Raises
        ------
        CorruptBundleError
            A file is missing or changed; the first by name.
        """
        for done, (path, (sha256, size)) in enumerate(sorted(manifest.files.items())):
            told(done)
            place = Path(os.devnull) if home is None else home / path
            if home is not None:
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with disk_full_of(place.parent), place.open("xb" if home else "wb") as stream:
                self._checked(sha256, size, path, stream)

    @staticmethod
    def name_of(sha256: str) -> str:
        """Return where a file lies in the folder."""
        return f"blobs/{sha256[:2]}/{sha256[2:]}"

    def _checked(self, sha256: str, size: int, what: str, stream: IO[bytes]) -> None:
        place = self._blob(sha256)
        try:
            found = copy_file(place, stream)
        except FileNotFoundError:
            raise damaged(f"the backup's file {what} is missing: {place}", sha256) from None
        except OSError as error:
            if error.errno in _FULL:
                raise
            said = f"the backup's file {what} cannot be read: {place}: {error.strerror}"
            raise damaged(said, sha256) from error
        if found != (sha256, size):
            raise damaged(f"the backup's file {what} was changed: {place}", sha256)

    def _is_stored(self, sha256: str, size: int) -> bool:
        place = self._blob(sha256)
        return place.is_file() and place.stat().st_size == size

    def _blob(self, sha256: str) -> Path:
        return self.path / self.name_of(sha256)

    @contextmanager
    def _partial(self) -> Iterator[tuple[Path, IO[bytes]]]:
        path = self.path / f".{uuid.uuid4().hex}.partial"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                yield path, stream
        finally:
            path.unlink(missing_ok=True)


def read_manifest(path: Path) -> tuple[BackupFolder, Manifest]:
    """Return a backup, by its list or by its folder: the newest one of it.

    Raises
    ------
    NotFoundError
        There is none.
    CorruptBundleError
        The list is not as it was written.
    """
    if path.is_dir():
        found = sorted(one for one in path.glob("*.json") if one.name != MARK)
        path = found[-1] if found and (path / MARK).is_file() else path / "*.json"
    if not path.is_file():
        raise NotFoundError(
            f"there is no backup {path}",
            wanted="a folder of backups, or the list of one: FOLDER/TIME-NAME.json",
            next_step="workbench backup FOLDER makes one",
        )
    return BackupFolder(path.parent), manifest_of(path.read_bytes(), path)


def manifest_of(content: bytes, path: Path) -> Manifest:
    """Return what a list says.

    Parameters
    ----------
    path : where it was found, for the error.

    Raises
    ------
    CorruptBundleError
        It is not as it was written.
    """
    try:
        text = json.loads(content)
        body = text["backup"]
        is_whole = content_id(body) == text["sha256"] and body["format"] == _FORMAT
        files = {str(name): (str(sha), int(size)) for name, (sha, size) in body["files"].items()}
        manifest = Manifest(
            **{k: v for k, v in body.items() if k not in {"format", "files"}}, files=files
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, InvalidInputError):
        is_whole = False
    if not is_whole:
        raise damaged(f"the list {path} is not as it was written", f"format {_FORMAT}")
    for name, (sha256, _) in manifest.files.items():
        parts = PurePosixPath(name).parts
        if not parts or parts[0] not in _PARTS or ".." in parts or not _SHA256.fullmatch(sha256):
            raise damaged(f"the list {path} names {name[:80]!r}", "files of a home")
    return manifest


def copy_file(source: Path, target: IO[bytes]) -> tuple[str, int]:
    """Copy a file that is no link; return its SHA-256 and its bytes."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def damaged(found: str, wanted: str) -> CorruptBundleError:
    """Return the error that refuses a backup."""
    next_step = "restore an older backup: workbench restore FOLDER/NAME.json"
    return CorruptBundleError(found, wanted=wanted, next_step=next_step)


@contextmanager
def disk_full_of(path: Path) -> Iterator[None]:
    """Say by its own error that no space is left."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(
            f"no space is left where {path} is stored",
            wanted="free space on that file system",
            next_step="free some space and repeat the command; what was copied is not copied again",
            path=str(path),
        ) from error
