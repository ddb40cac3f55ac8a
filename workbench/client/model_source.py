"""A base model to upload: a file as it is, or a folder packed so that equal ones are equal."""

import errno
import hashlib
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.client.hub import folder_of
from workbench.client.model_readme import readme_licenses
from workbench.client.sources import Source, check_path
from workbench.core.errors import DiskFullError, InvalidInputError, TooLargeError
from workbench.core.model_files import WANTED, is_weights, travels

_HUB_NAME: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_SOURCES: Final = (
    "a GGUF file, a folder of safetensors or its zip, or OWNER/NAME of the Hugging Face hub"
)
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True)
class ModelSource(Source):
    """A base model to upload.

    Attributes
    ----------
    licenses : as the README beside a folder's weights names them; empty where it does not.
    """

    licenses: tuple[str, ...] = ()


@contextmanager
def model_source(
    given: str | Path,
    max_bytes: int,
    sha256: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Iterator[ModelSource]:
    """Give what will be uploaded for a base model; a packed folder is gone afterwards.

    Parameters
    ----------
    given : a GGUF file, a zip, a folder of safetensors, or the name of a model of
        the Hugging Face hub, ``"owner/name"``.
    max_bytes : the server's limit.
    sha256 : of the file, or of a folder's zip, when the person knows it.

    Raises
    ------
    InvalidInputError
        A folder lacks weights, or the digest is another one.
    NotFoundError
        There is no such model.
    TooLargeError
        More than ``max_bytes``.
    DiskFullError
        No room to pack the folder.
    """
    path = Path(given).expanduser()
    if not path.exists() and _HUB_NAME.fullmatch(os.fspath(given)):
        path = folder_of(os.fspath(given), environ)
    if not path.is_dir():
        yield _checked(check_path(path, _SOURCES), max_bytes, sha256)
        return
    files = _files(path)
    with tempfile.TemporaryDirectory(prefix="workbench-model-") as room:
        packed = Path(room) / f"{path.resolve().name}.zip"
        _pack(files, packed)
        yield _checked(packed, max_bytes, sha256, tuple(readme_licenses(path)))


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that travel, by name, sorted."""
    names = sorted(entry.name for entry in folder.iterdir())
    found = {name: folder / name for name in names if travels(name)}
    if "config.json" not in found or not any(is_weights(name) for name in found):
        raise InvalidInputError(
            f"the folder {folder.name} holds {', '.join(names[:8]) or 'nothing'}",
            wanted=WANTED,
            next_step="convert a pickled checkpoint (.bin, .pt) to safetensors where you trust "
            "it, or name the folder that holds config.json",
            files=names[:20],
        )
    # The hub's cache links from snapshots/<revision>/ to blobs/ beside it; nothing leads further.
    root = folder.resolve()
    if root.parent.name == "snapshots":
        root = root.parent.parent
    for name, path in found.items():
        if not path.is_file() or not path.resolve().is_relative_to(root):
            raise InvalidInputError(
                f"{name} in the folder {folder.name} leads out of it or is no file",
                wanted="regular files",
                next_step="copy the file itself into the folder",
            )
    return found


def _pack(files: Mapping[str, Path], packed: Path) -> None:
    """Write a zip whose bytes depend on names and contents alone."""
    try:
        with zipfile.ZipFile(packed, "x", zipfile.ZIP_STORED) as archive:
            for name, path in files.items():
                member = zipfile.ZipInfo(name, _DATE)
                member.create_system, member.external_attr = 3, _MODE
                member.file_size = path.stat().st_size
                with path.open("rb") as source, archive.open(member, "w") as target:
                    shutil.copyfileobj(source, target, 2**20)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise
        raise DiskFullError(
            f"no space is left to pack the model's folder: {error.strerror}",
            wanted=f"{sum(path.stat().st_size for path in files.values()):,} bytes in "
            f"{packed.parent.parent}",
            next_step="free some space, or set TMPDIR to a larger disk",
        ) from error


def _checked(
    path: Path, max_bytes: int, sha256: str | None, licenses: tuple[str, ...] = ()
) -> ModelSource:
    size = path.stat().st_size
    if size == 0:
        raise InvalidInputError(
            f"{path.name} is empty", wanted="a model", next_step="download it again"
        )
    if size > max_bytes:
        raise TooLargeError(
            f"{path.name} has {size:,} bytes",
            wanted=f"at most {max_bytes:,}",
            next_step=f"choose a smaller model, or set WORKBENCH_MAX_UPLOAD_BYTES={size} for "
            "server and client",
            size=size,
            limit=max_bytes,
        )
    if sha256 is not None:
        _check_digest(path, sha256.strip().lower())
    return ModelSource(path.name, size, path, licenses)


def _check_digest(path: Path, wanted: str) -> None:
    if re.fullmatch(r"[0-9a-f]{64}", wanted) is None:
        raise InvalidInputError(f"{wanted[:80]!r} is no SHA-256", wanted="64 hex digits")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != wanted:
        raise InvalidInputError(
            f"{path.name} has the SHA-256 {found}",
            wanted=wanted,
            next_step="download it again: it is damaged or another one; the SHA-256 of a folder is "
            "that of its zip, the digest in: workbench model list",
            sha256=found,
        )
