"""The static pages, opened from the disk as a viewer of a mirror opens them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import low_contrast
from workbench.pages.board import owner_key

pytestmark = pytest.mark.browser

PAGES = ["leaderboard", "payouts"]
EVERY = [*PAGES, "task", "runs", "all", "why"]
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
OWNERS = "article > .wb-scroll > .wb-table"

Visit = Callable[..., Page]


def address(published: Any, task: str, name: str) -> str:
    """Return where a page of a task is; of why, the first owner's."""
    if name == "why":
        owner = published.epochs[task].payouts[0].owner
        return str(published.file(f"{task}/why/1-{owner_key(owner)}.html"))
    return str(published.file(f"{task}/{name}.html"))


def amounts(page: Page, rows: str) -> list[int]:
    """Return the payouts column in micro-credits, from the digits a person reads."""
    heads = page.locator(f"{OWNERS} thead th").all_inner_texts()
    column = next(i for i, text in enumerate(heads) if text.startswith("Payout"))
    cells = page.locator(f"{OWNERS} {rows} tr > *:nth-child({column + 1})").all_inner_texts()
    wholes = [cell.replace(",", "").split(".") for cell in cells]
    return [int(whole) * 10**6 + int(fraction.ljust(6, "0")) for whole, fraction in wholes]


@pytest.mark.parametrize("name", PAGES)
def test_payouts_on_screen_are_those_of_the_epoch_and_sum_to_the_pool(
    visit: Visit, published: Any, name: str
) -> None:
    epoch = published.epochs["speak-nahuatl"]
    page = visit(published.file(f"speak-nahuatl/{name}.html"))
    paid = amounts(page, "tbody")
    assert sorted(paid) == sorted(int(row.amount) for row in epoch.payouts)
    assert amounts(page, "tfoot") == [sum(paid), int(epoch.returned), int(epoch.pool)]
    assert sum(paid) + int(epoch.returned) == int(epoch.pool)


def test_the_leaderboard_shows_each_owner_s_rows_value_error_and_share(
    visit: Visit, published: Any
) -> None:
    page = visit(published.file("speak-nahuatl/leaderboard.html"))
    for row in published.epochs["speak-nahuatl"].payouts:
        line = page.get_by_role("row", name=row.owner)
        expect(line).to_contain_text(f"{row.n_rows:,}")
        expect(line).to_contain_text(
            f"{row.value:+.4f} ± {row.standard_error:.4f}".replace("-", "−")
        )
        expect(line).to_contain_text(f"{100 * row.share:.2f}\N{NO-BREAK SPACE}%")


@pytest.mark.parametrize("name", EVERY)
def test_hostile_names_are_shown_as_text(visit: Visit, published: Any, name: str) -> None:
    page = visit(address(published, "hostile", name))
    names = {row.owner for row in published.epochs["hostile"].payouts}
    shown = {text.replace("\xa0", " ") for text in page.locator("bdi").all_inner_texts()}
    assert names & shown if name in {"why", "runs"} else names <= shown
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, svg [onload]").count() == 0
    # Ours that checks, and its proof, which is no program.
    kinds = page.locator("script").evaluate_all("all => all.map(one => one.type)")
    assert kinds == (["application/json", ""] if name in {"payouts", "all", "why"} else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [*EVERY, "index", "empty"])
def test_every_text_has_enough_contrast(
    visit: Visit, published: Any, picture: Any, name: str, scheme: str
) -> None:
    url = address(published, "speak-nahuatl", name)
    if name in {"index", "empty"}:
        url = published.file(f"{name}.html")
    page = visit(url, color_scheme=scheme)
    picture(page, f"{name}-{scheme}")
    assert low_contrast(page, ".wb-page *") == []


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_only_the_table_scrolls_and_its_first_column_stays(
    visit: Visit, published: Any, picture: Any, name: str
) -> None:
    page = visit(published.file(f"speak-nahuatl/{name}.html"), **PHONE)
    picture(page, f"phone-{name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    owner = page.get_by_role("rowheader", name="Otomí")
    before = owner.bounding_box()
    table = page.locator("article > .wb-scroll")
    table.evaluate("e => { e.scrollLeft = e.scrollWidth }")
    assert table.evaluate("e => e.scrollLeft") > 0
    assert owner.bounding_box() == before


@pytest.mark.parametrize("name", EVERY)
def test_at_200_percent_zoom_only_the_table_scrolls(
    visit: Visit, published: Any, name: str
) -> None:
    # Zoom halves the width in CSS pixels.
    page = visit(
        address(published, "speak-nahuatl", name),
        viewport={"width": 600, "height": 450},
        device_scale_factor=2,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 600


def test_the_keyboard_reaches_links_and_tables_and_shows_where_it_is(
    visit: Visit, published: Any
) -> None:
    page = visit(published.file("speak-nahuatl/leaderboard.html"))
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        assert focused.evaluate("e => parseFloat(getComputedStyle(e).outlineWidth)") >= 2
        assert focused.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        reached.append(focused.get_attribute("href") or focused.get_attribute("aria-label"))
    assert reached == [
        "../index.html",
        "task.html",
        "leaderboard.html",
        "payouts.html",
        "runs.html",
        "Leaderboard table",
        "Models table",
        "leaderboard.json",
        "leaderboard.parquet",
    ]


def test_links_lead_through_all_pages_of_a_mirror(visit: Visit, published: Any) -> None:
    page = visit(published.file("index.html"))
    page.get_by_role("link", name="Leaderboard").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Speak Nahuatl")
    tabs = page.get_by_role("navigation", name="Pages of this task")
    for name, heads in (("Payouts", "State"), ("Task", "Licence"), ("Runs", "To reproduce")):
        tabs.get_by_role("link", name=name).click()
        expect(page.get_by_role("columnheader", name=heads)).to_be_visible()
        expect(tabs.locator("[aria-current=page]")).to_have_text(name)
    page.get_by_role("link", name="Merit Workbench").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Published results")


def test_a_screen_reader_hears_values_and_intervals(visit: Visit, published: Any) -> None:
    page = visit(published.file("speak-nahuatl/leaderboard.html"))
    drawn = page.get_by_role("img", name="Otomí:")
    expect(drawn).to_have_accessible_description("95 % interval from 0.0047 to 0.0161 nats per row")
    expect(page.get_by_role("table", name="Owners by what their data added")).to_be_visible()


def test_a_screen_reader_hears_which_models_are_better_and_how_surely(
    visit: Visit, published: Any, picture: Any
) -> None:
    page = visit(published.file("speak-nahuatl/leaderboard.html"))
    picture(page, "models")
    models = page.get_by_role("table", name="Models by loss-per-token")
    expect(models.get_by_role("row", name="champion")).to_contain_text("sign-flip")
    heads = models.get_by_role("rowheader")
    for place, name in enumerate(("1 dddddddddddd champion", "2 eeeeeeeeeeee", "2 base")):
        expect(heads.nth(place)).to_have_accessible_name(f"Rank {name}")
    phone = visit(published.file("speak-nahuatl/leaderboard.html"), **PHONE)
    region = phone.get_by_role("region", name="Models table")
    head = phone.get_by_role("rowheader", name="champion")
    region.scroll_into_view_if_needed()
    before = head.bounding_box()
    region.evaluate("e => { e.scrollLeft = e.scrollWidth }")
    assert region.evaluate("e => e.scrollLeft") > 0
    assert head.bounding_box() == before
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_paper_nothing_is_cut_off(visit: Visit, published: Any, picture: Any) -> None:
    page = visit(published.file("speak-nahuatl/leaderboard.html"), color_scheme="dark")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    picture(page, "paper-leaderboard")
    for table in page.locator(".wb-table").all():
        box = table.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 720
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
