"""A new contributor, by clicks alone: from an empty Lab to signed rows and a compared model."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab.test_contribute import (
    choose,
    sentences,
    sign,
    to_the_terms,
    wizard,
    write_csv,
)
from tests.browser.lab.test_training import predicted
from workbench.client.bench import Bench

pytestmark = pytest.mark.browser

LONG_MS = 180_000
N_ROWS = 60


def test_a_contributor_gets_from_an_empty_lab_to_a_compared_model(
    lab: Callable[..., Page], bench: Bench, tmp_path: Path, picture: Any
) -> None:
    file = write_csv(tmp_path / "frases.csv", sentences(N_ROWS, seed=31))
    page = lab()
    page.get_by_role("tab", name="Workbench").click()
    panel = page.locator("#workbench-panel")
    expect(panel).to_contain_text("None yet. Choose a task below", timeout=LONG_MS)
    picture(page, "story-01-empty-lab")

    steps = choose(page, file)
    steps.get_by_label("text", exact=True).select_option("frase", timeout=LONG_MS)
    expect(steps.get_by_text("exactly as the model gets it")).to_be_visible(timeout=LONG_MS)
    picture(page, "story-02-preview")
    to_the_terms(steps)
    picture(page, "story-03-licence-and-consent")
    steps.get_by_role("button", name="Check the rows").click()
    expect(steps.get_by_role("region", name="Review")).to_be_visible(timeout=LONG_MS)
    picture(page, "story-04-checks")
    steps.get_by_role("button", name="Sign and contribute…").click()
    dialog = page.get_by_role("dialog", name="Contribute to speech")
    expect(dialog).to_contain_text("I have the right to share them", timeout=LONG_MS)
    picture(page, "story-05-sign")
    dialog.get_by_role("button", name="Cancel").click()
    assert "me" not in list(accepted(bench)["owner"])
    sign(page, steps)
    picture(page, "story-06-receipt")
    [mine] = accepted(bench).query("owner == 'me'").to_dict("records")
    assert mine["n_rows"] == N_ROWS
    expect(wizard(page).get_by_role("region", name="Receipt")).to_contain_text(mine["id"])

    page.get_by_role("tab", name="Launcher").click()
    page.locator(".jp-LauncherCard", has_text="Fine-tune").click()
    form = page.get_by_role("article", name="Fine-tune", exact=True)
    form.get_by_label("Task").select_option("speech")
    predicted(page)
    expect(form.get_by_label("All: 100 rows")).to_be_checked()
    form.get_by_label("Quick").check()
    form.get_by_text("For experts: the recipe").click()
    # So long that it is the person who ends it.
    for name, typed in {
        "steps": "60000",
        "validation_share": "0.2",
        "evaluate_every": "500",
    }.items():
        form.get_by_label(name, exact=True).fill(typed)
    picture(page, "story-07-fine-tune")
    form.get_by_role("button", name="Start", exact=True).click()
    expect(form.get_by_role("img", name="Loss")).to_be_visible(timeout=LONG_MS)
    expect(form.locator(".wb-Progress-text")).to_contain_text("left", timeout=LONG_MS)
    expect(panel.get_by_role("progressbar")).to_be_visible(timeout=LONG_MS)
    picture(page, "story-08-live-card")
    form.get_by_role("button", name="Stop and keep the best").click()
    expect(form.locator(".wb-Verdict")).to_contain_text("on the hidden test", timeout=LONG_MS)
    picture(page, "story-09-trained")

    form.get_by_role("button", name="Compare it").click()
    compare = page.get_by_role("article", name="Compare models")
    compare.get_by_role("button", name=re.compile(r"Compare \d models")).click()
    verdict = compare.locator(".wb-Verdict-which")
    expect(verdict).to_contain_text(re.compile("better than|No sure difference"), timeout=LONG_MS)
    picture(page, "story-10-compared")

    expect(panel).to_contain_text("Nothing runs.", timeout=LONG_MS)
    kept = panel.locator("details", has_text="frases.csv")
    expect(kept).to_contain_text("accepted")
    kept.locator("summary").click()
    expect(kept.locator(".wb-Timeline")).to_contain_text("not in an epoch yet")
    panel.get_by_role("button", name="Speech", exact=True).click()
    task = page.get_by_role("article", name="Task speech")
    expect(task).to_contain_text("2 contributions, 100 rows")
    job = bench.jobs().query("verb == 'train'").iloc[-1]
    model = str(bench.job(job["id"]).result["model"])
    expect(task).to_contain_text(model[:12])  # the task's champion
    picture(page, "story-11-panel")


def accepted(bench: Bench) -> Any:
    """Return the contributions that are in the task."""
    return bench.task("speech").contributions().query("state == 'accepted'")
