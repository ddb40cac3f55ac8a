import os
import stat
from pathlib import Path

import pytest

from workbench.core.errors import ForbiddenError
from workbench.core.folders import private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = private_folder(tmp_path / "not" / "yet" / "there")
    assert mode(path) == 0o700
    assert private_folder(path) == path


@pytest.mark.parametrize("content", [None, "workbench.duckdb", "server.lock"])
def test_an_empty_folder_and_an_open_home_are_closed_to_others(
    tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "home"
    path.mkdir()
    path.chmod(0o755)
    if content is not None:
        (path / content).touch()
    private_folder(path)
    assert mode(path) == 0o700


def test_an_open_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "documents"
    path.mkdir()
    path.chmod(0o755)
    (path / "thesis.tex").touch()
    with pytest.raises(ForbiddenError, match="holds other files") as caught:
        private_folder(path)
    assert "chmod 700" in caught.value.next_step
    assert mode(path) == 0o755


def test_a_link_is_refused_and_the_folder_behind_it_named(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ForbiddenError, match="is a link") as caught:
        private_folder(tmp_path / "link")
    assert str(tmp_path / "real") in caught.value.next_step


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ForbiddenError, match="cannot be used"):
        private_folder(tmp_path / "file")


def test_somebody_elses_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private_folder(tmp_path / "theirs")
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    with pytest.raises(ForbiddenError, match=f"belongs to user {me}"):
        private_folder(path)
