"""A job's card: as a tab of JupyterLab, and in a cell of JupyterLab and Notebook 7."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.jupyter_servers import Jupyter
from workbench.client.bench import Bench
from workbench.core.wire import JobView, TrainRequest

pytestmark = pytest.mark.browser

LONG_MS = 120_000
CELL = """
from workbench import Bench
from workbench.widgets import JobCard

card = JobCard(Bench.open().job({job!r}))
card
"""


def start(bench: Bench, **parameters: Any) -> str:
    """Start a small fine-tune and return its job's id."""
    request = TrainRequest(size="quick", parameters={"validation_share": 0.2, **parameters})
    return bench.api.post(JobView, "tasks", "speech", "runs", body=request).id


def test_a_tab_opened_by_its_command_shows_a_job_to_its_end(
    lab: Callable[..., Page], bench: Bench, run_command: Any, picture: Any
) -> None:
    page = lab()
    job = start(bench)
    run_command(page, "workbench:open-job", job=job)
    card = page.get_by_role("article", name=f"Job {job[:12]}")
    expect(card.get_by_role("heading")).to_have_text("train · speech")
    expect(card.locator(".wb-Chip")).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    card.get_by_text("As a table").click()
    last = bench.job(job).refresh().result
    expect(card.get_by_text(str(last["run"])[:12], exact=True)).to_be_visible()
    expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    picture(page, "lab-job-done")


def test_a_tab_comes_back_when_the_page_is_opened_again(
    lab: Callable[..., Page], bench: Bench, run_command: Any
) -> None:
    page = lab()
    job = start(bench)
    with page.expect_response(
        lambda answer: "api/workspaces" in answer.url and answer.request.method == "PUT"
    ):
        run_command(page, "workbench:open-job", job=job)
    card = page.get_by_role("article", name=f"Job {job[:12]}")
    expect(card).to_be_visible()
    page.reload()
    expect(card.locator(".wb-Chip")).to_have_text("done", timeout=LONG_MS)


def test_a_job_is_cancelled_from_its_tab(
    lab: Callable[..., Page], bench: Bench, run_command: Any, picture: Any
) -> None:
    page = lab()
    job = start(bench, steps=5_000)
    run_command(page, "workbench:open-job", job=job)
    card = page.get_by_role("article", name=f"Job {job[:12]}")
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card.get_by_role("img", name="Loss")).to_be_visible(timeout=LONG_MS)
    expect(card.locator(".wb-Progress-text")).to_contain_text("left")
    picture(page, "lab-job-running")
    card.get_by_role("button", name="Cancel").click()
    expect(card.locator(".wb-Chip")).to_have_text("cancelled", timeout=LONG_MS)
    expect(card).to_contain_text("It was cancelled")
    assert bench.job(job).state == "cancelled"


def test_a_job_that_is_not_there_is_refused_in_words(
    lab: Callable[..., Page], run_command: Any, picture: Any, faults: list[str]
) -> None:
    page = lab()
    run_command(page, "workbench:open-job", job="0" * 64)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("NotFoundError")
    expect(alert).to_contain_text("Next step")
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
    picture(page, "lab-job-missing")
    # The browser tells of every 404 in its console.
    assert all("404" in fault and f"jobs/{'0' * 64}" in fault for fault in faults)
    faults.clear()


def test_without_an_id_the_command_asks_which(
    lab: Callable[..., Page], bench: Bench, picture: Any
) -> None:
    job = start(bench)
    page = lab()
    page.evaluate("() => void window.jupyterapp.commands.execute('workbench:open-job')")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Which job?")
    choice = dialog.get_by_role("combobox")
    [mine] = [text for text in choice.locator("option").all_inner_texts() if job[:12] in text]
    choice.select_option(mine)
    picture(page, "lab-job-choice")
    dialog.get_by_role("button", name="Open").click()
    expect(page.get_by_role("article", name=f"Job {job[:12]}")).to_be_visible()


@pytest.mark.parametrize("path", ["lab/tree/{name}?reset", "notebooks/{name}"])
def test_a_cell_shows_the_same_card_with_its_link(
    lab: Callable[..., Page],
    jupyter: Jupyter,
    bench: Bench,
    notebook: Any,
    run_cells: Any,
    picture: Any,
    path: str,
) -> None:
    job = start(bench)
    place = path.partition("/")[0]
    page = lab(path.format(name=notebook(f"card-{place}.ipynb", CELL.format(job=job)).name))
    run_cells(page)
    card = page.locator(".jp-OutputArea").get_by_role("article", name=f"Job {job[:12]}")
    expect(card.locator(".wb-Chip")).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.get_by_role("button", name="Copy link").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == f"{jupyter.url}lab?workbench=job/{job}"
    picture(page, f"{place}-cell-job")
    page.context.clear_permissions()
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    card.get_by_role("button", name="Copied").click()
    expect(card.get_by_role("status").get_by_text(link)).to_be_visible()


def test_without_the_extension_a_cell_shows_what_its_kernel_tells(
    lab: Callable[..., Page], bench: Bench, notebook: Any, run_cells: Any, picture: Any
) -> None:
    job = start(bench, steps=30)
    page = lab(f"lab/tree/{notebook('alone.ipynb', CELL.format(job=job)).name}?reset")
    page.evaluate(
        """() => ['api', 'link'].forEach(name => {
          delete globalThis[Symbol.for(`merit-workbench.${name}`)];
        })"""
    )
    run_cells(page)
    card = page.locator(".jp-OutputArea").get_by_role("article", name=f"Job {job[:12]}")
    expect(card.locator(".wb-Chip")).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    # Nothing can be asked from here, so nothing offers to.
    expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(card.get_by_role("button", name="Copy link")).to_have_count(0)
    picture(page, "lab-cell-job-alone")
