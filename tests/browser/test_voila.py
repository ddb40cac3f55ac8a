"""The same results served by Voilà, as ``make dashboards`` serves them."""

import http.client
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

Visit = Callable[..., Page]
WIDGET_MS = 30_000


def signed_in(visit: Visit, voila, name: str, task: str, **options: object) -> Page:
    """Open a dashboard the way a person does: by the printed address, then by its link."""
    page = visit(f"{voila.url}?token={voila.token}", **options)
    page.goto(voila.page(name, task))
    return page


def test_the_printed_address_leads_to_the_leaderboard(visit: Visit, voila, published) -> None:
    page = visit(f"{voila.url}?token={voila.token}")
    page.get_by_role("link", name="Leaderboard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Speak Nahuatl")
    for row in published.epochs["speak-nahuatl"].payouts:
        expect(page.locator(".wb-table").first).to_contain_text(row.owner)
    expect(page.get_by_label("Order owners by")).to_be_visible(timeout=WIDGET_MS)
    # What the kernel drew has taken the place of what was there at once, not doubled it.
    expect(page.locator("[data-page=leaderboard]")).to_have_count(1)


def test_payouts_on_screen_sum_to_the_pool(visit: Visit, voila, published) -> None:
    epoch = published.epochs["speak-nahuatl"]
    page = signed_in(visit, voila, "payouts", "speak-nahuatl", color_scheme="dark")
    expect(page.get_by_label("Explain the payout of")).to_be_visible(timeout=WIDGET_MS)
    cells = page.locator("[data-page=payouts] tbody td:nth-child(2) data")
    paid = [int(value) for value in cells.evaluate_all("all => all.map(e => e.value)")]
    assert sorted(paid) == sorted(int(row.amount) for row in epoch.payouts)
    assert sum(paid) + int(epoch.returned) == int(epoch.pool)


def test_choosing_an_owner_explains_the_amount(visit: Visit, voila) -> None:
    page = signed_in(visit, voila, "payouts", "speak-nahuatl")
    page.get_by_label("Explain the payout of").select_option("Spanish", timeout=WIDGET_MS)
    expect(page.locator("[data-part=payout]")).to_contain_text("has no share")


def test_hostile_names_are_text_in_tables_and_widgets(visit: Visit, voila, published) -> None:
    page = signed_in(visit, voila, "payouts", "hostile")
    owners = [row.owner for row in published.epochs["hostile"].payouts]
    choice = page.get_by_label("Explain the payout of")
    expect(choice.locator("option")).to_have_count(len(owners), timeout=WIDGET_MS)
    texts = [text.replace("\xa0", " ") for text in choice.locator("option").all_inner_texts()]
    assert texts == owners
    assert sorted(page.locator("[data-page] tbody bdi").all_inner_texts()) == sorted(owners)
    assert page.evaluate("window.hacked") is None


def test_the_table_is_there_before_any_script_and_any_kernel(visit: Visit, voila) -> None:
    page = signed_in(visit, voila, "leaderboard", "speak-nahuatl", java_script_enabled=False)
    expect(page.locator("#wb-head .wb-table")).to_contain_text("Otomí")


@pytest.mark.parametrize(
    ("task", "message"),
    [("damaged", "leaderboard.json is no JSON"), ("nobody", "no results of a task 'nobody'")],
)
def test_what_cannot_be_shown_is_said_in_words(
    visit: Visit, voila, task: str, message: str
) -> None:
    page = signed_in(visit, voila, "leaderboard", task)
    expect(page.get_by_role("alert")).to_contain_text(message)
    page.get_by_role("link", name="Speak Nahuatl").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Speak Nahuatl")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "voila/tree",
        "voila/render/leaderboard.ipynb",
        "voila/api/contents/leaderboard.ipynb",
        "voila/files/voila.json",
        "api/kernels/00000000-0000-0000-0000-000000000000",
        "api/kernels/00000000-0000-0000-0000-000000000000/channels",
    ],
)
@pytest.mark.parametrize("query", ["", "?token=guessed"])
def test_without_the_token_nothing_is_served(voila, path: str, query: str) -> None:
    status, body = _get(voila.url + path + query)
    assert status in {302, 403, 404}
    assert b"Otom" not in body
    assert b"workbench.dashboards" not in body


@pytest.mark.parametrize("path", ["voila/files/voila.json", "voila/files/leaderboard.ipynb"])
def test_with_the_token_no_file_is_served(voila, path: str) -> None:
    assert _get(f"{voila.url}{path}?token={voila.token}")[0] in {403, 404}


def test_a_kernel_knows_no_token_no_home_and_no_secret(visit: Visit, voila) -> None:
    page = visit(f"{voila.page('leaderboard', 'speak-nahuatl')}&token={voila.token}")
    expect(page.get_by_label("Order owners by")).to_be_visible(timeout=WIDGET_MS)
    kernels = psutil.Process(voila.pid).children()
    assert kernels
    for kernel in kernels:
        known = kernel.environ()
        assert known["WORKBENCH_PUBLISHED"]
        assert "WORKBENCH_HOME" not in known
        assert known["HOME"] != str(Path.home())
        assert not any(voila.token in text or "pearl" in text for text in known.values())


def test_it_listens_on_this_machine_only(voila) -> None:
    listening = [
        connection.laddr.ip
        for process in [psutil.Process(voila.pid), *psutil.Process(voila.pid).children()]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert set(listening) == {"127.0.0.1"}
    # Kernels speak over unix sockets: Voilà's own port is the only one.
    assert len(listening) == 1


def _get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
