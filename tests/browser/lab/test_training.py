"""Fine-tune and compare by clicks: in tabs of JupyterLab, and in cells of Notebook 7."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab.conftest import wait_until
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings
from workbench.core.wire import JobView, TrainRequest

pytestmark = pytest.mark.browser

LONG_MS = 180_000
LIVE = """
from workbench import Bench

run = Bench.open().train("speech", "quick", validation_share=0.2, learning_rate=0.004)
"""
SHOWN = """
from workbench import Bench

bench = Bench.open()
bench.comparison({run!r})
"""
WIZARD = """
from workbench import Bench

wizard = Bench.open().fine_tune_wizard("speech", size="quick")
wizard
"""


@pytest.fixture(autouse=True)
def nothing_goes_on(bench: Bench) -> Iterator[None]:
    """Leave the one worker to the next test, whatever became of this one."""
    yield
    jobs = bench.jobs()
    for job in jobs[jobs["verb"].eq("train") & jobs["state"].isin(["queued", "running"])]["id"]:
        bench.job(job).cancel()


def dark(page: Page) -> None:
    """Change the theme as the settings menu does, and wait until it is there."""
    page.evaluate(
        "() => window.jupyterapp.commands.execute('apputils:change-theme',"
        " {theme: 'JupyterLab Dark'}).then(() => null)"
    )
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")


def started(bench: Bench, **parameters: Any) -> str:
    """Start a fine-tune elsewhere and return its job's id."""
    request = TrainRequest(size="quick", parameters={"validation_share": 0.2, **parameters})
    return bench.api.post(JobView, "tasks", "speech", "runs", body=request).id


def model_of(bench: Bench, **parameters: Any) -> str:
    """Return the digest of a model made with these parameters."""
    return str(bench.job(started(bench, **parameters)).wait().result["model"])


def predicted(page: Page) -> Locator:
    """Return the wizard once it says what each size will cost."""
    wizard = page.get_by_role("article", name="Fine-tune", exact=True)
    expect(wizard.locator(".wb-Size .wb-Chip")).to_have_text(["fits"] * 3, timeout=LONG_MS)
    return wizard


def test_a_model_is_made_and_compared_by_clicks_alone(
    lab: Callable[..., Page], bench: Bench, picture: Any
) -> None:
    page = lab()
    page.locator(".jp-LauncherCard", has_text="Fine-tune").click()
    wizard = page.get_by_role("article", name="Fine-tune", exact=True)
    wizard.get_by_label("Task").select_option("speech")
    predicted(page)
    expect(wizard.get_by_label("All: 40 rows")).to_be_checked()
    expect(wizard.locator(".wb-Size").first).to_contain_text("20 steps")
    expect(wizard).to_contain_text("costs no credits")
    wizard.get_by_label("Quick").check()
    wizard.get_by_text("For experts: the recipe").click()
    wizard.get_by_label("validation_share").fill("0.2")
    wizard.get_by_label("learning_rate").fill("0.02")
    # The numbers were about another recipe.
    expect(wizard.locator(".wb-Size").first).to_contain_text("not predicted yet")
    wizard.get_by_role("button", name="Predict time and memory").click()
    predicted(page)
    picture(page, "lab-fine-tune-form")
    wizard.get_by_role("button", name="Start", exact=True).click()
    card = wizard.get_by_role("article")
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    expect(wizard.locator(".wb-Verdict")).to_contain_text("on the hidden test")
    card.locator(".wb-Recipe summary").click()
    expect(card.locator(".wb-Recipe")).to_contain_text("learning_rate")
    picture(page, "lab-fine-tune-done")
    result = bench.jobs().query("verb == 'train' and state == 'done'").iloc[-1]
    recorded = bench.run(str(bench.job(result["id"]).result["run"]))
    assert recorded.view.recipe is not None
    assert recorded.view.recipe.parameters["learning_rate"] == 0.02
    expect(card.locator(".wb-Recipe")).to_contain_text(recorded.view.recipe.digest)

    wizard.get_by_role("button", name="Compare it").click()
    compare = page.get_by_role("article", name="Compare models")
    champion = compare.get_by_role("checkbox").first
    expect(champion).to_be_checked()
    expect(champion).to_be_disabled()
    picture(page, "lab-compare-choose")
    compare.get_by_role("button", name="Compare 2 models").click()
    expect(compare.locator(".wb-Verdict-which")).to_contain_text(
        re.compile("is better than|No sure difference"), timeout=LONG_MS
    )
    rows = compare.locator("tbody tr")
    expect(rows.first).to_contain_text("champion")
    expect(compare.get_by_role("img", name=re.compile("Difference from"))).to_be_visible()
    picture(page, "lab-compare-report")


def test_what_runs_survives_a_reload_and_a_restart_and_stops_with_its_best(
    lab: Callable[..., Page], home: Settings, run_command: Any, picture: Any
) -> None:
    page = lab()
    run_command(page, "workbench:train", task="speech", size="quick")
    wizard = predicted(page)
    wizard.get_by_text("For experts: the recipe").click()
    for name, text in {
        "steps": "60000",
        "validation_share": "0.2",
        "evaluate_every": "500",
    }.items():
        wizard.get_by_label(name, exact=True).fill(text)
    with page.expect_response(
        lambda answer: (
            "api/workspaces" in answer.url
            and answer.request.method == "PUT"
            and '"job"' in (answer.request.post_data or "")
        )
    ):
        wizard.get_by_role("button", name="Start", exact=True).click()
    curve = wizard.get_by_role("img", name="Loss")
    expect(curve).to_be_visible(timeout=LONG_MS)
    expect(wizard).to_contain_text("tokens/s")
    expect(wizard.locator(".wb-Progress-text")).to_contain_text("left")
    picture(page, "lab-fine-tune-live")

    page.reload()
    expect(curve).to_be_visible(timeout=LONG_MS)
    kept = home.cache_dir / "checkpoints"
    wait_until(page, lambda: any(kept.glob("*/checkpoint.safetensors")))
    stop_server(home)
    # The page asks again, and with that the server starts and the training goes on.
    expect(wizard).to_contain_text("resumed", timeout=LONG_MS)
    wizard.get_by_role("button", name="Stop and keep the best").click()
    expect(wizard.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    expect(wizard.locator(".wb-Verdict")).to_contain_text("the best model until then was kept")
    wizard.get_by_role("button", name="Open the run").click()
    opened = page.get_by_role("article", name=re.compile("^Run "))
    expect(opened).to_contain_text("Somebody stopped it at step")
    picture(page, "lab-run")
    dark(page)
    picture(page, "lab-run-dark")


def test_wrong_choices_are_refused_in_words(
    lab: Callable[..., Page], run_command: Any, picture: Any, faults: list[str]
) -> None:
    page = lab()
    run_command(page, "workbench:train", task="speech", size="quick")
    wizard = predicted(page)
    wizard.get_by_text("For experts: the recipe").click()
    steps = wizard.get_by_label("steps", exact=True)
    steps.fill("many")
    expect(wizard.get_by_role("alert")).to_contain_text("a whole number")
    start = wizard.get_by_role("button", name="Start", exact=True)
    expect(start).to_have_attribute("aria-disabled", "true")
    expect(wizard).to_contain_text("Correct steps first")
    steps.fill("0")
    start.click()
    alert = wizard.get_by_role("alert")
    expect(alert).to_contain_text("InvalidInputError")
    expect(alert).to_contain_text("steps")
    picture(page, "lab-fine-tune-refused")
    # The browser tells of every refusal in its console.
    assert all("422" in fault and "tasks/speech/runs" in fault for fault in faults)
    faults.clear()
    steps.fill("")
    expect(alert).to_have_count(0)
    wizard.get_by_label("Mine, or those of some owners").check()
    wizard.get_by_label("sponsor (40 rows)").uncheck()
    expect(wizard).to_contain_text("Choose at least one owner")
    run_command(page, "workbench:train", task="no-such-task")
    expect(page.get_by_text("There is no task no-such-task")).to_be_visible()


def test_an_address_leads_to_a_comparison_in_light_and_dark(
    lab: Callable[..., Page], bench: Bench, picture: Any
) -> None:
    models = [model_of(bench), model_of(bench, learning_rate=0.001), "base"]
    found = bench.compare(models, on="speech")
    page = lab(f"lab?reset&workbench=comparison/{found.id}")
    report = page.get_by_role("article", name="Compare models")
    expect(report.locator(".wb-Verdict")).to_contain_text("20 hidden items", timeout=LONG_MS)
    settings = report.get_by_role("group", name="What differs in how they were made")
    expect(settings).to_contain_text("learning_rate")
    expect(settings).not_to_contain_text("batch_rows")
    report.get_by_text("Where they disagree most").click()
    report.get_by_role("textbox", name="Ask them something").fill("ak el")
    report.get_by_role("button", name="Ask", exact=True).click()
    said = report.get_by_role("group", name="What they write")
    expect(said.locator("td").nth(2)).not_to_have_text("…", timeout=LONG_MS)
    picture(page, "lab-compare")
    dark(page)
    picture(page, "lab-compare-dark")


def test_a_cell_that_trains_shows_a_live_card_which_stays(
    lab: Callable[..., Page], notebook: Any, run_cells: Any, picture: Any
) -> None:
    page = lab(f"notebooks/{notebook('live.ipynb', LIVE).name}")
    run_cells(page)
    card = page.locator(".jp-OutputArea").get_by_role("article", name=re.compile("^Job "))
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    expect(card.get_by_role("img", name="Loss")).to_be_visible()
    picture(page, "notebooks-cell-train")


def test_a_comparison_shows_itself_in_a_cell_and_outlives_its_kernel(
    lab: Callable[..., Page],
    bench: Bench,
    notebook: Any,
    run_cells: Any,
    run_command: Any,
    picture: Any,
) -> None:
    found = bench.compare([model_of(bench), "base"], on="speech")
    path = notebook("compared.ipynb", SHOWN.format(run=found.id))
    page = lab(f"lab/tree/{path.name}?reset")
    run_cells(page)
    report = page.locator(".jp-OutputArea").get_by_role("article", name="Compare models")
    expect(report.locator(".wb-Verdict-which")).to_be_visible(timeout=LONG_MS)
    picture(page, "lab-cell-compare")
    run_command(page, "docmanager:save")
    saved = path.read_text()
    assert "text/html" in saved
    assert found.verdict[:20] in saved


def test_the_wizard_opens_in_a_cell_of_notebook_7(
    lab: Callable[..., Page], bench: Bench, notebook: Any, run_cells: Any, picture: Any
) -> None:
    del bench
    page = lab(f"notebooks/{notebook('wizard.ipynb', WIZARD).name}")
    run_cells(page)
    wizard = predicted(page)
    expect(wizard.get_by_label("Quick")).to_be_checked()
    wizard.get_by_text("For experts: the recipe").click()
    wizard.get_by_label("learning_rate").fill("0.03")
    wizard.get_by_role("button", name="Start", exact=True).click()
    expect(wizard.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    picture(page, "notebooks-cell-wizard")
