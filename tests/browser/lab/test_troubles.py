"""What goes wrong in the middle: each is said in words, keeps what was shown, and has a way on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from jupyter_server.auth import passwd
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.lab.conftest import serve_lab, wait_until
from tests.browser.lab.test_contribute import sentences
from tests.browser.lab.test_job import CELL, start
from tests.jupyter_servers import ROOT, Jupyter
from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.core.settings import Settings

pytestmark = pytest.mark.browser

LONG_MS = 120_000
PASSWORD = "niltze"
MEANT = ("Failed to load resource", "net::ERR_", "WebSocket", "Connection lost", "kernel")
# What Lab's own polls say while its server is away.
AWAY = ("Failed to fetch", "NetworkError", "could not be established")
YEARS = timedelta(days=4_000)
# The real server, which believes to be of another version.
NEWER = """
import sys
import workbench
workbench.__version__ = "99.1.0"
from workbench.server.__main__ import main
sys.exit(main())
"""


class Unexpected(list[str]):
    """What pages did wrong, without what a browser logs of a failure that a test has made."""

    def append(self, fault: str) -> None:
        """Take in a fault that nobody meant to happen."""
        if not any(text in fault for text in MEANT):
            super().append(fault)


@pytest.fixture
def faults() -> list[str]:
    """What pages did wrong so far."""
    return Unexpected()


@pytest.fixture(scope="module")
def with_password(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    """A Jupyter server to which people log in by a form, and stay by a cookie."""
    del bench
    folder = tmp_path_factory.mktemp("with-password")
    login = [f"--PasswordIdentityProvider.hashed_password={passwd(PASSWORD, 'sha1')}"]
    with serve_lab(home, folder, who=login) as jupyter:
        yield jupyter


def log_in(page: Page, jupyter: Jupyter) -> None:
    page.goto(f"{jupyter.url}login?next={quote(urlsplit(jupyter.url).path)}api/status")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/api/status")


def forget_login(page: Page) -> None:
    """Let the login end, as after its days; the cookie against XSRF is the page's own."""
    for cookie in page.context.cookies():
        if cookie["name"].startswith("username"):
            page.context.clear_cookies(name=cookie["name"])


def job_card(page: Page, job: str) -> Locator:
    return page.get_by_role("article", name=f"Job {job[:12]}")


def test_a_login_that_ends_in_the_middle_costs_nothing(
    visit: Callable[..., Page], with_password: Jupyter, bench: Bench, picture: Any
) -> None:
    draft = bench.as_("me").task("speech").contribute(sentences(20, seed=31), license="CC-BY-4.0")
    page = visit(f"{with_password.url}login")
    log_in(page, with_password)
    page.goto(f"{with_password.url}lab?workbench=contribution/{draft.id}")
    card = page.get_by_role("article", name=f"Contribution {draft.id[:12]}")
    card.get_by_role("button", name="Sign and submit…").click(timeout=LONG_MS)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    forget_login(page)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("LoginExpiredError")
    expect(alert).to_contain_text("log in to Jupyter again in another tab")
    picture(page, "trouble-login")
    assert draft.refresh().state == "draft"
    other = page.context.new_page()
    log_in(other, with_password)
    other.close()
    alert.get_by_role("button", name="Look again").click()
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(card.locator(".wb-Chip").first).to_have_text("accepted", timeout=LONG_MS)


def test_a_server_of_another_version_is_named_with_what_helps(
    lab: Callable[..., Page], run_command: Any, home: Settings, picture: Any
) -> None:
    page = lab()
    run_command(page, "workbench:show-panel")
    panel = page.locator("#workbench-panel")
    tasks = panel.get_by_role("heading", name="Open tasks")
    expect(tasks).to_be_visible(timeout=LONG_MS)
    stop_server(home)
    again = panel.get_by_role("button", name="Start again")
    expect(again).to_be_visible(timeout=LONG_MS)
    environment = os.environ | home.environment() | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", NEWER], env=environment, cwd=ROOT) as newer:
        wait_until(page, lambda: getattr(server_status(home), "version", "") == "99.1.0")
        again.click()
        alert = panel.get_by_role("alert").first
        expect(alert).to_contain_text("the server of this home is version 99.1.0")
        expect(alert).to_contain_text("workbench server stop")
        # What was known is shown still.
        expect(tasks).to_be_visible()
        picture(page, "trouble-other-version")
        stop_server(home)
        newer.wait(60)
    alert.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("alert")).to_have_count(0, timeout=LONG_MS)
    expect(tasks).to_be_visible()


def test_a_page_that_was_loaded_before_an_upgrade_says_so(
    lab: Callable[..., Page], run_command: Any, picture: Any
) -> None:
    page = lab()
    run_command(page, "workbench:show-panel")
    expect(page.get_by_role("heading", name="Open tasks")).to_be_visible(timeout=LONG_MS)

    def upgraded(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers=answer.headers | {"x-workbench-version": "99.1.0"})

    page.route("**/workbench/api/tasks/speech*", upgraded)
    run_command(page, "workbench:open-task", task="speech")
    toast = page.locator(".Toastify__toast")
    expect(toast).to_contain_text("The workbench is version 99.1.0 now")
    picture(page, "trouble-upgraded")
    page.unroute("**/workbench/api/tasks/speech*")
    with page.expect_navigation():
        toast.get_by_role("button", name="Reload the page").click()
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS)
    expect(page.get_by_role("article", name="Task speech")).to_be_visible(timeout=LONG_MS)


@pytest.mark.parametrize("wrong", [YEARS, -YEARS], ids=["ahead", "behind"])
def test_a_clock_that_is_years_off_changes_nothing(
    lab: Callable[..., Page], run_command: Any, bench: Bench, picture: Any, wrong: timedelta
) -> None:
    me = bench.as_("me")
    draft = me.task("speech").contribute(
        sentences(20, seed=32 + (wrong > timedelta())), license="CC-BY-4.0"
    )
    page = lab()
    job = start(bench, steps=5_000)
    run_command(page, "workbench:open-job", job=job)
    card = job_card(page, job)
    expect(card.get_by_role("img", name="Loss")).to_be_visible(timeout=LONG_MS)
    # The clock jumps while the page is open.
    page.clock.set_system_time(datetime.now(UTC) + wrong)
    assert page.evaluate("() => new Date().getFullYear()") == (datetime.now(UTC) + wrong).year
    speed = card.locator(".wb-Progress-text")
    before = speed.inner_text()
    expect(speed).not_to_have_text(before)
    expect(speed).to_contain_text("left")
    expect(card.locator(".wb-Card-about")).to_contain_text(str(datetime.now(UTC).year))
    picture(page, f"trouble-clock-{(datetime.now(UTC) + wrong).year}")
    card.get_by_role("button", name="Cancel").click()
    expect(card.locator(".wb-Chip").first).to_have_text("cancelled", timeout=LONG_MS)
    run_command(page, "workbench:open-contribution", contribution=draft.id)
    shown = page.get_by_role("article", name=f"Contribution {draft.id[:12]}")
    shown.get_by_role("button", name="Sign and submit…").click(timeout=LONG_MS)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(shown.locator(".wb-Chip").first).to_have_text("accepted", timeout=LONG_MS)
    # What was recorded has the server's time.
    recorded = me.task("speech").contributions().set_index("id").loc[draft.id, "created_at"]
    assert abs(recorded - datetime.now(UTC)) < timedelta(days=1)


def test_a_closed_laptop_comes_back_to_its_job(
    lab: Callable[..., Page], run_command: Any, jupyter: Jupyter, bench: Bench, picture: Any,
    faults: list[str],
) -> None:  # fmt: skip
    page = lab()
    job = start(bench, steps=40_000)
    run_command(page, "workbench:open-job", job=job)
    run_command(page, "workbench:show-panel")
    card = job_card(page, job)
    panel = page.locator("#workbench-panel")
    lost = "The connection is lost and tried again"
    expect(card.get_by_role("img", name="Loss")).to_be_visible(timeout=LONG_MS)
    # Lab has a dialog of its own for this, each time that it notices.
    labs = page.get_by_role("dialog", name="Server Connection Error")
    page.add_locator_handler(labs, lambda shown: shown.get_by_role("button").last.click())
    # Nothing says goodbye: the connections stand, and are silent.
    os.kill(jupyter.pid, signal.SIGSTOP)
    page.context.set_offline(True)
    try:
        expect(card).to_contain_text(lost, timeout=LONG_MS)
        expect(panel).to_contain_text(lost, timeout=LONG_MS)
        expect(card.get_by_role("img", name="Loss")).to_be_visible()
        expect(panel.get_by_role("heading", name="Open tasks")).to_be_visible()
        card.get_by_role("button", name="Stop and keep the best").click()
        expect(card.get_by_role("alert")).to_contain_text("check the network")
        picture(page, "trouble-laptop")
        assert bench.job(job).state == "running"
    finally:
        os.kill(jupyter.pid, signal.SIGCONT)
    page.context.set_offline(False)
    expect(card).not_to_contain_text(lost, timeout=LONG_MS)
    expect(panel).not_to_contain_text(lost, timeout=LONG_MS)
    card.get_by_role("button", name="Stop and keep the best").click()
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("alert")).to_have_count(0)
    faults[:] = [fault for fault in faults if not any(text in fault for text in AWAY)]


@pytest.mark.parametrize("asks", [True, False], ids=["asks the server", "told by its kernel"])
def test_a_card_whose_kernel_died_says_so_and_keeps_what_it_showed(
    lab: Callable[..., Page], bench: Bench, notebook: Any, run_cells: Any, picture: Any,
    asks: bool,
) -> None:  # fmt: skip
    job = start(bench, steps=30)
    code = CELL.format(job=job) + "\nimport os\nprint('pid', os.getpid())\ncard"
    page = lab(f"lab/tree/{notebook(f'dead-{asks}.ipynb', code).name}?reset")
    if not asks:
        page.evaluate("() => { delete globalThis[Symbol.for('merit-workbench.api')]; }")
    run_cells(page)
    cell = page.locator(".jp-OutputArea")
    card = cell.get_by_role("article", name=f"Job {job[:12]}").first
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    os.kill(int(cell.get_by_text("pid ").inner_text().split()[1]), signal.SIGKILL)
    told = cell.get_by_text("The kernel of this notebook has ended")
    expect(told).to_be_visible(timeout=LONG_MS)
    expect(told).to_contain_text(
        "asks the server itself" if asks else "run the cell again to go on"
    )
    expect(card.locator(".wb-Chip").first).to_have_text("done")
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    page.get_by_role("button", name="Ok", exact=True).click()
    picture(page, f"trouble-kernel-{'asks' if asks else 'told'}")
    run_cells(page)
    expect(told).to_have_count(0, timeout=LONG_MS)
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
