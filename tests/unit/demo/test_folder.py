"""``--fresh`` deletes the demo's own home and nothing else."""

import dataclasses
from pathlib import Path

import pytest

from workbench.core.errors import ForbiddenError
from workbench.core.settings import Settings
from workbench.demo.closing import how_to_open
from workbench.demo.folder import is_ours, mark, start_over


def test_a_new_home_is_marked_and_can_be_started_over(settings: Settings) -> None:
    assert mark(settings)
    (settings.home / "workbench.duckdb").touch()
    assert mark(settings)
    start_over(settings)
    assert not settings.home.exists()
    start_over(settings)


def test_a_home_that_people_use_is_neither_marked_nor_deleted(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "workbench.duckdb").touch()
    assert not mark(settings)
    with pytest.raises(ForbiddenError, match="was not made by the demo") as caught:
        start_over(settings)
    assert "WORKBENCH_HOME" in caught.value.next_step
    assert (settings.home / "workbench.duckdb").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"made_by": "me"}'])
def test_another_marker_is_not_the_demos(settings: Settings, content: str) -> None:
    settings.home.mkdir()
    (settings.home / "demo.json").write_text(content)
    assert not is_ours(settings.home)
    with pytest.raises(ForbiddenError):
        start_over(settings)


def test_a_link_to_the_demos_home_is_not_followed(settings: Settings, tmp_path: Path) -> None:
    mark(settings)
    link = tmp_path / "link"
    link.symlink_to(settings.home)
    with pytest.raises(ForbiddenError):
        start_over(dataclasses.replace(settings, home=link))
    assert settings.home.exists()


def test_the_last_lines_open_everything(settings: Settings) -> None:
    text = how_to_open(settings, ["speak-nahuatl", "tumour"])
    for word in ("make lab", "workbench.dashboards", "mlflow ui", "speak-nahuatl/leaderboard.html"):
        assert word in text
    assert f"WORKBENCH_HOME={settings.home} workbench leaderboard speak-nahuatl" in text


def test_a_tracking_server_is_named_by_its_address(settings: Settings) -> None:
    there = dataclasses.replace(settings, tracking_uri="http://127.0.0.1:5000")
    text = how_to_open(there, [])
    assert "http://127.0.0.1:5000" in text
    assert "mlflow ui" not in text
