"""A base model is a file as it is, or a folder packed to the same bytes each time."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from workbench.client.model_source import model_source
from workbench.core.errors import DiskFullError, InvalidInputError, NotFoundError, TooLargeError

LIMIT = 10_000
FILES = {"model.safetensors": b"weights", "config.json": b"{}", "tokenizer.json": b"[]"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tiny"
    made.mkdir()
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    return made


def packed(path: Path | str, limit: int = LIMIT) -> bytes:
    with model_source(path, limit, environ={"HF_HUB_OFFLINE": "1"}) as source:
        assert isinstance(source.content, Path)
        content = source.content.read_bytes()
        assert source.size == len(content)
    return content


def test_a_folder_becomes_a_zip_of_what_travels_and_is_gone_afterwards(folder: Path) -> None:
    (folder / "README.md").write_text("# not a model's")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with model_source(folder, LIMIT) as source:
        assert source.file_name == "tiny.zip"
        assert isinstance(source.content, Path)
        with zipfile.ZipFile(source.content) as archive:
            assert {m.filename: archive.read(m) for m in archive.infolist()} == FILES
            assert archive.namelist() == sorted(FILES)
            assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
        kept = source.content
    assert not kept.exists()


def test_equal_folders_are_equal_bytes(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    for name in reversed(FILES):
        (other / name).write_bytes(FILES[name])
        os.utime(other / name, (1, 1))
        (other / name).chmod(0o600)
    assert packed(folder) == packed(other)
    (other / "config.json").write_bytes(b"[]")
    assert packed(folder) != packed(other)


def test_a_file_is_uploaded_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF...")
    assert packed(tmp_path / "m.gguf") == b"GGUF..."


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_weights_names_what_it_holds(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    (folder / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(InvalidInputError, match=r"pytorch_model\.bin") as caught:
        packed(folder)
    assert "safetensors" in caught.value.next_step


def test_nothing_that_lies_outside_is_packed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    (folder / "vocab.json").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInputError, match=r"vocab\.json .* leads out"):
        packed(folder)


def test_the_digest_is_that_of_what_is_uploaded(folder: Path, tmp_path: Path) -> None:
    wanted = hashlib.sha256(packed(folder)).hexdigest()
    with model_source(folder, LIMIT, f" {wanted.upper()}\n") as source:
        assert source.size > 0
    gguf = tmp_path / "m.gguf"
    gguf.write_bytes(b"GGUF and more")
    with (
        pytest.raises(InvalidInputError, match="SHA-256") as caught,
        model_source(gguf, LIMIT, wanted),
    ):
        pass
    assert caught.value.wanted == wanted
    assert caught.value.facts["sha256"] == hashlib.sha256(b"GGUF and more").hexdigest()
    assert "download" in caught.value.next_step


def test_a_digest_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="no SHA-256"), model_source(folder, LIMIT, "abc"):
        pass


def test_too_large_and_empty_models_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError) as caught:
        packed(folder, 100)
    assert "WORKBENCH_MAX_UPLOAD_BYTES" in caught.value.next_step
    (tmp_path / "m.gguf").touch()
    with pytest.raises(InvalidInputError, match="empty"):
        packed(tmp_path / "m.gguf")


def test_a_full_disk_is_said_with_how_much_is_wanted(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    (folder / "model.safetensors").write_bytes(b"\0" * 8_000)
    request.getfixturevalue("little_space")
    with pytest.raises(DiskFullError, match="no space") as caught:
        packed(folder)
    assert caught.value.wanted.startswith("8,004 bytes")
    assert "TMPDIR" in caught.value.next_step


def test_a_model_is_found_by_name_in_the_hubs_cache(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "hub" / "models--somebody--tiny"
    snapshot = cache / "snapshots" / "abc123"
    snapshot.mkdir(parents=True)
    (cache / "blobs").mkdir()
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("abc123")
    for name, content in FILES.items():
        (cache / "blobs" / name).write_bytes(content)
        (snapshot / name).symlink_to(Path("../../blobs") / name)
    environ = {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    with model_source("somebody/tiny", LIMIT, environ=environ) as source:
        assert isinstance(source.content, Path)
        assert source.content.read_bytes() == packed(folder)
    with (
        pytest.raises(NotFoundError) as caught,
        model_source("somebody/other", LIMIT, environ=environ),
    ):
        pass
    assert caught.value.next_step == "download it first: hf download somebody/other"
