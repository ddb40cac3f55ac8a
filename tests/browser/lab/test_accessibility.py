"""axe-core finds no violation on any screen in Lab, in each theme and at twice the size.

Within Lab it passes over the contrast of what we draw, which is therefore measured here.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.contrast import low_contrast
from tests.browser.lab.conftest import open_clouds
from tests.browser.lab.test_contribute import (
    open_wizard,
    sentences,
    to_the_terms,
    wizard,
    write_csv,
)
from tests.browser.lab.test_training import predicted, started
from tests.browser.test_accessibility import AXE
from tests.integration.client.conftest import OWNERS, make_frame
from workbench.client.bench import Bench

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not AXE.is_file(), reason="axe-core is not there: npm ci in extensions/pages"
    ),
]

LONG_MS = 180_000
LIGHT = "JupyterLab Light"
# Zoom halves the width in CSS pixels.
LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "light": (LIGHT, {}),
    "dark": ("JupyterLab Dark", {}),
    "high-contrast": ("JupyterLab Dark High Contrast", {}),
    "forced-colours": (LIGHT, {"forced_colors": "active"}),
    "200-percent": (LIGHT, {"viewport": {"width": 600, "height": 450}, "device_scale_factor": 2}),
}
# Lab's own parts are Lab's: we answer for what we draw.
FOUND = """async () => {
  const ours = [...document.querySelectorAll('.wb-root, .wb-Dialog, .wb-Status')]
    .filter(node => node.checkVisibility());
  const found = await axe.run({include: ours});
  return {
    passed: found.passes.flatMap(one => one.nodes)
      .filter(node => document.querySelector(node.target[0])?.closest('.wb-root')).length,
    faults: found.violations.flatMap(one => one.nodes.map(node =>
      `${one.id}: ${node.target.join(' ')} ${node.html.slice(0, 120)} ${node.failureSummary}`)),
  };
}"""
# What is drawn is as easy to read as the text around it, and whole.
DRAWN = """() => [...document.querySelectorAll('.wb-Chart-svg text')]
  .filter(node => node.checkVisibility())
  .flatMap(node => {
    const svg = node.ownerSVGElement;
    const size = parseFloat(getComputedStyle(node).fontSize) * node.getScreenCTM().a;
    const around = parseFloat(getComputedStyle(svg.parentElement).fontSize);
    const [text, room] = [node.getBoundingClientRect(), svg.getBoundingClientRect()];
    const isCut = text.left < room.left - 1 || text.right > room.right + 1
      || text.top < room.top - 1 || text.bottom > room.bottom + 1;
    return [
      ...(size < 0.98 * around ? [`drawn at ${size} px: ${node.outerHTML}`] : []),
      ...(isCut ? [`cut off: ${node.outerHTML}`] : [])
    ];
  })"""
CELL = """
from IPython.display import display
from workbench import Bench
from workbench.widgets import LeaderboardCard, ValueCard, WhyCard

bench = Bench.open()
display(bench.job("{job}"))
display(LeaderboardCard(bench, "clouds"), ValueCard(bench, "clouds"))
display(WhyCard(bench, "clouds:1", "ana"))
display(bench.comparison("{comparison}"))
display(bench.run("{run}"), bench.proposal("{proposal}"))
display(bench.fine_tune_wizard("speech"))
display(bench.contribute_wizard("speech"))
"""
CARDS = [
    re.compile("^Job "), "Leaderboard of Two clouds", "Value of Two clouds",
    "Why ana gets this in clouds:1", "Compare models", re.compile("^Run "),
    re.compile("^Proposal "), "Fine-tune", "Contribute",
]  # fmt: skip


class Eyes:
    """Look at one screen after another, and keep what is wrong on each."""

    def __init__(self, page: Page, look: str) -> None:
        self.page = page
        self.look = look
        self.faults: dict[str, list[str]] = {}
        page.evaluate(AXE.read_text())

    def see(self, screen: str) -> None:
        self.page.screenshot(path=SCREENSHOTS / f"axe-{screen}-{self.look}.png")
        found = self.page.evaluate(FOUND)
        assert found["passed"] > 0
        faults = found["faults"] + self.page.evaluate(DRAWN)
        # Colours that a person has chosen for everything are not ours to judge.
        if self.look != "forced-colours":
            low = low_contrast(self.page, ".wb-root *, .wb-Dialog *, .wb-Status *")
            faults += [f"contrast {ratio:.2f}: {html}" for ratio, html in low]
        if faults:
            self.faults[screen] = faults


@pytest.fixture(scope="module")
def shown(bench: Bench) -> dict[str, str]:
    """What there is to look at: models, a comparison, values, an epoch, and something to do."""
    me = bench.as_("me")
    clouds = open_clouds(me, dispute_seconds=7 * 86_400)
    clouds.fund("1000", sign=True)
    for seed, (owner, n_rows) in enumerate(OWNERS.items()):
        frame = make_frame(n_rows, seed, flipped=owner == "noise")
        bench.as_(owner).task("clouds").contribute(frame, license="CC-BY-4.0", sign=True)
    epoch = me.pay(me.value("clouds", budget=20), sign=True)
    me.train("clouds", owners=["noise"])
    offered = me.propose(me.train("clouds"), claim="it has seen everybody's rows", sign=True)
    bench.review(offered, "request-changes", reason="say more of it", sign=True)
    speech = me.task("speech")
    mine = speech.contribute(sentences(20, seed=21), license="CC-BY-4.0", sign=True)
    speech.contribute(sentences(20, seed=22), license="CC-BY-4.0")  # waits for a signature
    job = started(bench)
    model = str(bench.job(job).wait().result["model"])
    return {
        "contribution": mine.id,
        "epoch": epoch.id,
        "proposal": offered.id,
        "job": job,
        "run": str(bench.job(job).refresh().result["run"]),
        "comparison": bench.compare([model, "base"], on="speech").id,
    }


@pytest.fixture
def eyes(lab: Callable[..., Page], run_command: Any, look: str) -> Eyes:
    theme, options = LOOKS[look]
    page = lab(**({"viewport": {"width": 1200, "height": 1500}} | options))
    run_command(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    return Eyes(page, look)


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_of_the_panel_the_wizard_and_signing_has_a_violation(
    eyes: Eyes, shown: dict[str, str], run_command: Any, tmp_path: Path
) -> None:
    page = eyes.page
    held = sentences(30, seed=23)
    held[2] = "nikan ka no correo ana@correo.mx tlaskamati"
    file = write_csv(tmp_path / "held.csv", held)
    open_wizard(page)
    eyes.see("contribute-task")
    steps = wizard(page)
    steps.get_by_role("button", name="Speech").click()
    eyes.see("contribute-file")
    steps.get_by_label("Drop a file here, or choose one").set_input_files(file)
    expect(steps.get_by_text("First rows, as the server reads them")).to_be_visible(timeout=LONG_MS)
    eyes.see("contribute-columns")
    to_the_terms(steps)
    eyes.see("contribute-terms")
    steps.get_by_role("button", name="Check the rows").click()
    expect(steps.get_by_role("button", name="Mask what was found")).to_be_visible(timeout=LONG_MS)
    eyes.see("contribute-held")
    steps.get_by_role("button", name="Mask what was found").click()
    expect(steps.get_by_role("region", name="Review")).to_be_visible(timeout=LONG_MS)
    eyes.see("contribute-review")
    steps.get_by_role("button", name="Sign and contribute…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The record that is signed").click(timeout=LONG_MS)
    eyes.see("sign-dialog")
    page.keyboard.press("Escape")
    run_command(page, "workbench:show-panel")
    panel = page.locator("#workbench-panel")
    expect(panel.get_by_role("button", name="Go on").first).to_be_visible(timeout=LONG_MS)
    eyes.see("panel")
    run_command(page, "application:toggle-left-area")
    for kind, id in {
        "task": "speech", "contribution": shown["contribution"], "epoch": shown["epoch"]
    }.items():  # fmt: skip
        run_command(page, f"workbench:open-{kind}", **{kind: id})
        expect(page.locator(".wb-Card-title:visible")).to_be_visible(timeout=LONG_MS)
        eyes.see(kind)
    run_command(page, "workbench:withdraw", contribution=shown["contribution"])
    expect(page.get_by_role("article", name="Withdraw")).to_be_visible(timeout=LONG_MS)
    eyes.see("withdraw")
    run_command(page, "workbench:review", contribution=shown["contribution"])
    expect(page.get_by_role("article", name="Review")).to_be_visible(timeout=LONG_MS)
    eyes.see("review")
    fund = "() => void window.jupyterapp.commands.execute('workbench:fund', {into: 'bounties'})"
    page.evaluate(fund)
    dialog.get_by_label("Task").fill("speech")
    expect(dialog).to_contain_text("credits for bounties", timeout=LONG_MS)
    dialog.get_by_label("Amount").fill("1,5")
    dialog.get_by_role("button", name="Look at what is signed…").click()
    expect(dialog).to_contain_text("is no amount")
    eyes.see("verb-dialog")
    assert eyes.faults == {}


@pytest.mark.parametrize("look", LOOKS)
def test_no_screen_of_models_and_values_has_a_violation(
    eyes: Eyes, shown: dict[str, str], run_command: Any, faults: list[str]
) -> None:
    page = eyes.page
    article = page.get_by_role("article")
    run_command(page, "workbench:train", task="speech", size="quick")
    form = predicted(page)
    eyes.see("fine-tune-predicted")
    form.get_by_text("For experts: the recipe").click()
    form.get_by_label("steps", exact=True).fill("many")
    eyes.see("fine-tune")
    run_command(page, "workbench:open-job", job=shown["job"])
    expect(article.get_by_role("img", name="Loss")).to_be_visible(timeout=LONG_MS)
    page.get_by_text("As a table").click()
    eyes.see("job")
    run_command(page, "workbench:open-run", run=shown["run"])
    expect(page.get_by_role("article", name="Run ")).to_be_visible(timeout=LONG_MS)
    eyes.see("run")
    run_command(page, "workbench:compare", run=shown["comparison"])
    expect(page.locator(".wb-Verdict:visible")).to_be_visible(timeout=LONG_MS)
    page.get_by_text("Where they disagree most").click()
    eyes.see("compare")
    run_command(page, "workbench:open-proposal", proposal=shown["proposal"])
    proposal = page.get_by_role("article", name="Proposal ")
    proposal.get_by_text("Its weights").click(timeout=LONG_MS)
    proposal.get_by_role("button", name="Comment…").click()
    expect(proposal.get_by_role("alert")).to_have_text("This is needed.")
    eyes.see("proposal")
    run_command(page, "workbench:proposals", task="clouds")
    listed = page.get_by_role("article", name="Proposals for clouds")
    expect(listed.get_by_role("table", name="Proposals")).to_be_visible(timeout=LONG_MS)
    eyes.see("proposals")
    run_command(page, "workbench:value", task="clouds")
    value = page.get_by_role("article", name="Value of Two clouds")
    expect(value.get_by_role("table", name="Owners by value")).to_be_visible(timeout=LONG_MS)
    eyes.see("value")
    run_command(page, "workbench:leaderboard", task="clouds")
    board = page.get_by_role("article", name="Leaderboard of Two clouds")
    expect(board.get_by_role("table").first).to_be_visible(timeout=LONG_MS)
    eyes.see("leaderboard")
    run_command(page, "workbench:why", epoch="clouds:1", owner="ana")
    why = page.get_by_role("article", name="Why ana gets this in clouds:1")
    expect(why.get_by_role("table").first).to_be_visible(timeout=LONG_MS)
    eyes.see("why")
    run_command(page, "workbench:open-job", job="0" * 64)
    expect(page.get_by_role("alert").filter(has_text="NotFoundError")).to_be_visible()
    eyes.see("error")
    # The browser tells of that answer in its console.
    assert all("404" in fault for fault in faults)
    faults.clear()
    assert eyes.faults == {}


@pytest.mark.parametrize("look", LOOKS)
def test_no_card_in_a_cell_of_notebook_7_has_a_violation(
    lab: Callable[..., Page],
    shown: dict[str, str],
    notebook: Any,
    run_cells: Any,
    run_command: Any,
    look: str,
) -> None:
    theme, options = LOOKS[look]
    name = notebook(f"cards-{look}.ipynb", CELL.format(**shown)).name
    page = lab(f"notebooks/{name}", **({"viewport": {"width": 1200, "height": 1500}} | options))
    run_command(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    eyes = Eyes(page, look)
    run_cells(page)
    cells = page.locator(".jp-OutputArea")
    for card in CARDS:
        article = cells.get_by_role("article", name=card)
        expect(article.first).to_be_visible(timeout=LONG_MS)
    expect(cells.locator(".wb-Size .wb-Chip")).to_have_text(["fits"] * 3, timeout=LONG_MS)
    expect(cells.get_by_role("img", name="Loss").first).to_be_visible(timeout=LONG_MS)
    eyes.see("notebook-7")
    assert eyes.faults == {}
