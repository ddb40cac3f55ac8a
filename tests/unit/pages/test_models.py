"""A page shows models as a comparison ranks them: shared ranks, intervals, sure differences."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.client.comparisons import compare, comparison
from workbench import pages
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages.models import make_models

TUNED = "d" * 64
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ABOUT: dict[str, Any] = {"title": "Speak", "metric": "log-likelihood", "as_of": NOW}
MakeModels = Callable[..., pages.PublishedModels]


@pytest.mark.parametrize(
    "gains",
    [
        {"base": 0.0, TUNED: -1.0, "e" * 64: 0.02},
        {TUNED: 0.0, "base": 1.0},
        {"base": 0.0},
        {"base": 0.0} | {f"{k:064x}": -0.3 * k for k in range(1, 6)},
    ],
)
def test_a_page_and_a_notebook_rank_alike(gains: dict[str, float]) -> None:
    details = compare(gains)
    shown = comparison(details, champion=TUNED).standings
    published = pages.models_document("c" * 64, details, created_at=NOW, champion=TUNED)
    for row, line in zip(published.rows, shown, strict=True):
        assert row.model_dump() == {name: line[name] for name in type(row).model_fields}
    board = make_models(published)
    assert [line.is_champion for line in board.lines] == [line["champion"] for line in shown]


def test_higher_may_be_better(details: Callable[..., dict[str, Any]]) -> None:
    found = details("higher", a=(0.5, 0.01), b=(0.9, 0.01))
    published = pages.models_document("c" * 64, found, created_at=NOW, champion=None)
    assert [(row.rank, row.model) for row in published.rows] == [(1, "b"), (2, "a")]
    assert published.first == "a"


def test_numbers_show_as_many_digits_as_their_intervals_settle(models: MakeModels) -> None:
    board = make_models(models(base=(3.91234, 0.012), **{TUNED: (4.91234, 0.012)}))
    first, tuned = board.lines
    assert (first.score_text, first.interval_text) == ("3.912", "3.900 to 3.924")
    assert (first.difference_text, first.p_text, first.verdict) == ("", "", "")
    assert (tuned.difference_text, tuned.difference_interval_text) == (
        "+1.000",
        "+0.988 to +1.012",
    )
    assert (tuned.name, tuned.is_digest) == (TUNED[:12], True)
    assert tuned.p_text == "<\N{NO-BREAK SPACE}0.001"
    assert (tuned.verdict, tuned.test, board.percent) == (
        "worse",
        "sign-flip",
        "95\N{NO-BREAK SPACE}%",
    )
    assert not board.ranks_shared


def page(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow], models: pages.PublishedModels
) -> str:
    return pages.leaderboard_html(epoch(row()), **ABOUT, models=models)


def test_the_page_marks_the_champion_in_words(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow], models: MakeModels
) -> None:
    scores = {"base": (3.9, 0.1), TUNED: (3.1, 0.1)}
    html = page(epoch, row, models(TUNED, **scores))
    assert html.count("</span> champion</span>") == 1
    assert "was not compared here" not in html
    elsewhere = page(epoch, row, models("f" * 64, **scores))
    assert "</span> champion</span>" not in elsewhere
    assert "<code>ffffffffffff</code>, was not compared here" in elsewhere
    assert "The champion" not in page(epoch, row, models(None, **scores))


def test_shared_ranks_are_explained_and_settled_ones_too(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow], models: MakeModels
) -> None:
    apart = page(epoch, row, models(base=(3.9, 0.1), b=(3.1, 0.1)))
    shared = page(epoch, row, models(base=(3.9, 0.1), b=(3.8, 0.1)))
    assert "models that share one are not told apart" in shared
    assert "models that share one" not in apart


def test_the_models_table_has_a_caption_and_a_scope_on_each_head(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow], models: MakeModels
) -> None:
    html = page(epoch, row, models(base=(3.9, 0.1), b=(3.1, 0.1)))
    _, _, section = html.partition('<section class="wb-models"')
    assert "Models by loss on 1,234 hidden test rows, best first; lower is better" in section
    assert section.count("<th ") == section.count('scope="col"') + section.count('scope="row"')
    assert section.count('scope="row"') == 2
    rows = section.partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")[:-1]
    assert {one.count("<td") for one in rows} == {5}


def test_hostile_model_names_are_text(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow], models: MakeModels
) -> None:
    hostile = "<script>alert(1)</script>"
    html = page(epoch, row, models(**{hostile: (3.9, 0.1), "b": (3.1, 0.1)}))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_without_a_comparison_there_is_no_models_table(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow]
) -> None:
    assert "Models" not in pages.leaderboard_html(epoch(row()), **ABOUT)
