"""From an empty Lab to a signed contribution: by clicks, by keys, and when things go wrong."""

import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.jupyter_servers import TOKEN, Jupyter
from workbench.client.bench import Bench
from workbench.client.launch import server_status

pytestmark = pytest.mark.browser

LONG_MS = 120_000
MB = 10**6
LETTERS = "aeiklmnopstxyz"
HOSTILE = "<img src=x onerror=window.hacked=1>.csv"


def sentences(n_rows: int, seed: int) -> list[str]:
    """Return texts of which no two are alike."""
    rng = random.Random(seed)
    return [
        " ".join("".join(rng.choices(LETTERS, k=5)) for _ in range(6)) + f" {k}"
        for k in range(n_rows)
    ]


def write_csv(path: Path, texts: list[str], *, size: int = 0) -> Path:
    """Write a CSV file of two columns, filled up to a size by the one that is not read."""
    pad = max(0, size - 60 * len(texts)) // len(texts)
    with path.open("w", encoding="utf-8") as lines:
        lines.write("frase,nota\n")
        for text in texts:
            lines.write(f'"{text}",{"x" * pad}\n')
    return path


@pytest.fixture
def rough_lab(jupyter: Jupyter, browser: Browser) -> Iterator[Callable[[], Page]]:
    """Lab in a browser whose network may fail: that is an error in the console, and expected."""
    faults: list[str] = []
    contexts = []

    def open_lab() -> Page:
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                faults.append(asked.url)
                if urlsplit(asked.url).hostname not in {"127.0.0.1", None}
                else None
            ),
        )
        page.goto(f"{jupyter.url}lab?reset&token={TOKEN}")
        page.wait_for_function(
            "() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS
        )
        return page

    yield open_lab
    for context in contexts:
        context.close()
    assert faults == []


def wizard(page: Page) -> Locator:
    return page.get_by_role("article", name="Contribute")


def open_wizard(page: Page) -> Locator:
    page.locator(".jp-Launcher").get_by_text("Contribute", exact=True).click()
    expect(wizard(page).get_by_role("button", name="Speech")).to_be_visible()
    return wizard(page)


def choose(page: Page, path: Path) -> Locator:
    """Open the wizard, choose the task and the file: three clicks."""
    shown = open_wizard(page)
    shown.get_by_role("button", name="Speech").click()
    shown.get_by_label("Drop a file here, or choose one").set_input_files(path)
    return shown


def to_the_terms(shown: Locator) -> None:
    """Name the column, choose the licence, and say that the rows may be shared."""
    shown.get_by_label("text", exact=True).select_option("frase", timeout=LONG_MS)
    expect(shown.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)
    shown.get_by_role("button", name="Next: licence").click()
    shown.get_by_role("radio", name="CC-BY-4.0").check()
    shown.get_by_label("I have the right to share these rows").check()


def to_the_checks(shown: Locator) -> None:
    """Say what the rows are and how they may be used, and have them checked."""
    to_the_terms(shown)
    shown.page.screenshot(path=SCREENSHOTS / "wizard-terms.png")
    shown.get_by_role("button", name="Check the rows").click()


def sign(page: Page, shown: Locator) -> None:
    shown.get_by_role("button", name="Sign and contribute…").click()
    dialog = page.get_by_role("dialog", name="Contribute to speech")
    expect(dialog).to_contain_text("I have the right to share them")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(shown.get_by_text("Your rows are in the task")).to_be_visible(timeout=LONG_MS)


def test_the_story_by_clicks_with_a_file_of_50_mb(
    lab: Callable[..., Page], bench: Bench, tmp_path: Path, picture: Any
) -> None:
    texts = sentences(2_000, seed=1)
    texts[2] = "nikan ka no correo ana@correo.mx tlaskamati"
    file = write_csv(tmp_path / "rows.csv", texts, size=50 * MB)
    assert file.stat().st_size > 49 * MB
    page = lab()
    picture(page, "wizard-launcher")
    shown = open_wizard(page)
    picture(page, "wizard-task")
    shown.get_by_role("button", name="Speech").click()
    picture(page, "wizard-file")
    shown.get_by_label("Drop a file here, or choose one").set_input_files(file)
    expect(shown.get_by_text("First rows, as your browser reads them")).to_be_visible()
    picture(page, "wizard-sending")
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)
    expect(shown.get_by_text("First rows, as the server reads them")).to_be_visible(timeout=LONG_MS)
    expect(shown.get_by_role("button", name="Next: licence")).to_have_attribute(
        "aria-disabled", "true"
    )
    picture(page, "wizard-columns")
    to_the_checks(shown)
    held = shown.get_by_role("button", name="Mask what was found")
    expect(held).to_be_visible(timeout=LONG_MS)
    expect(shown).to_contain_text("⚠ held")
    picture(page, "wizard-held")
    with page.expect_download() as download:
        shown.get_by_role("button", name="Save the refused rows as CSV").click()
    saved = Path(download.value.path()).read_text()
    assert saved.startswith('"row","reason","gate"')
    assert '"personal-data"' in saved
    held.click()
    review = shown.get_by_role("region", name="Review")
    expect(review).to_be_visible(timeout=LONG_MS)
    shown.get_by_role("button", name="Undo").click()
    expect(held).to_be_visible(timeout=LONG_MS)
    held.click()
    expect(review).to_be_visible(timeout=LONG_MS)
    picture(page, "wizard-review")
    shown.get_by_role("button", name="Sign and contribute…").click()
    dialog = page.get_by_role("dialog", name="Contribute to speech")
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    picture(page, "wizard-sign")
    page.keyboard.press("Escape")
    mine = bench.task("speech").contributions()
    assert list(mine[mine["state"] == "accepted"]["owner"]) == ["sponsor"]
    sign(page, shown)
    picture(page, "wizard-receipt")
    done = bench.task("speech").contributions()
    [accepted] = done[(done["state"] == "accepted") & (done["owner"] == "me")].to_dict("records")
    assert accepted["n_rows"] == 2_000
    expect(shown.get_by_role("region", name="Receipt")).to_contain_text(accepted["id"])
    receipt = bench.contribution(accepted["id"]).receipt()
    expect(shown.get_by_role("region", name="Receipt")).to_contain_text(receipt.view.record)


def by_key(page: Page, target: Locator, key: str) -> None:
    """Tab on until a control has the focus, then press a key."""
    for _ in range(60):
        if target.evaluate("node => node === document.activeElement"):
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no focus on {target}")


def test_the_story_by_keyboard_only(
    lab: Callable[..., Page], run_command: Any, bench: Bench, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "keys.csv", sentences(50, seed=2))
    page = lab()
    run_command(page, "workbench:contribute")
    shown = wizard(page)
    speech = shown.get_by_role("button", name="Speech")
    expect(speech).to_be_visible()
    by_key(page, speech, "Enter")
    chooser = shown.get_by_label("Drop a file here, or choose one")
    expect(chooser).to_be_visible()
    # The heading of the new step has the focus, so that nobody is lost.
    expect(shown.get_by_role("heading", name="Which file do you bring?")).to_be_focused()
    with page.expect_file_chooser() as choosing:
        by_key(page, chooser, "Enter")
    choosing.value.set_files(file)
    text = shown.get_by_label("text", exact=True)
    expect(text).to_be_visible(timeout=LONG_MS)
    by_key(page, text, "f")
    expect(shown.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)
    by_key(page, shown.get_by_role("button", name="Next: licence"), "Enter")
    by_key(page, shown.get_by_role("radio", name="CC-BY-4.0"), " ")
    by_key(page, shown.get_by_label("I have the right to share these rows"), " ")
    by_key(page, shown.get_by_role("button", name="Check the rows"), "Enter")
    signing = shown.get_by_role("button", name="Sign and contribute…")
    expect(signing).to_be_visible(timeout=LONG_MS)
    by_key(page, signing, "Enter")
    dialog = page.get_by_role("dialog", name="Contribute to speech")
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    by_key(page, dialog.get_by_role("button", name="Sign", exact=True), "Enter")
    expect(shown.get_by_text("Your rows are in the task")).to_be_visible(timeout=LONG_MS)
    assert "keys.csv" in list(bench.task("speech").contributions()["file_name"])


class Network:
    """Lets the first pieces of an upload through, and then none until it is mended."""

    def __init__(self, page: Page, *, n_pieces: int) -> None:
        self.offsets: list[str] = []
        self.is_cut = True
        self._left = n_pieces
        page.route("**/workbench/uploads/**", self._pass)

    def _pass(self, route: Any, asked: Any) -> None:
        if asked.method == "PUT" and self._left > 0:
            self._left -= 1
        elif self.is_cut and (asked.method == "PUT" or self._left == 0):
            route.abort()
            return
        if asked.method == "PUT":
            self.offsets.append(asked.url.partition("offset=")[2].partition("&")[0])
        route.continue_()


def test_an_upload_of_20_mb_goes_on_where_the_network_dropped(
    rough_lab: Callable[[], Page], tmp_path: Path, picture: Any
) -> None:
    file = write_csv(tmp_path / "dropped.csv", sentences(1_000, seed=3), size=20 * MB)
    page = rough_lab()
    network = Network(page, n_pieces=1)
    shown = choose(page, file)
    lost = shown.get_by_text("The connection is lost and tried again")
    expect(lost).to_be_visible(timeout=LONG_MS)
    picture(page, "wizard-waiting")
    network.is_cut = False
    shown.get_by_role("button", name="Try now").click()
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)
    pieces = sorted({int(offset) for offset in network.offsets})
    assert pieces == [0, 8 * 2**20, 16 * 2**20]


def test_a_reload_in_the_middle_goes_on_with_the_same_file(
    rough_lab: Callable[[], Page], tmp_path: Path, picture: Any
) -> None:
    file = write_csv(tmp_path / "again.csv", sentences(1_000, seed=4), size=20 * MB)
    page = rough_lab()
    network = Network(page, n_pieces=1)
    with page.expect_response(
        lambda answer: (
            "api/workspaces" in answer.url and "again.csv" in (answer.request.post_data or "")
        ),
        timeout=LONG_MS,
    ):
        shown = choose(page, file)
    expect(shown.get_by_text("The connection is lost and tried again")).to_be_visible(
        timeout=LONG_MS
    )
    network.is_cut = False
    network.offsets.clear()
    page.reload()
    notice = shown.get_by_text("have arrived and are kept for seven days")
    expect(notice).to_be_visible(timeout=LONG_MS)
    picture(page, "wizard-resume")
    shown.get_by_label("The file again.csv again").set_input_files(file)
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)
    assert network.offsets[0] == str(8 * 2**20)
    # With the whole file there, a reload needs it no more, and comes back to its rows.
    with page.expect_response(
        lambda answer: (
            "api/workspaces" in answer.url and "frase" in (answer.request.post_data or "")
        ),
        timeout=LONG_MS,
    ):
        shown.get_by_label("text", exact=True).select_option("frase", timeout=LONG_MS)
    expect(shown.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)
    page.reload()
    expect(shown.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)


def kill_server(jupyter: Jupyter) -> None:
    health = server_status(jupyter.settings)
    assert health is not None
    os.kill(health.pid, signal.SIGKILL)


def test_a_server_that_is_killed_in_the_middle_costs_nothing(
    rough_lab: Callable[[], Page], jupyter: Jupyter, tmp_path: Path
) -> None:
    file = write_csv(tmp_path / "killed.csv", sentences(1_000, seed=5), size=20 * MB)
    page = rough_lab()
    network = Network(page, n_pieces=1)
    shown = choose(page, file)
    expect(shown.get_by_text("The connection is lost and tried again")).to_be_visible(
        timeout=LONG_MS
    )
    kill_server(jupyter)
    network.is_cut = False
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)
    kill_server(jupyter)
    to_the_checks(shown)
    expect(shown.get_by_role("button", name="Sign and contribute…")).to_be_visible(timeout=LONG_MS)
    kill_server(jupyter)
    page.reload()
    sign(page, shown)


def test_html_in_names_and_cells_is_text(
    lab: Callable[..., Page], tmp_path: Path, picture: Any
) -> None:
    file = tmp_path / HOSTILE
    file.write_text('"<script>window.hacked=1</script>","b"\n"<svg onload=window.hacked=1>","x"\n')
    page = lab()
    shown = choose(page, file)
    expect(shown.locator(".wb-Contribute-name")).to_have_text(HOSTILE)
    expect(shown.get_by_text("First rows, as the server reads them")).to_be_visible(timeout=LONG_MS)
    expect(shown.get_by_role("columnheader", name="<script>")).to_be_visible()
    expect(shown.get_by_role("cell", name="<svg onload")).to_be_visible()
    picture(page, "wizard-hostile")
    assert page.evaluate("() => window.hacked") is None


def test_10_mb_pasted_into_a_field_are_cut(lab: Callable[..., Page]) -> None:
    page = lab()
    shown = open_wizard(page)
    shown.get_by_role("button", name="Speech").click()
    path = shown.get_by_label("Or a path in Jupyter’s file browser")
    path.click()
    page.evaluate("() => document.execCommand('insertText', false, 'x'.repeat(10_000_000))")
    assert len(path.input_value()) == 4096
    path.fill("../secret.csv")
    expect(shown.get_by_role("button", name="Take this file")).to_be_enabled()


def test_a_path_of_the_file_browser_is_taken_and_one_outside_is_refused(
    rough_lab: Callable[[], Page], jupyter: Jupyter, tmp_path: Path, picture: Any
) -> None:
    (jupyter.folder / "data").mkdir(exist_ok=True)
    write_csv(jupyter.folder / "data" / "local.csv", sentences(20, seed=6))
    outside = write_csv(tmp_path / "outside.csv", sentences(20, seed=7))
    (jupyter.folder / "data" / "link.csv").symlink_to(outside)
    page = rough_lab()
    shown = open_wizard(page)
    shown.get_by_role("button", name="Speech").click()
    path = shown.get_by_label("Or a path in Jupyter’s file browser")
    for refused in ("data/link.csv", "../outside.csv", "data/missing.csv"):
        path.fill(refused)
        shown.get_by_role("button", name="Take this file").click()
        expect(shown.get_by_role("alert")).to_contain_text("Next step", timeout=LONG_MS)
        if refused == "data/link.csv":
            picture(page, "wizard-refused-path")
        shown.get_by_role("button", name="Choose another file").last.click()
        expect(shown.get_by_role("alert")).to_have_count(0)
    path.fill("data/local.csv")
    shown.get_by_role("button", name="Take this file").click()
    expect(shown.get_by_text("First rows, as the server reads them")).to_be_visible(timeout=LONG_MS)


def test_a_file_that_changes_while_it_is_sent_is_begun_anew(
    rough_lab: Callable[[], Page], tmp_path: Path, picture: Any
) -> None:
    file = write_csv(tmp_path / "changed.csv", sentences(1_000, seed=8), size=20 * MB)
    page = rough_lab()
    network = Network(page, n_pieces=1)
    shown = choose(page, file)
    expect(shown.get_by_text("The connection is lost and tried again")).to_be_visible(
        timeout=LONG_MS
    )
    with file.open("a") as more:
        more.write("more,rows\n")
    network.is_cut = False
    expect(shown.get_by_role("alert")).to_contain_text("FileChangedError", timeout=LONG_MS)
    picture(page, "wizard-changed")
    shown.get_by_role("button", name="Start again").click()
    shown.get_by_label("Drop a file here, or choose one").set_input_files(file)
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)


def test_a_full_disk_says_so_and_goes_on_when_there_is_space(
    rough_lab: Callable[[], Page], jupyter: Jupyter, tmp_path: Path, picture: Any
) -> None:
    file = write_csv(tmp_path / "full.csv", sentences(1_000, seed=9), size=20 * MB)
    page = rough_lab()
    before = resource.prlimit(jupyter.pid, resource.RLIMIT_FSIZE)
    # No file of Jupyter's may be larger: its writes fail as on a full disk.
    resource.prlimit(jupyter.pid, resource.RLIMIT_FSIZE, (6 * MB, before[1]))
    try:
        shown = choose(page, file)
        expect(shown.get_by_role("alert")).to_contain_text("DiskFullError", timeout=LONG_MS)
        picture(page, "wizard-full-disk")
    finally:
        resource.prlimit(jupyter.pid, resource.RLIMIT_FSIZE, before)
    shown.get_by_role("button", name="Continue").click()
    expect(shown.get_by_text("The server has the whole file")).to_be_visible(timeout=LONG_MS)


def test_withdrawing_takes_two_clicks_and_says_first_what_follows(
    lab: Callable[..., Page], run_command: Any, bench: Bench, tmp_path: Path, picture: Any
) -> None:
    mine = bench.as_("me")
    file = write_csv(tmp_path / "mine.csv", sentences(30, seed=10))
    one = mine.task("speech").contribute(
        file, license="CC-BY-4.0", columns={"text": "frase"}, sign=True
    )
    page = lab()
    run_command(page, "workbench:withdraw", contribution=one.id)
    shown = page.get_by_role("article", name="Withdraw mine.csv")
    expect(shown).to_contain_text("30 rows leave the task")
    picture(page, "withdraw")
    assert one.refresh().state == "accepted"
    shown.get_by_role("button", name="Withdraw…").click()
    dialog = page.get_by_role("dialog", name="Withdraw mine.csv")
    expect(dialog).to_contain_text("nobody can undo that")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(shown).to_contain_text("It is withdrawn", timeout=LONG_MS)
    picture(page, "withdraw-receipt")
    assert one.refresh().state == "withdrawn"


def test_a_reviewer_decides_on_a_quarantine_with_a_reason(
    lab: Callable[..., Page], run_command: Any, bench: Bench, picture: Any
) -> None:
    rng = np.random.default_rng(0)
    known = [" ".join(map("".join, rng.choice(list("aeiklmnopstx"), (6, 4)))) for _ in range(60)]
    rows = [*sentences(20, seed=11), *known[40:45]]
    leaky = bench.as_("leaky").task("speech")
    one = leaky.contribute(rows, license="CC-BY-4.0", sign=True)
    assert one.state == "quarantined"
    page = lab()
    run_command(page, "workbench:review", contribution=one.id)
    shown = page.get_by_role("article", name="Review")
    expect(shown).to_contain_text("a reviewer decides")
    shown.get_by_role("button", name="Refuse…").click()
    expect(shown.get_by_role("alert")).to_contain_text("Write a reason first")
    shown.get_by_label("Reason").fill("<b>five</b> rows are of the hidden test")
    picture(page, "review")
    shown.get_by_role("button", name="Refuse…").click()
    dialog = page.get_by_role("dialog", name="Refuse")
    expect(dialog).to_contain_text("<b>five</b> rows are of the hidden test")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(shown).to_contain_text("Your decision is signed", timeout=LONG_MS)
    picture(page, "review-done")
    assert one.refresh().state == "refused"


def test_a_cell_of_notebook_7_has_the_same_wizard(
    lab: Callable[..., Page], notebook: Any, run_cells: Any, tmp_path: Path, picture: Any
) -> None:
    code = "from workbench import Bench\nBench.open().contribute_wizard('speech')"
    page = lab(f"notebooks/{notebook('wizard.ipynb', code).name}")
    run_cells(page)
    shown = page.locator(".jp-OutputArea").get_by_role("article", name="Contribute")
    chooser = shown.get_by_label("Drop a file here, or choose one")
    expect(chooser).to_be_visible(timeout=LONG_MS)
    chooser.set_input_files(write_csv(tmp_path / "cell.csv", sentences(20, seed=12)))
    shown.get_by_label("text", exact=True).select_option("frase", timeout=LONG_MS)
    expect(shown.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)
    picture(page, "wizard-cell")
