import contextlib
import json
from pathlib import Path

import pytest
import traitlets

from workbench import dashboards
from workbench.dashboards.published import Published
from workbench.dashboards.serve import PAGES
from workbench.dashboards.views import PageName, draw, requested_task


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


@pytest.mark.parametrize(
    ("page", "text"), [("task", "What to contribute next"), ("runs", "To reproduce")]
)
def test_story_and_runs_are_drawn_without_links_to_static_pages(
    published: Published, page: PageName, text: str
) -> None:
    html = draw(page, published, "speak")
    assert text in html
    assert f'data-page="{page}"' in html
    assert ".html" not in html
    assert ".json" not in html


@pytest.mark.parametrize("page", PAGES)
def test_each_page_leads_to_the_three_others(published: Published, page: PageName) -> None:
    navigation = draw(page, published, "speak").partition("</nav>")[0]
    for other in PAGES:
        assert f'href="{other}.ipynb?task=speak"' in navigation
    assert navigation.count('aria-current="page"') == 1


def test_a_task_that_has_paid_nobody_leads_to_its_story_and_runs_alone(
    published: Published,
) -> None:
    navigation = draw("leaderboard", published, "speak").partition("</nav>")[0]
    assert 'href="task.ipynb?task=tumour"' in navigation
    html = draw("payouts", published, "tumour")
    assert "no epoch of task &#39;tumour&#39; is closed yet" in html
    assert "leaderboard.ipynb?task=tumour" not in html


@pytest.mark.parametrize(("page", "name"), [("task", "task.json"), ("runs", "runs.json")])
def test_a_damaged_story_is_a_message(published: Published, page: PageName, name: str) -> None:
    for text in ("{", "[]", "{}"):
        (published.root / "speak" / name).write_text(text)
        assert f"speak/{name}" in draw(page, published, "speak")


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


@pytest.mark.usefixtures("published")
def test_a_story_is_told_strand_by_strand() -> None:
    choice, view = dashboards.explore_story().children
    assert "Data offered" in view.value
    assert "Epoch 1 closed" in view.value
    assert "Merge 2 rolled back" in view.value
    assert "<b>it forgot" not in view.value
    choice.value = "champion"
    assert "Data offered" not in view.value
    assert "+0.2183 certified" in view.value
    choice.value = "data"
    assert "Merge" not in view.value


@pytest.mark.usefixtures("published")
def test_a_merge_says_who_moved_the_champion_what_it_paid_and_that_it_was_undone() -> None:
    choice, view = dashboards.explore_champion("speak").children
    assert [label for label, _ in choice.options] == ["2: Ana, 2026-11-22", "1: Otomí, 2026-11-22"]
    assert "rolled back" in view.value
    assert "returned to the bounties" in view.value
    assert "To</span>" not in view.value
    assert "&lt;b&gt;it forgot Puebla&lt;/b&gt;" in view.value
    choice.value = "1"
    assert "rolled back" not in view.value
    assert "returned" not in view.value
    assert view.value.count("To</span>") == 2
    assert "4.00" in view.value
    assert "1.00" in view.value


def test_without_merges_it_is_said_that_nobody_moved_the_champion(published: Published) -> None:
    path = published.root / "speak" / "task.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"merges": []}))
    [view] = dashboards.explore_champion("speak").children
    assert "No proposal has been merged yet" in view.value


@pytest.mark.usefixtures("published")
def test_runs_are_chosen_by_kind_and_ordered_by_what_they_found() -> None:
    kind, order, view = dashboards.explore_runs("speak").children
    assert view.value.count("<tr>") == 4
    kind.value = "fine-tune"
    order.value = "loss"
    assert view.value.index("3.40") < view.value.index("3.10")
    assert "valuation" not in view.value
    kind.value = "valuation"
    assert "Choose another" in view.value


def test_of_what_cannot_be_read_there_is_no_story_to_explore(published: Published) -> None:
    for name in ("task.json", "runs.json"):
        (published.root / "speak" / name).write_text("{")
    assert dashboards.explore_story("speak").children == ()
    assert dashboards.explore_champion("speak").children == ()
    assert dashboards.explore_runs("speak").children == ()
