from pathlib import Path

import pytest

from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.dashboards import Published


def test_a_folder_that_does_not_exist_has_no_tasks(tmp_path: Path) -> None:
    assert Published(tmp_path / "nothing").tasks() == []


def test_only_tasks_with_a_closed_epoch_are_shown(published: Published) -> None:
    assert [task.id for task in published.tasks()] == ["speak"]


def test_a_leaderboard_is_read_from_json_and_parquet_alike(published: Published) -> None:
    payout = published.leaderboard("speak").epoch.payouts[0]
    frame = published.frame("speak")
    assert frame.to_dict("records") == [payout.model_dump()]


def test_an_unknown_task_names_the_nearest(published: Published) -> None:
    with pytest.raises(NotFoundError) as caught:
        published.leaderboard("speek")
    assert caught.value.facts["nearest"] == ["speak"]
    with pytest.raises(NotFoundError):
        published.frame("speek")


@pytest.mark.parametrize(
    "task", ["", ".", "..", "../home", "a/b", "/etc", "a\x00b", ".hidden", "é", "a" * 65, "a\n"]
)
def test_a_task_id_cannot_leave_the_folder(published: Published, task: str) -> None:
    with pytest.raises(InvalidInputError, match="no task id"):
        published.leaderboard(task)


def test_damaged_files_are_refused_by_name(published: Published) -> None:
    for name in ("leaderboard.json", "leaderboard.parquet"):
        (published.root / "speak" / name).write_bytes(b"PAR1 not quite")
    with pytest.raises(InvalidInputError, match=r"speak/leaderboard\.json"):
        published.leaderboard("speak")
    with pytest.raises(InvalidInputError, match=r"speak/leaderboard\.parquet"):
        published.frame("speak")


def test_what_is_no_file_is_refused(published: Published) -> None:
    (published.root / "index.json").unlink()
    (published.root / "index.json").mkdir()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        published.index()


def test_an_endless_file_is_refused(published: Published) -> None:
    with (published.root / "index.json").open("wb") as file:
        file.truncate(33 * 2**20)
    with pytest.raises(TooLargeError, match="larger"):
        published.index()


def test_the_folder_is_the_variable_or_the_home_of_the_settings() -> None:
    assert Published.from_environment({"WORKBENCH_PUBLISHED": "/p"}).root == Path("/p")
    assert Published.from_environment({"WORKBENCH_HOME": "/h"}).root == Path("/h/published")
