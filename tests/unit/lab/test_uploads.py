"""Partial files, on a disk that ends, under a clock that jumps, with more than one sender."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from workbench.core.errors import ConflictError, DiskFullError, ForbiddenError, TooLargeError
from workbench.lab.receiving import Receiving
from workbench.lab.uploads import Uploads

ID = "0123456789abcdef"


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", 2**20)


def take(receiving: Receiving, *chunks: bytes) -> None:
    """Send chunks as tornado would, and wait until they are written."""

    async def story() -> None:
        for chunk in chunks:
            await receiving.take(chunk)
        await receiving.settle()

    asyncio.run(story())


@pytest.mark.usefixtures("little_space")
def test_a_full_disk_keeps_what_has_arrived_and_says_so(uploads: Uploads) -> None:
    with uploads.open(ID, 0, 10_000) as receiving:
        take(receiving, b"x" * 4_000)
        with pytest.raises(DiskFullError, match="no space is left") as refused:
            take(receiving, b"x" * 4_000, b"y", b"z")
    assert "continue" in refused.value.next_step
    # Nothing follows bytes that are missing, not even when the file is let go.
    assert 4_000 <= uploads.offset(ID) <= 4_096
    assert b"y" not in receiving.path.read_bytes()


def test_a_file_that_cannot_fit_is_refused_before_it_starts(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", 2**70)
    with pytest.raises(DiskFullError):
        uploads.open(ID, 0, 2**62)
    assert uploads.offset(ID) == 0


def test_one_sender_at_a_time_and_only_at_the_end(uploads: Uploads) -> None:
    with uploads.open(ID, 0, 10) as receiving:
        take(receiving, b"abc")
        with pytest.raises(ConflictError, match="another tab"):
            uploads.open(ID, 3, 10)
    with pytest.raises(ConflictError, match="3 bytes of this upload are here") as refused:
        uploads.open(ID, 0, 10)
    assert refused.value.facts["offset"] == 3
    with uploads.open(ID, 3, 10) as receiving:
        take(receiving, b"def")
    assert uploads.offset(ID) == 6


def test_a_late_write_of_a_page_that_left_changes_nothing(uploads: Uploads) -> None:
    receiving = uploads.open(ID, 0, 10)
    receiving.close()
    take(receiving, b"abc")
    assert uploads.offset(ID) == 0


def test_a_link_in_the_folder_is_not_followed(uploads: Uploads, tmp_path: Path) -> None:
    uploads.open("another-0123456789", 0, 1).close()
    target = tmp_path / "precious"
    target.write_text("precious")
    (tmp_path / "uploads" / f"{ID}.partial").symlink_to(target)
    with pytest.raises(Exception, match="cannot be written"):
        uploads.open(ID, 0, 3)
    assert target.read_text() == "precious"


def test_a_folder_that_others_can_enter_is_refused(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir(mode=0o755)
    with pytest.raises(ForbiddenError, match="others can enter"):
        uploads.open(ID, 0, 3)


def test_a_file_above_the_limit_is_refused(uploads: Uploads) -> None:
    with pytest.raises(TooLargeError):
        uploads.open(ID, 0, 2**20 + 1)


def test_chunks_are_written_in_their_order_and_a_slow_one_at_once(uploads: Uploads) -> None:
    chunks = [bytes([n % 256]) * (1 + n % 7) for n in range(5_000)]
    content = b"".join(chunks)

    async def story(receiving: Receiving) -> None:
        for chunk in chunks:
            await receiving.take(chunk)
        deadline = time.monotonic() + 30
        # Nobody asks for it, and no other chunk comes.
        while receiving.size < len(content):
            assert time.monotonic() < deadline
            await asyncio.sleep(0)

    with uploads.open(ID, 0, len(content)) as receiving:
        asyncio.run(story(receiving))
        assert receiving.path.read_bytes() == content


def test_settled_means_written_whenever_the_last_write_ended(uploads: Uploads) -> None:
    async def story(receiving: Receiving) -> None:
        for n in range(200):
            await receiving.take(b"x")
            await asyncio.sleep(0)
            # The thread is done with it, and the loop has not noticed.
            while receiving.size < 2 * n + 1:
                pass
            await receiving.take(b"y")
            for _ in range(n % 8):
                await asyncio.sleep(0)
            await receiving.settle()
            assert receiving.size == 2 * (n + 1)

    with uploads.open(ID, 0, 400) as receiving:
        asyncio.run(story(receiving))


def test_what_was_taken_is_written_when_the_page_leaves(uploads: Uploads) -> None:
    async def story(receiving: Receiving) -> None:
        for _ in range(10):
            await receiving.take(b"x" * 1_000)
        receiving.close()

    asyncio.run(story(uploads.open(ID, 0, 20_000)))
    assert uploads.offset(ID) == 10_000


def test_a_file_of_another_size_is_no_continuation(uploads: Uploads) -> None:
    with uploads.open(ID, 0, 10) as receiving:
        take(receiving, b"abc")
    with pytest.raises(ConflictError, match="of 10 bytes, and now it has 12") as refused:
        uploads.open(ID, 3, 12)
    assert refused.value.facts["reason"] == "changed"
    assert (uploads.offset(ID), uploads.size(ID)) == (3, 10)
    uploads.open(ID, 3, 10).close()
    uploads.cancel(ID)
    uploads.open(ID, 0, 12).close()


def test_uploads_that_nobody_came_back_for_are_swept(uploads: Uploads, tmp_path: Path) -> None:
    with uploads.open("forgotten-for-weeks", 0, 3) as receiving:
        take(receiving, b"ab")
    for path in (tmp_path / "uploads").iterdir():
        os.utime(path, (0, 0))
    uploads.open(ID, 0, 3).close()
    assert uploads.offset("forgotten-for-weeks") == 0
    assert {path.stem for path in (tmp_path / "uploads").iterdir()} == {ID}


def test_a_clock_that_jumps_ahead_sweeps_nothing_that_is_sent(
    uploads: Uploads, tmp_path: Path
) -> None:
    with uploads.open("sent-at-this-moment", 0, 9) as receiving:
        take(receiving, b"ab")
        for path in (tmp_path / "uploads").iterdir():
            os.utime(path, (0, 0))
        uploads.open(ID, 0, 3).close()
        receiving.check_here()
        take(receiving, b"cd")
    assert (uploads.offset("sent-at-this-moment"), uploads.size("sent-at-this-moment")) == (4, 9)
