"""A page names files as the file browser does, and reaches no others."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from workbench.lab.local_files import check_unchanged, local_file, root_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "rows.csv").write_text("text\na\n")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "key").write_text("key")
    (tmp_path / "secret.csv").write_text("secret")
    return folder


def test_a_file_below_the_root_is_found_also_through_a_link_inside(root: Path) -> None:
    wanted = (root / "data" / "rows.csv").resolve()
    (root / "link.csv").symlink_to(root / "data" / "rows.csv")
    for path in ("data/rows.csv", "/data/rows.csv", "data//rows.csv", "link.csv"):
        assert local_file(root, path) == wanted


@pytest.mark.parametrize("path", ["../secret.csv", "data/../../secret.csv", ".hidden/key"])
def test_what_leads_upwards_or_is_hidden_is_refused(root: Path, path: str) -> None:
    with pytest.raises(ForbiddenError):
        local_file(root, path)


def test_links_that_lead_out_are_refused(root: Path, tmp_path: Path) -> None:
    (root / "out.csv").symlink_to(tmp_path / "secret.csv")
    (root / "up").symlink_to(tmp_path)
    for path in ("out.csv", "up/secret.csv"):
        with pytest.raises(ForbiddenError, match="leads out"):
            local_file(root, path)


@pytest.mark.parametrize("path", ["", "/", "a\0b", "x" * 5_000])
def test_what_is_no_path_is_refused(root: Path, path: str) -> None:
    with pytest.raises(InvalidInputError):
        local_file(root, path)


@pytest.mark.parametrize("path", ["data", "data/missing.csv"])
def test_what_is_no_file_is_not_found(root: Path, path: str) -> None:
    with pytest.raises(NotFoundError):
        local_file(root, path)


def test_a_pipe_is_no_file(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(NotFoundError):
        local_file(root, "pipe")


def test_a_file_that_changed_is_told(root: Path) -> None:
    path = root / "data" / "rows.csv"
    before = path.stat()
    check_unchanged(path, before)
    path.write_text("text\na\nb\n")
    with pytest.raises(ConflictError) as refused:
        check_unchanged(path, before)
    assert refused.value.facts["reason"] == "changed"


def test_a_server_whose_files_are_elsewhere_has_no_paths(tmp_path: Path) -> None:
    assert root_of(SimpleNamespace(root_dir=str(tmp_path))) == tmp_path
    with pytest.raises(ForbiddenError):
        root_of(SimpleNamespace())
