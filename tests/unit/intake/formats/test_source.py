"""Files are opened within limits; gzip is unpacked to the end and no further."""

import gzip
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import TooLargeError, UnsupportedFormatError, WorkbenchError
from workbench.intake.formats.source import open_source
from workbench.intake.limits import Limits

HEAD, TAIL = gzip.compress(b"text\nho", mtime=0), gzip.compress(b"la\n", mtime=0)
DEFAULTS = Limits()


def unpack(folder: Path, content: bytes, limits: Limits = DEFAULTS) -> bytes:
    path = folder / "blob"
    path.write_bytes(content)
    with open_source(path, "rows.csv.gz", gzipped=True, limits=limits, scratch=folder) as stream:
        return stream.read()


def refused(folder: Path, content: bytes, limits: Limits = DEFAULTS) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        unpack(folder, content, limits)
    assert [path.name for path in folder.iterdir()] == ["blob"]
    assert caught.value.wanted
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        HEAD + TAIL,
        HEAD + gzip.compress(b"") + TAIL,
        HEAD + TAIL + b"\0" * 200_000,
        HEAD + b"\0" * 65_536 + TAIL,
        HEAD + b"\0" * (65_535 - len(HEAD)) + TAIL,
    ],
    ids=["two", "an empty one between", "padded", "padded between", "cut inside the magic"],
)
def test_members_in_a_row_are_one_file(tmp_path: Path, content: bytes) -> None:
    assert unpack(tmp_path, content) == b"text\nhola\n"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (HEAD + b"tail", "something follows its end"),
        (HEAD + b"\0\0tail", "something follows its end"),
        (HEAD + b"PK\x03\x04", "something follows its end"),
        (HEAD + b"\x1f", "it ends too early"),
        (HEAD + TAIL[:-1], "it ends too early"),
        (HEAD[:-9], "it ends too early"),
        (b"\x1f\x8b", "it ends too early"),
        (HEAD[:-8] + b"\0" * 8, "incorrect data check"),
        (HEAD[:-4] + b"\0" * 4, "incorrect length check"),
        (HEAD[:10] + b"\xff" * 20, "invalid"),
        (b"\x1f\x8b\x07" + HEAD[3:], "unknown compression method"),
    ],
)
def test_a_damaged_file_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    error = refused(tmp_path, content)
    assert isinstance(error, UnsupportedFormatError)
    assert error.facts["reason"] == "broken-gzip"
    assert why in error.found


@pytest.mark.parametrize("content", [b"text\nhola\n", b"\x1f", b"\0" + HEAD, b"\x1f\x9d\x90"])
def test_a_gz_name_needs_gzip(tmp_path: Path, content: bytes) -> None:
    error = refused(tmp_path, content)
    assert error.facts["reason"] == "content-mismatch"
    assert "drop the ending .gz" in error.next_step


def test_a_file_named_plainly_is_given_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(HEAD)
    with open_source(path, "rows.csv", gzipped=False, limits=Limits()) as stream:
        assert stream.read() == HEAD


@pytest.mark.parametrize(
    ("limits", "reason", "limit"),
    [
        (Limits(max_file_bytes=300_000), "gzip-too-large", "300000 bytes"),
        (Limits(max_gzip_ratio=100), "gzip-bomb", "100-fold"),
        (Limits(max_gzip_members=2, max_gzip_ratio=2_000), "gzip-members", "2 gzip files"),
        (Limits(max_file_bytes=20), "file-too-large", "20 bytes"),
    ],
)
def test_what_exceeds_a_limit_names_it(
    tmp_path: Path, limits: Limits, reason: str, limit: str
) -> None:
    content = gzip.compress(b"a" * 2**20) * 3
    error = refused(tmp_path, content, limits)
    assert isinstance(error, TooLargeError)
    assert error.facts["reason"] == reason
    assert limit in f"{error.found} {error.wanted}"


def test_growth_is_judged_over_all_members_and_from_a_mebibyte_on(tmp_path: Path) -> None:
    zeros = gzip.compress(b"a" * 2**20)
    assert len(zeros) * 200 < 2**20
    assert len(unpack(tmp_path, zeros)) == 2**20
    assert refused(tmp_path, zeros * 2).facts["reason"] == "gzip-bomb"


def test_zeros_behind_the_end_buy_no_growth(tmp_path: Path) -> None:
    content = gzip.compress(b"a" * 2**22) + b"\0" * 2**16
    assert refused(tmp_path, content).facts["reason"] == "gzip-bomb"


def test_memory_is_flat_however_much_there_is(tmp_path: Path) -> None:
    noise = np.random.default_rng(7).integers(65, 91, 2**20, dtype=np.uint8).tobytes()
    packer = zlib.compressobj(1, wbits=31)
    path = tmp_path / "blob"
    path.write_bytes(b"".join(packer.compress(noise) for _ in range(24)) + packer.flush())
    tracemalloc.start()
    try:
        with open_source(
            path, "rows.txt.gz", gzipped=True, limits=Limits(), scratch=tmp_path
        ) as stream:
            assert stream.seek(0, 2) == 24 * 2**20
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6 * 2**20
