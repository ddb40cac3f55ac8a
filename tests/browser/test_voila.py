"""The same results served by Voilà, as ``make dashboards`` serves them."""

import http.client
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.browser.conftest import HOSTILE

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def signed_in(visit: Visit, voila: Any, name: str, task: str, **options: object) -> Page:
    """Open a dashboard the way a person does: by the printed address, then by its link."""
    page = visit(f"{voila.url}?token={voila.token}", **options)
    page.goto(voila.page(name, task), wait_until="commit")
    return page


def test_the_printed_address_leads_to_the_leaderboard(
    visit: Visit, voila: Any, published: Any, picture: Any
) -> None:
    page = visit(f"{voila.url}?token={voila.token}")
    picture(page, "voila-start")
    page.get_by_role("link", name="Leaderboard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Speak Nahuatl")
    for row in published.epochs["speak-nahuatl"].payouts:
        expect(page.locator(".wb-table").first).to_contain_text(row.owner)
    page.get_by_label("Order owners by").select_option("Payout per row")
    expect(page.locator("[data-part=order] caption")).to_have_text("Owners by payout per row")
    # What the kernel drew has taken the place of what was there at once, not doubled it.
    expect(page.locator("[data-page=leaderboard]")).to_have_count(1)
    picture(page, "voila-leaderboard")


def test_payouts_on_screen_sum_to_the_pool_and_each_is_explained(
    visit: Visit, voila: Any, published: Any, picture: Any
) -> None:
    epoch = published.epochs["speak-nahuatl"]
    page = signed_in(visit, voila, "payouts", "speak-nahuatl", color_scheme="dark")
    choice = page.get_by_label("Explain the payout of")
    choice.select_option("Otomí")
    expect(page.locator("[data-part=payout]")).to_contain_text("0.0104 ÷ 0.2370")
    picture(page, "voila-payouts-dark")
    choice.select_option("Spanish")
    expect(page.locator("[data-part=payout]")).to_contain_text("has no share")
    cells = page.locator("[data-page=payouts] tbody td:nth-child(2) data")
    paid = [int(value) for value in cells.evaluate_all("all => all.map(e => e.value)")]
    assert sorted(paid) == sorted(int(row.amount) for row in epoch.payouts)
    assert sum(paid) + int(epoch.returned) == int(epoch.pool)


def test_a_task_s_story_says_who_moved_the_champion_and_what_it_paid(
    visit: Visit, voila: Any, published: Any, picture: Any
) -> None:
    page = signed_in(visit, voila, "task", "speak-nahuatl")
    merges = page.get_by_label("Explain merge")
    expect(merges.locator("option")).to_have_text(
        ["2: Puebla Nahuatl, 2026-11-20", "1: Western Huasteca Nahuatl, 2026-11-19"]
    )
    expect(page.locator("[data-part=merge]")).to_contain_text("rolled back")
    merges.select_option(index=1)
    told = page.locator("[data-part=merge]")
    expect(told).to_contain_text("by Western Huasteca Nahuatl")
    expect(told).to_contain_text("109.15 credits, ● paid")
    expect(told).not_to_contain_text("rolled back")
    events = page.locator("[data-part=events] tbody tr")
    expect(events.first).to_contain_text("Merge 2 rolled back")
    picture(page, "voila-task")
    page.get_by_label("Show what happened").select_option("Data that came in")
    expect(events).to_have_count(len(published.epochs["speak-nahuatl"].payouts))
    expect(page.locator("[data-page=task]")).to_have_count(1)


def test_runs_are_chosen_and_ordered(visit: Visit, voila: Any, picture: Any) -> None:
    page = signed_in(visit, voila, "runs", "speak-nahuatl", color_scheme="dark")
    rows = page.locator("[data-part=runs] tbody tr")
    page.get_by_label("Show runs").select_option("fine-tune (2)")
    expect(rows).to_have_count(2)
    page.get_by_label("Order runs by").select_option("loss")
    expect(rows.first).to_contain_text("3.40")
    picture(page, "voila-runs-dark")


def test_one_navigation_leads_through_the_four_pages(visit: Visit, voila: Any) -> None:
    page = signed_in(visit, voila, "task", "speak-nahuatl", java_script_enabled=False)
    for name in ("Leaderboard", "Payouts", "Runs", "Task"):
        navigation = page.locator("#wb-head").get_by_role("navigation")
        navigation.get_by_role("link", name=name, exact=True).click()
        expect(navigation.locator("[aria-current=page]")).to_have_text(name)
        article = page.locator(f"#wb-head [data-page={name.lower()}]")
        expect(article.get_by_role("heading", level=1)).to_have_text("Speak Nahuatl")


@pytest.mark.parametrize("name", ["task", "runs"])
def test_hostile_names_are_text_in_stories_and_runs(visit: Visit, voila: Any, name: str) -> None:
    page = signed_in(visit, voila, name, "hostile")
    expect(page.locator("select").first).to_be_visible()
    expect(page.locator("[data-part]").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE[0])
    if name == "task":
        expect(page.locator("[data-part=merge]")).to_contain_text(HOSTILE[1])
        expect(page.locator("[data-part=events]")).to_contain_text(HOSTILE[2])
    assert page.evaluate("window.hacked") is None


def test_hostile_names_are_text_in_tables_and_widgets(
    visit: Visit, voila: Any, published: Any
) -> None:
    page = signed_in(visit, voila, "payouts", "hostile")
    owners = [row.owner for row in published.epochs["hostile"].payouts]
    choice = page.get_by_label("Explain the payout of")
    expect(choice.locator("option")).to_have_count(len(owners))
    texts = [text.replace("\xa0", " ") for text in choice.locator("option").all_inner_texts()]
    assert texts == owners
    assert sorted(page.locator("[data-page] tbody bdi").all_inner_texts()) == sorted(owners)
    assert page.evaluate("window.hacked") is None


def test_the_table_is_there_before_any_script_and_any_kernel(visit: Visit, voila: Any) -> None:
    page = signed_in(visit, voila, "leaderboard", "speak-nahuatl", java_script_enabled=False)
    expect(page.locator("#wb-head .wb-table").first).to_contain_text("Otomí")


@pytest.mark.parametrize(
    ("task", "message"),
    [("damaged", "leaderboard.json is no JSON"), ("nobody", "no results of a task 'nobody'")],
)
def test_what_cannot_be_shown_is_said_in_words(
    visit: Visit, voila: Any, picture: Any, task: str, message: str
) -> None:
    page = signed_in(visit, voila, "leaderboard", task, java_script_enabled=False)
    expect(page.locator("#wb-head").get_by_role("alert")).to_contain_text(message)
    expect(page.locator("#wb-head").get_by_role("link", name="Speak Nahuatl")).to_be_visible()
    picture(page, f"voila-{task}")


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
def test_without_the_token_nothing_is_served(voila: Any, path: str, query: str) -> None:
    status, body = _get(voila.url + path + query)
    assert status in {302, 403, 404}
    assert b"Otom" not in body
    assert b"workbench.dashboards" not in body


@pytest.mark.parametrize("path", ["voila/files/voila.json", "voila/files/leaderboard.ipynb"])
def test_with_the_token_no_file_is_served(voila: Any, path: str) -> None:
    assert _get(f"{voila.url}{path}?token={voila.token}")[0] in {403, 404}


def test_a_kernel_knows_no_token_no_home_and_no_secret(visit: Visit, voila: Any) -> None:
    # The worst case: the token in the very address whose query the kernel is told.
    page = visit(f"{voila.page('leaderboard', 'speak-nahuatl')}&token={voila.token}")
    expect(page.get_by_label("Order owners by")).to_be_visible()
    kernels = psutil.Process(voila.pid).children()
    assert kernels
    for kernel in kernels:
        known = kernel.environ()
        assert known["WORKBENCH_PUBLISHED"]
        assert "WORKBENCH_HOME" not in known
        assert known["HOME"] != str(Path.home())
        assert not any(voila.token in text or "pearl" in text for text in known.values())
        connections = kernel.net_connections("inet")
        assert {connection.laddr.ip for connection in connections} <= {"127.0.0.1"}


@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        ("leaderboard", None),
        ("leaderboard", "v1.kernel.websocket.jupyter.org"),
        ("task", None),
        ("runs", "v1.kernel.websocket.jupyter.org"),
    ],
)
def test_a_viewer_cannot_run_code(
    visit: Visit, voila: Any, tmp_path: Path, name: str, protocol: str | None
) -> None:
    page = signed_in(visit, voila, name, "speak-nahuatl")
    expect(page.locator("select").first).to_be_visible()
    about = json.loads(page.locator("#jupyter-config-data").text_content() or "")
    ran = tmp_path / "ran"
    code = f"open({str(ran)!r}, 'w')"
    content = {"code": code, "silent": False, "user_expressions": {"x": code}}
    url = f"{voila.url.replace('http', 'ws')}api/kernels/{about['kernelId']}/channels"
    spoken = None if protocol is None else [Subprotocol(protocol)]
    with connect(f"{url}?token={voila.token}", subprotocols=spoken) as socket:
        assert socket.subprotocol == protocol
        for channel in ("shell", "control"):
            socket.send(_message("execute_request", content, channel, protocol))
        # Answers come in order: when this one is there, the others would have been.
        for channel in ("shell", "control"):
            socket.send(_message("kernel_info_request", {}, channel, protocol))
        answers: list[str] = []
        while sum("kernel_info_reply" in answer for answer in answers) < 2:
            answer = socket.recv(timeout=30)
            answers.append(answer if isinstance(answer, str) else answer.decode("latin-1"))
    assert not any("execute_" in answer for answer in answers)
    assert not ran.exists()


def test_a_socket_without_the_token_is_refused(voila: Any) -> None:
    url = voila.url.replace("http", "ws")
    nowhere = "00000000-0000-0000-0000-000000000000"
    for path in (f"api/kernels/{nowhere}/channels", f"voila/query/{nowhere}"):
        with pytest.raises(InvalidStatus) as refused, connect(url + path):
            pass
        assert refused.value.response.status_code in {302, 403, 404}


def test_the_kernel_that_waited_draws_the_task_that_is_asked_for(
    visit: Visit, voila: Any, published: Any
) -> None:
    for task in ("hostile", "speak-nahuatl"):
        page = signed_in(visit, voila, "payouts", task)
        choice = page.get_by_label("Explain the payout of")
        expect(choice.locator("option")).to_have_count(len(published.epochs[task].payouts))


def test_it_listens_on_this_machine_only(voila: Any) -> None:
    connections = psutil.Process(voila.pid).net_connections("inet")
    listening = [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def _message(kind: str, content: Any, channel: str, protocol: str | None) -> str | bytes:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "viewer", "version": "5.3"}
    header |= {"session": uuid.uuid4().hex, "date": "2026-11-22T10:30:00Z"}
    parts: dict[str, Any] = {"header": header, "parent_header": {}, "metadata": {}}
    parts["content"] = content
    if protocol is None:
        return json.dumps(parts | {"channel": channel, "buffers": []})
    packed = [json.dumps(part).encode() for part in parts.values()]
    framed: bytes = serialize_msg_to_ws_v1(packed, channel)
    return framed


def _get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
