"""Partial files, on a disk that ends and with more than one sender."""

from pathlib import Path

import pytest

from workbench.core.errors import ConflictError, DiskFullError, ForbiddenError, TooLargeError
from workbench.lab.uploads import Uploads

ID = "0123456789abcdef"


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", 2**20)


@pytest.mark.usefixtures("little_space")
def test_a_full_disk_keeps_what_has_arrived_and_says_so(uploads: Uploads) -> None:
    with uploads.open(ID, 0, 10_000) as receiving:
        receiving.write(b"x" * 4_000)
        with pytest.raises(DiskFullError, match="no space is left") as refused:
            receiving.write(b"x" * 4_000)
    assert "continue" in refused.value.next_step
    assert 4_000 <= uploads.offset(ID) <= 4_096


def test_a_file_that_cannot_fit_is_refused_before_it_starts(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", 2**70)
    with pytest.raises(DiskFullError):
        uploads.open(ID, 0, 2**62)
    assert uploads.offset(ID) == 0


def test_one_sender_at_a_time_and_only_at_the_end(uploads: Uploads) -> None:
    with uploads.open(ID, 0, 10) as receiving:
        receiving.write(b"abc")
        with pytest.raises(ConflictError, match="another tab"):
            uploads.open(ID, 3, 10)
    with pytest.raises(ConflictError, match="3 bytes of this upload are here") as refused:
        uploads.open(ID, 0, 10)
    assert refused.value.facts["offset"] == 3
    with uploads.open(ID, 3, 10) as receiving:
        receiving.write(b"def")
    assert uploads.offset(ID) == 6


def test_a_late_write_of_a_page_that_left_changes_nothing(uploads: Uploads) -> None:
    receiving = uploads.open(ID, 0, 10)
    receiving.close()
    receiving.write(b"abc")
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
