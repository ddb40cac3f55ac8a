"""The tutorials, for who installed the package: copied beside people's files, never over them."""

import json
from pathlib import Path

import httpx
import pytest

from tests.jupyter_servers import ROOT, Jupyter

SOURCE = ROOT / "notebooks" / "tutorials"


def sources(notebook: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"]]


@pytest.fixture
def folder(jupyter: Jupyter) -> Path:
    return jupyter.folder / "tutorials"


def test_what_is_missing_is_copied_and_what_a_person_changed_stays(
    page: httpx.Client, folder: Path
) -> None:
    names = sorted(path.name for path in SOURCE.glob("*.ipynb"))
    answer = page.post("workbench/tutorials")
    assert (answer.status_code, answer.json()) == (200, {"folder": "tutorials", "names": names})
    assert {path.name for path in folder.glob("*.ipynb")} == set(names)
    for name in names:
        assert sources(folder / name) == sources(SOURCE / name)
    mine = folder / "first_look.ipynb"
    mine.write_text('{"mine": true}')
    (folder / "contribute.ipynb").unlink()
    assert page.post("workbench/tutorials").status_code == 200
    assert mine.read_text() == '{"mine": true}'
    assert (folder / "contribute.ipynb").is_file()


def test_a_file_of_the_folders_name_is_left_alone(page: httpx.Client, folder: Path) -> None:
    kept = folder.with_name("kept")
    if folder.exists():
        folder.rename(kept)
    folder.write_text("my notes")
    answer = page.post("workbench/tutorials")
    assert (answer.status_code, answer.json()["title"]) == (409, "ConflictError")
    assert "rename the file" in answer.json()["next_step"]
    assert folder.read_text() == "my notes"
    folder.unlink()


def test_a_stranger_and_another_page_copy_nothing(
    stranger: httpx.Client, page: httpx.Client, folder: Path
) -> None:
    before = set(folder.parent.iterdir())
    assert stranger.post("workbench/tutorials").status_code == 403
    assert page.post("workbench/tutorials", headers={"X-XSRFToken": "wrong"}).status_code == 403
    assert set(folder.parent.iterdir()) == before
