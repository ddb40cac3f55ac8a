"""Inputs on their way to a node: content in pieces, checked on arrival, kept by digest."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Self

from workbench.core.canonical import content_id
from workbench.core.errors import JobError

PIECE_BYTES: Final = 8 * 2**20
"""What goes through the object store at once; a store of 100 MB holds several."""


@dataclass(frozen=True)
class Parcel:
    """What an input consists of.

    Attributes
    ----------
    files : relative path → SHA-256; the path of an input that is one file is ``""``.
    """

    files: dict[str, str]

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Self:
        """Read the ``files`` of a parcel.

        Raises
        ------
        JobError
            A path would lead out of the input's folder.
        """
        for name in value:
            if name:
                check_relative(name)
        return cls(dict(value))

    @property
    def is_folder(self) -> bool:
        """Whether the input is a folder of files."""
        return "" not in self.files

    @property
    def id(self) -> str:
        """The content id of paths and digests."""
        return content_id(self.files)


def check_relative(name: str) -> None:
    """Raise JobError unless a path stays inside the folder that it is joined to."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise JobError(f"{name!r} is no path inside a folder", wanted="a relative path without ..")


def pieces(path: Path) -> Iterator[bytes]:
    """Read a file in pieces of ``PIECE_BYTES``; an empty file has none."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def pack(path: Path, send: Callable[[str, Iterable[bytes]], None]) -> Parcel:
    """Send every file of an input that is a file or a folder.

    Parameters
    ----------
    send : called with the SHA-256 of each file and its pieces.
    """
    files = {}
    found = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in found:
        name = "" if file == path else file.relative_to(path).as_posix()
        with file.open("rb") as content:
            files[name] = hashlib.file_digest(content, "sha256").hexdigest()
        send(files[name], pieces(file))
    return Parcel(files)


class NodeStore:
    """The inputs that a node has, by digest; workers of one node share it.

    Parameters
    ----------
    folder : made when missing; safe to delete while no job runs.
    """

    def __init__(self, folder: Path) -> None:
        self._files = folder / "files"
        self._folders = folder / "folders"
        for made in (self._files, self._folders):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)

    def unpack(self, parcel: Parcel, receive: Callable[[str], Iterable[bytes]]) -> Path:
        """Return the path of an input; only files that are not here yet are received.

        Parameters
        ----------
        receive : SHA-256 of a file → its pieces.

        Raises
        ------
        JobError
            What arrived has another digest; nothing of it is kept.
        """
        for digest in sorted(set(parcel.files.values())):
            if not (self._files / digest).exists():
                self._write(digest, receive(digest))
        if not parcel.is_folder:
            return self._files / parcel.files[""]
        folder = self._folders / parcel.id
        if not folder.exists():
            self._lay_out(parcel, folder)
        return folder

    def _write(self, digest: str, content: Iterable[bytes]) -> None:
        target = self._files / digest
        with tempfile.NamedTemporaryFile(dir=self._files, prefix="part-", delete=False) as file:
            part = Path(file.name)
            try:
                write_checked(file, content, digest)
                part.chmod(0o400)
                # Another worker may have been faster; the contents are the same.
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)

    def _lay_out(self, parcel: Parcel, folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._folders, prefix="part-") as made:
            part = Path(made) / "folder"
            for name, digest in parcel.files.items():
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                (part / name).symlink_to(self._files / digest)
            try:
                part.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another worker was faster
                    raise


def write_checked(file: Any, content: Iterable[bytes], digest: str) -> None:
    """Write pieces to an open file.

    Raises
    ------
    JobError
        The pieces do not have the SHA-256 that was announced.
    """
    found = hashlib.sha256()
    for piece in content:
        found.update(piece)
        file.write(piece)
    file.flush()
    if found.hexdigest() != digest:
        raise JobError(
            f"a file arrived with the digest {found.hexdigest()[:16]}…",
            wanted=f"the digest {digest[:16]}… that was announced",
            next_step="start the job again; if it happens twice, look at the node's disk",
        )
