"""A file that somebody asked for is there whole, or not at all."""

import stat
from pathlib import Path

import pytest

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.core.new_file import put_whole, write_new


def test_a_file_is_written_once(tmp_path: Path) -> None:
    path = write_new(tmp_path / "a", "µcr\n", mode=0o600)
    assert path.read_bytes() == b"\xc2\xb5cr\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConflictError, match="exists"):
        write_new(path, "other")
    assert path.read_text(encoding="utf-8") == "µcr\n"


def test_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    with pytest.raises(ConflictError):
        write_new(tmp_path / "a", "text")
    assert not (tmp_path / "b").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="No such file"):
        write_new(tmp_path / "none" / "a", "text")


@pytest.mark.usefixtures("little_space")
def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be written"):
        write_new(tmp_path / "a", "x" * 10_000)
    assert not (tmp_path / "a").exists()


def test_a_whole_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "head.json"
    put_whole(path, b"old", mode=0o600)
    put_whole(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["head.json"]


def test_a_whole_file_that_cannot_be_put_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        put_whole(path, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]
