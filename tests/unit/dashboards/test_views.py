import contextlib
import json
from pathlib import Path

import pytest
import traitlets

from workbench import dashboards
from workbench.dashboards.published import Published
from workbench.dashboards.views import draw, requested_task


def test_the_first_task_is_drawn_when_none_is_named(published: Published) -> None:
    assert 'data-task="speak"' in draw("leaderboard", published, None)
    assert 'data-page="payouts"' in draw("payouts", published, None)


def test_nothing_published_yet_says_what_to_do(tmp_path: Path) -> None:
    assert "workbench demo" in draw("leaderboard", Published(tmp_path), None)


@pytest.mark.parametrize("task", ["unknown", "../../etc", "<script>alert(1)</script>"])
def test_an_unknown_task_is_a_message_below_the_navigation(published: Published, task: str) -> None:
    html = draw("leaderboard", published, task)
    assert "This task cannot be shown" in html
    assert "leaderboard.ipynb" in html
    assert "<script" not in html


def test_models_are_drawn_with_the_leaderboard_alone(published: Published) -> None:
    assert ">Models</h2>" in draw("leaderboard", published, "speak")
    assert ">Models</h2>" not in draw("payouts", published, "speak")


@pytest.mark.parametrize("name", ["index.json", "speak/leaderboard.json"])
def test_a_damaged_file_is_a_message_and_no_traceback(published: Published, name: str) -> None:
    (published.root / name).write_text("{")
    assert f"{name} is no JSON" in draw("payouts", published, "speak")


def test_an_epoch_that_does_not_add_up_is_a_message_without_numbers(published: Published) -> None:
    path = published.root / "speak" / "leaderboard.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"paid": "1"}))
    html = draw("payouts", published, "speak")
    assert "does not add up" in html
    assert "<table" not in html


@pytest.mark.parametrize(
    ("query", "task"),
    [("", None), ("task=speak", "speak"), ("x=1&task=a%20b", "a b"), ("a&" * 50, None)],
)
def test_the_task_is_read_from_the_address(query: str, task: str | None) -> None:
    assert requested_task(query) == task


@pytest.mark.usefixtures("published")
def test_a_cell_shows_the_page_with_its_style() -> None:
    assert "<style>" in dashboards.leaderboard().data
    assert "Otomí" in dashboards.payouts("speak").data


@pytest.mark.usefixtures("published")
def test_choosing_another_order_redraws_the_owners() -> None:
    choice, view = dashboards.explore_value().children
    assert "Owners by value" in view.value
    choice.value = "rows"
    assert "Owners by data" in view.value


@pytest.mark.usefixtures("published")
def test_choosing_an_owner_explains_the_amount() -> None:
    choice, view = dashboards.explore_payout("speak").children
    assert choice.options == (("Otomí", "Otomí"),)
    assert "5.00" in view.value


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("index", [None, 99, -1])
def test_a_choice_that_was_not_offered_changes_nothing(index: int | None) -> None:
    choice, view = dashboards.explore_payout("speak").children
    before = view.value
    with contextlib.suppress(traitlets.TraitError):
        choice.set_state({"index": index})
    assert view.value == before


def test_there_is_nothing_to_explore_in_what_cannot_be_shown(published: Published) -> None:
    assert dashboards.explore_value("unknown").children == ()
    (published.root / "index.json").write_text("{")
    assert dashboards.explore_value().children == ()
