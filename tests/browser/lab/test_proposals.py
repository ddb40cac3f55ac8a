"""A better model, from a comparison to its bounty: by clicks of two people, and what is refused."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab.conftest import serve_lab
from tests.browser.lab.test_training import dark
from tests.integration.proposals.conftest import N_HIDDEN, make_hard_rows
from tests.jupyter_servers import Jupyter
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.proposal import ProposedModel
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.settings import Settings
from workbench.storage.blobs import BlobStore
from workbench.training.tabular_model import TabularModel

pytestmark = pytest.mark.browser

LONG_MS = 180_000
CLAIM = "it knows both hills"
REGRET = "it forgets the low hill"
HOSTILE = "<img src=x onerror='window.hacked = 1'> not a bit better"
CARD = """
from workbench import Bench

Bench.open().proposal({id!r})
"""


def rows_of(lines: bytes) -> list[dict[str, Any]]:
    """Return rows as tables of people have them."""
    found = [json.loads(line) for line in lines.splitlines()]
    return [{"f0": r["features"][0], "f1": r["features"][1], "label": r["label"]} for r in found]


def open_hills(bench: Bench, name: str, **rules: object) -> Task:
    """Open a task whose proposals are paid, with a day to dispute."""
    hidden = [json.loads(line) for line in make_hard_rows(N_HIDDEN, 99).splitlines()]
    return bench.open_task(
        name, title=name.title(), kind="tabular-classification", test=hidden,
        licenses=["CC-BY-4.0"], classes=["low", "high"], n_features=2, dispute_seconds=86_400,
        merge={"bounty_price": "1000"} | rules, sign=True,
    )  # fmt: skip


def give(bench: Bench, name: str, task: str, rows: list[dict[str, Any]]) -> str:
    return bench.as_(name).task(task).contribute(rows, license="CC-BY-4.0", sign=True).id


@pytest.fixture(scope="module")
def bench(home: Settings) -> Iterator[Bench]:
    """The sponsor's, with a poor champion, and a better model of mine that nobody knows yet."""
    with Transport(home) as transport:
        bench = Bench(transport, home.keys_dir, "sponsor", settings=home, make_display=Silent)
        hills = open_hills(bench, "hills", tau=500_000)
        bench.grant("sponsor", "1000", sign=True)
        hills.fund("1000", bounties=True, sign=True)
        give(bench, "ana", "hills", rows_of(make_hard_rows(40, 1, noisy=0.4)))
        give(bench, "me", "hills", rows_of(make_hard_rows(150, 2)))
        bench.as_("ana").train("hills", owners=["ana"])
        bench.as_("me").train("hills", owners=["ana", "me"])
        yield bench


@pytest.fixture(scope="module")
def sponsors(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    """The Jupyter server of the other person."""
    del bench
    flag = "--LabExtension.identity=sponsor"
    with serve_lab(home, tmp_path_factory.mktemp("sponsors"), flag) as jupyter:
        yield jupyter


def panel_of(page: Page) -> Locator:
    page.get_by_role("tab", name="Workbench").click()
    found = page.locator("#workbench-panel")
    expect(found.get_by_role("heading", name="Open tasks")).to_be_visible(timeout=LONG_MS)
    return found


def palette(page: Page, label: str) -> None:
    """Run one of the workbench's commands as a person does in the palette."""
    page.keyboard.press("Control+Shift+C")
    found = page.locator(".jp-ModalCommandPalette")
    found.locator("input").fill(label)
    exact = re.compile(f"^{label}$")
    item = found.locator(".lm-CommandPalette-item").filter(
        has=page.locator(".lm-CommandPalette-itemLabel").filter(has_text=exact)
    )
    item.click()


def sign(page: Page, says: str) -> None:
    """Look at what is signed, and sign it."""
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".wb-Dialog-words")).to_contain_text(says, timeout=LONG_MS)
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(dialog).to_have_count(0, timeout=LONG_MS)


def fund_bounties(page: Page, listed: Locator, bench: Bench, picture: Any) -> None:
    """Add to what waits for the next merge; a wrong amount is told before anything is signed."""
    before = int(bench.task("hills").view.bounties)
    listed.get_by_role("button", name="Fund bounties…").click()
    form = page.get_by_role("dialog", name="Fund")
    held = form.get_by_role("status")
    expect(held).to_have_text(re.compile(r"^Hills holds 0\.00 credits in its pool and \d"))
    expect(form.get_by_label("What for")).to_have_value("bounties")
    amount = form.get_by_label("Amount")
    expect(amount).to_be_focused()
    for wrong, why in {
        "": "This is needed.",
        "12,5": "“12,5” is no amount: credits have a point",
        "0.000000": "“0.000000” moves nothing",
        "9223372036854.775808": "is more than the 9 223 372 036 854.775807 credits",
    }.items():
        amount.fill(wrong)
        form.get_by_role("button", name="Look at what is signed…").click()
        expect(form.get_by_role("alert")).to_contain_text(why)
        expect(amount).to_be_focused()
    picture(page, "lab-fund")
    amount.fill("250.5")
    form.get_by_role("button", name="Look at what is signed…").click()
    sign(page, "I add 250.50 credits to the bounties of the task hills.")
    after = int(bench.task("hills").view.bounties)
    assert after == before + 250_500_000
    told = page.locator(".Toastify__toast", has_text="it is recorded")
    expect(told).to_contain_text(f"0.00 credits in its pool and {after // 10**6}.")
    expect(listed).to_contain_text(f"{after // 10**6}.", timeout=LONG_MS)
    picture(page, "lab-funded")


def roll_back_by_keys(page: Page, card: Locator, reason: str, picture: Any) -> None:
    """Undo a merge without a mouse; without a reason, and after Escape, nothing is signed."""
    words = card.get_by_label("Your words")
    button = card.get_by_role("button", name="Roll back…")
    button.press("Enter")
    expect(card.get_by_role("alert")).to_have_text("This is needed.")
    expect(words).to_be_focused()
    page.keyboard.type(reason)
    expect(card.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(card.get_by_role("button", name="Comment…")).to_be_focused()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Roll back")
    expect(dialog.locator(".wb-Dialog-words")).to_contain_text(reason, timeout=LONG_MS)
    expect(dialog.locator(".wb-Dialog-words")).to_contain_text("credits returns to the task.")
    picture(page, "lab-sign-rollback")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.locator(".wb-Dialog-words")).to_contain_text(reason, timeout=LONG_MS)
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(dialog.get_by_role("button", name="Sign", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0, timeout=LONG_MS)


def expect_story_of_hills(page: Page, said: str, bounty: str, how: str) -> None:
    """Read the task's published page, as it is now: its merges, and how champions became it."""
    page.locator("#workbench-published iframe").evaluate("frame => { frame.src = frame.src; }")
    frame = page.frame_locator("#workbench-published iframe")
    hills = frame.get_by_role("listitem").filter(has_text="Hills")
    hills.get_by_role("link", name="Task", exact=True).click(timeout=LONG_MS)
    merges = frame.get_by_role("region", name="Merges table")
    expect(merges).to_contain_text(said, timeout=LONG_MS)
    expect(merges).to_contain_text(bounty)
    expect(frame.get_by_role("region", name="Champions table")).to_contain_text(how)


def test_two_people_make_a_better_model_the_champion_by_clicks(
    lab: Callable[..., Page], sponsors: Jupyter, bench: Bench, picture: Any
) -> None:
    page = lab(viewport={"width": 1200, "height": 1800})
    panel_of(page).get_by_role("button", name="Hills", exact=True).click()
    page.get_by_role("article", name="Task hills").get_by_role("button", name="Compare…").click()
    compare = page.get_by_role("article", name="Compare models")
    compare.get_by_role("checkbox").nth(1).check()
    compare.get_by_role("button", name="Compare 2 models").click()
    propose = compare.get_by_role("region", name="Propose")
    expect(propose).to_contain_text("beats the others", timeout=LONG_MS)
    propose.get_by_role("button", name="Propose…").click()
    expect(propose.get_by_label("Claim")).to_be_focused()
    propose.get_by_role("button", name="Look at what is signed…").click()
    expect(propose.get_by_role("alert")).to_have_text("This is needed.")
    propose.get_by_label("Claim").fill(CLAIM)
    picture(page, "lab-propose")
    propose.get_by_role("button", name="Look at what is signed…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The record that is signed").click(timeout=LONG_MS)
    expect(dialog).to_contain_text("What its digest commits to")
    picture(page, "lab-sign-propose")
    sign(page, f"Everybody reads my claim: {CLAIM}")

    mine = page.get_by_role("article", name="Proposal ")
    expect(mine.locator(".wb-Chip").first).to_have_text("passed its gate", timeout=LONG_MS)
    expect(mine).to_contain_text("One approval is missing")
    expect(mine).to_contain_text("It is your own: others decide on it.")
    expect(mine.get_by_role("button", name="Approve…")).to_have_count(0)
    expect(mine.get_by_role("table", name="What the gate found")).to_contain_text(
        "more than chance"
    )
    picture(page, "lab-proposal-mine")

    other = lab(on=sponsors, viewport={"width": 1200, "height": 1800})
    need = panel_of(other).get_by_role("listitem").filter(has_text="waits for a reviewer")
    need.get_by_role("button", name="Review…").click()
    theirs = other.get_by_role("article", name="Proposal ")
    expect(theirs.get_by_role("button", name="Merge…")).to_have_attribute("aria-disabled", "true")
    theirs.get_by_role("button", name="Approve…").click()
    expect(theirs.get_by_role("alert")).to_have_text("This is needed.")
    theirs.get_by_label("Your words").fill("better on both, and surely")
    theirs.get_by_role("button", name="Approve…").click()
    sign(other, "I approve the proposal")
    expect(theirs).to_contain_text("It is approved: sponsor can merge it.")
    expect(theirs.get_by_role("list")).to_contain_text("better on both, and surely")
    picture(other, "lab-proposal-approved")
    # The proposer's page is told of it.
    expect(mine).to_contain_text("better on both, and surely", timeout=LONG_MS)
    theirs.get_by_role("button", name="Merge…").click()
    sign(other, "I make the model")
    expect(theirs.locator(".wb-Chip").first).to_have_text("merged")
    [view] = bench.task("hills").champions().to_dict("records")
    assert view["bounty"] > 0
    expect(theirs.locator(".wb-Money")).to_contain_text("provisional until")
    picture(other, "lab-proposal-merged")
    expect(mine).to_contain_text("Its model is the champion.", timeout=LONG_MS)
    earned = page.locator("#workbench-panel").get_by_role("region", name="Earned")
    expect(earned).to_contain_text("Bounty of hills", timeout=LONG_MS)
    expect(earned.locator(".wb-Money")).to_contain_text("provisional until")
    expect(earned).to_contain_text("held: a rollback would return it")
    dark(page)
    expect(page.locator("#jupyterlab-splash")).to_have_count(0, timeout=LONG_MS)
    picture(page, "lab-proposal-merged-dark")

    theirs.get_by_role("button", name="All proposals").click()
    listed = other.get_by_role("article", name="Proposals for hills")
    expect(listed.get_by_role("table", name="Champions")).to_contain_text("provisional until")
    expect(listed.get_by_role("table", name="Proposals")).to_contain_text(CLAIM)
    picture(other, "lab-proposals")
    fund_bounties(other, listed, bench, picture)

    palette(other, "Publish")
    expect(other.get_by_role("tab", name="Publish")).to_be_visible(timeout=LONG_MS)
    palette(other, "Published Pages")
    expect_story_of_hills(other, CLAIM, "provisional until", "by a merge")
    picture(other, "lab-proposal-story")

    other.get_by_role("tab", name=re.compile("^Proposal [0-9a-f]")).click()
    left = int(bench.task("hills").view.bounties)
    roll_back_by_keys(other, theirs, REGRET, picture)
    expect(theirs.locator(".wb-Chip").first).to_have_text("rolled back")
    said = theirs.get_by_role("status").filter(has_text="It was rolled back on")
    expect(said).to_contain_text(REGRET)
    expect(said).to_contain_text(f"{view['base'][:12]}, stands again.")
    expect(said).to_contain_text("credits went back to the task.")
    expect(theirs.locator(".wb-Money")).to_contain_text("returned")
    expect(theirs.get_by_role("button", name="Roll back…")).to_have_count(0)
    picture(other, "lab-proposal-rolled-back")
    hills = bench.task("hills").view
    assert (hills.champion, int(hills.bounties)) == (view["base"], left + view["bounty"])
    toast = page.locator(".Toastify__toast", has_text="rolled back, and its bounty went back")
    expect(toast).to_be_visible(timeout=LONG_MS)
    expect(mine).to_contain_text(REGRET, timeout=LONG_MS)
    expect(earned.locator(".wb-Money")).to_contain_text("returned", timeout=LONG_MS)
    expect(earned).to_contain_text(f"rolled back: {REGRET}")
    picture(page, "lab-panel-returned")
    bench.publish()
    other.get_by_role("tab", name="Published Pages").click()
    expect_story_of_hills(other, REGRET, "returned to the bounties", "by a rollback")
    picture(other, "lab-story-rolled-back")


@pytest.fixture(scope="module")
def refused(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, ProposedModel]:
    """A copy, a leak and a regression, each with a hostile claim."""
    ben, rita = bench.as_("ben"), bench.as_("rita")
    blobs = BlobStore(home.blobs_dir, home.max_upload_bytes)
    champion = TabularModel.load(blobs.path(str(bench.task("hills").champion)))
    moved = {
        name: array + np.asarray(1e-9, array.dtype) if array.dtype.kind == "f" else array
        for name, array in champion.arrays.items()
    }
    path = replace(champion, arrays=moved).save(tmp_path_factory.mktemp("copy"))
    copy = ben.propose(path, task="hills", claim=f"copy {HOSTILE}", sign=True)
    leaked = rows_of(make_hard_rows(N_HIDDEN, 99))[:7] + rows_of(make_hard_rows(30, 7))
    held = give(bench, "rita", "hills", leaked)
    leak = rita.propose(
        {"iterations": 50}, task="hills", contributions=[held], claim=f"leak {HOSTILE}", sign=True
    )
    # Its champion knows the low ones alone, and knows them best.
    open_hills(bench, "slopes")
    many = rows_of(make_hard_rows(150, 2))
    low = [row for row in many if row["label"] == "low"]
    high = [row for row in many if row["label"] == "high"]
    give(bench, "rita", "slopes", low[:40] + high[:4])
    give(bench, "ben", "slopes", low[40:] + high[4:])
    rita.train("slopes", owners=["rita"])
    fair = ben.train("slopes", owners=["ben"])
    worse = ben.propose(fair, claim=f"regression {HOSTILE}", sign=True)
    return {"copy": copy, "leak": leak, "regression": worse}


WHY = {
    "copy": "it is a copy",
    "leak": "it has seen the hidden test",
    "regression": "a slice became worse",
}


def test_what_is_refused_says_why(
    lab: Callable[..., Page], refused: dict[str, ProposedModel], run_command: Any, picture: Any
) -> None:
    assert {name: one.reason for name, one in refused.items()} == {name: name for name in WHY}
    page = lab(viewport={"width": 1200, "height": 1500})
    for name, one in refused.items():
        run_command(page, "workbench:proposals", task=one.view.task)
        listed = page.get_by_role("article", name=f"Proposals for {one.view.task}")
        row = listed.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text(WHY[name], timeout=LONG_MS)
        row.get_by_role("button", name=f"{name} {HOSTILE}").click()
        card = page.get_by_role("article", name=f"Proposal {one.id[:12]}")
        expect(card.locator(".wb-Chip").first).to_have_text("rejected", timeout=LONG_MS)
        expect(card.get_by_role("status").first).to_contain_text(WHY[name])
        expect(card).to_contain_text(one.view.remedy)
        expect(card).to_contain_text(HOSTILE)
        picture(page, f"lab-proposal-{name}")
    assert page.evaluate("() => window.hacked") is None


def test_a_proposal_in_a_cell_is_the_same_card(
    lab: Callable[..., Page], notebook: Callable[[str, str], Path], refused: Any, run_cells: Any,
    picture: Any,
) -> None:  # fmt: skip
    worse = refused["regression"]
    notebook("proposal.ipynb", CARD.format(id=worse.id))
    page = lab("lab/tree/proposal.ipynb?reset")
    run_cells(page)
    card = page.get_by_role("article", name=f"Proposal {worse.id[:12]}")
    expect(card).to_contain_text("a slice became worse", timeout=LONG_MS)
    expect(card.get_by_role("button", name="Comment…")).to_be_visible()
    picture(page, "lab-proposal-cell")
