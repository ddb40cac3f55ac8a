"""Every screen by keyboard only: each control is reached in order, seen, and left again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab.conftest import open_clouds
from tests.browser.lab.test_contribute import sentences
from tests.browser.lab.test_panel import everything
from tests.browser.lab.test_training import predicted
from tests.integration.client.conftest import make_frame
from workbench.client.bench import Bench

pytestmark = pytest.mark.browser

LONG_MS = 180_000
MOST_TABS = 120
# Of a group of radios one is a stop; what a closed details holds is none.
REACHABLE = """article => {
  const groups = new Set();
  return [...article.querySelectorAll('button, a[href], input, select, textarea, summary')]
    .filter(node => node.checkVisibility({visibilityProperty: true}) && !node.disabled)
    .filter(node => {
      if (node.type !== 'radio') return true;
      const isStop = node.checked || ![...article.querySelectorAll('input[type=radio]')]
        .some(other => other.name === node.name && other.checked);
      if (!isStop || groups.has(node.name)) return false;
      groups.add(node.name);
      return true;
    })
    .map(node => { node.dataset.stop ??= String(window.stops = (window.stops ?? 0) + 1);
                   return node.dataset.stop; });
}"""
STOP = """() => {
  const node = document.activeElement;
  return node?.dataset?.stop
    ? [node.dataset.stop, node.matches(':focus-visible') && getComputedStyle(node).outlineStyle]
    : null;
}"""
IS_FOCUSED = "node => node === document.activeElement"
# The router's and the menus' own, which need a thing to act on.
NOT_LISTED = {f"workbench:{name}" for name in ("route", "open", "copy-link", "contribute-file")}
DRAWN = "() => new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))"
LABELS = """() => {
  const { commands } = window.jupyterapp;
  return Object.fromEntries(commands.listCommands()
    .filter(id => id.startsWith('workbench:')).map(id => [id, commands.label(id)]));
}"""


def walk(page: Page, article: Locator) -> list[str]:
    """Go through a view with Tab, and return what was wrong: left out, unseen, out of order."""
    wanted: list[str] = article.evaluate(REACHABLE)
    article.evaluate("node => { node.tabIndex = -1; node.focus(); }")
    met: list[str] = []
    faults = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is not None and stop[0] not in met:
            met.append(stop[0])
            if stop[1] in (False, "none"):
                faults.append(f"focus is not seen: {name_of(page, stop[0])}")
        if set(met) >= set(wanted):
            break
    faults += [f"not reached: {name_of(page, stop)}" for stop in wanted if stop not in met]
    order = [stop for stop in met if stop in wanted]
    if not faults and order != wanted:
        faults.append(f"another order: {[name_of(page, stop) for stop in order]}")
    return faults


def name_of(page: Page, stop: str) -> str:
    return str(page.evaluate("s => document.querySelector(`[data-stop='${s}']`)?.outerHTML", stop))[
        :200
    ]


def by_key(page: Page, target: Locator, *keys: str) -> None:
    """Tab on until a control has the focus and shows it, then press keys."""
    for _ in range(MOST_TABS):
        if target.evaluate(IS_FOCUSED):
            assert target.evaluate("node => node.matches(':focus-visible')")
            for key in keys:
                page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no focus on {target}")


def sign_by_key(page: Page, button: Locator) -> None:
    """Open the dialog of a button, leave it, open it again, and sign."""
    dialog = page.get_by_role("dialog")
    by_key(page, button, "Enter")
    expect(dialog.locator(".wb-Dialog-words")).to_be_visible(timeout=LONG_MS)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.locator(".wb-Dialog-words")).to_be_visible(timeout=LONG_MS)
    by_key(page, dialog.get_by_role("button", name="Sign", exact=True), "Enter")
    expect(dialog).to_have_count(0, timeout=LONG_MS)


def open_palette(page: Page, text: str) -> Locator:
    """Open the command palette by its shortcut, type, and return what it lists."""
    page.keyboard.press("Control+Shift+c")
    palette = page.locator("#modal-command-palette")
    expect(palette.locator("input")).to_be_focused()
    page.keyboard.type(text)
    page.evaluate(DRAWN)  # the list follows what is typed by a frame
    return palette.locator(".lm-CommandPalette-item")


def choose_by_key(page: Page, text: str, label: str) -> None:
    """Run a command that the palette finds by a text: down to it with the arrow, and Enter."""
    items = open_palette(page, text)
    expect(items.filter(has_text=label)).to_be_visible()
    active = page.locator(".lm-CommandPalette-item.lm-mod-active")
    for _ in range(items.count()):
        page.keyboard.press("ArrowDown")
        page.evaluate(DRAWN)
        if label in active.inner_text():
            page.keyboard.press("Enter")
            expect(items.first).to_be_hidden()
            return
    raise AssertionError(f"no arrow leads to {label}")


def assert_focus_is_kept(article: Locator) -> None:
    """Nobody is thrown back to the beginning of the page."""
    assert article.evaluate(
        "node => (node.closest('.wb-root') ?? node).contains(document.activeElement)"
    )


def expect_focus_in_its_tab(page: Page, article: Locator) -> None:
    """What a command has opened is where the keyboard goes on."""
    tab = page.locator(".wb-Tab").filter(has=article)
    expect(tab.and_(page.locator(":focus, :focus-within"))).to_be_visible()


def test_the_palette_leads_by_keyboard_to_what_looks_prepares_and_signs(
    lab: Callable[..., Page], bench: Bench, picture: Any
) -> None:
    page = lab()
    # Lab gives its launcher the focus last, which closes a palette.
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.id.startsWith('launcher')")
    items = open_palette(page, "Workbench").locator(".lm-CommandPalette-itemLabel")
    listed = items.all_inner_texts()
    missing = {id for id, label in page.evaluate(LABELS).items() if label not in listed}
    assert missing == NOT_LISTED
    picture(page, "keyboard-palette")
    page.keyboard.press("Escape")
    choose_by_key(page, "workbench", "Open Leaderboard")
    board = page.get_by_role("article", name="Leaderboard of Speech")
    expect(board).to_be_visible(timeout=LONG_MS)
    expect_focus_in_its_tab(page, board)
    choose_by_key(page, "fine-tune", "Fine-Tune a Model…")
    wizard = page.get_by_role("article", name="Fine-tune", exact=True)
    expect(wizard.get_by_label("Task")).to_be_visible(timeout=LONG_MS)
    by_key(page, wizard.get_by_label("Task"), "s")
    expect(wizard.get_by_label("Task")).to_have_value("speech")
    expect_focus_in_its_tab(page, wizard)
    open_clouds(bench.as_("me"), "hills", title="Hills")
    before = everything(bench)
    dialog = page.get_by_role("dialog")
    for ends in ("Escape", "Sign"):
        choose_by_key(page, "fund", "Fund…")
        expect(dialog.get_by_label("Task")).to_be_focused(timeout=LONG_MS)
        page.keyboard.type("hills")
        by_key(page, dialog.get_by_label("Amount"), "5", "Enter")
        expect(dialog.locator(".wb-Dialog-words")).to_contain_text("5.00 credits")
        assert everything(bench) == before
        if ends == "Escape":
            page.keyboard.press("Escape")
        else:
            by_key(page, dialog.get_by_role("button", name="Sign", exact=True), "Enter")
        expect(dialog).to_have_count(0)
        expect_focus_in_its_tab(page, wizard)
    assert everything(bench) != before


def test_a_model_is_made_and_compared_by_keyboard(
    lab: Callable[..., Page], run_command: Any, picture: Any
) -> None:
    page = lab()
    run_command(page, "workbench:train")
    wizard = page.get_by_role("article", name="Fine-tune", exact=True)
    task = wizard.get_by_label("Task")
    expect(task).to_be_visible(timeout=LONG_MS)
    by_key(page, task, "s")
    expect(task).to_have_value("speech")
    predicted(page)
    assert walk(page, wizard) == []
    picture(page, "keyboard-fine-tune")
    by_key(page, wizard.locator("summary", has_text="For experts"), "Enter")
    by_key(page, wizard.get_by_label("validation_share"), "0", ".", "2")
    by_key(page, wizard.get_by_role("button", name="Start", exact=True), "Enter")
    card = wizard.get_by_role("article")
    expect(card.locator(".wb-Chip").first).to_have_text("done", timeout=LONG_MS)
    assert_focus_is_kept(wizard)
    assert walk(page, wizard) == []
    by_key(page, wizard.get_by_role("button", name="Compare it"), "Enter")
    compare = page.get_by_role("article", name="Compare models")
    begin = compare.get_by_role("button", name="Compare 2 models")
    expect(begin).to_be_visible(timeout=LONG_MS)
    assert walk(page, compare) == []
    by_key(page, begin, "Enter")
    expect(compare.locator(".wb-Verdict-which")).to_be_visible(timeout=LONG_MS)
    assert_focus_is_kept(compare)
    assert walk(page, compare) == []
    picture(page, "keyboard-compare")


def test_a_task_is_valued_and_paid_by_keyboard(
    lab: Callable[..., Page], bench: Bench, run_command: Any, picture: Any
) -> None:
    me = bench.as_("me")
    open_clouds(me).fund("100", sign=True)
    for seed, owner in enumerate(("ana", "ben", "eva")):
        frame = make_frame(30, seed)
        bench.as_(owner).task("clouds").contribute(frame, license="CC-BY-4.0", sign=True)
    page = lab()
    run_command(page, "workbench:value", task="clouds")
    value = page.get_by_role("article", name="Value of Two clouds")
    by_key(page, value.get_by_role("button", name="Value now"), "Enter")
    expect(value.get_by_text("sealed", exact=True)).to_be_visible(timeout=LONG_MS)
    assert_focus_is_kept(value)
    assert walk(page, value) == []
    sign_by_key(page, value.get_by_role("button", name="Pay…"))
    expect(value.get_by_text("Epoch clouds:1 is recorded.")).to_be_visible(timeout=LONG_MS)
    assert_focus_is_kept(value)
    picture(page, "keyboard-paid")
    run_command(page, "workbench:leaderboard", task="clouds")
    board = page.get_by_role("article", name="Leaderboard of Two clouds")
    expect(board.get_by_role("rowheader").first).to_be_visible(timeout=LONG_MS)
    assert walk(page, board) == []


def test_panel_review_and_withdrawal_by_keyboard(
    lab: Callable[..., Page], bench: Bench, run_command: Any, picture: Any
) -> None:
    rng = np.random.default_rng(0)
    known = [" ".join(map("".join, rng.choice(list("aeiklmnopstx"), (6, 4)))) for _ in range(60)]
    rows = [*sentences(20, seed=51), *known[40:45]]
    leaky = bench.as_("leaky").task("speech").contribute(rows, license="CC-BY-4.0", sign=True)
    mine = (
        bench.as_("me")
        .task("speech")
        .contribute(sentences(20, seed=52), license="CC-BY-4.0", sign=True)
    )
    page = lab()
    page.keyboard.press("Control+Alt+m")
    panel = page.locator("#workbench-panel")
    answer = panel.get_by_role("button", name="Review…")
    expect(answer).to_be_visible(timeout=LONG_MS)
    assert walk(page, panel.locator(".wb-root")) == []
    by_key(page, answer, "Enter")
    review = page.get_by_role("article", name="Review")
    reason = review.get_by_label("Reason")
    expect(reason).to_be_visible(timeout=LONG_MS)
    assert walk(page, review) == []
    by_key(page, reason, "n", "o")
    sign_by_key(page, review.get_by_role("button", name="Refuse…"))
    expect(review).to_contain_text("Your decision is signed", timeout=LONG_MS)
    assert_focus_is_kept(review)
    assert leaky.refresh().state == "refused"
    run_command(page, "workbench:withdraw", contribution=mine.id)
    shown = page.get_by_role("article", name="Withdraw")
    expect(shown).to_contain_text("20 rows leave the task", timeout=LONG_MS)
    assert walk(page, shown) == []
    sign_by_key(page, shown.get_by_role("button", name="Withdraw…"))
    expect(shown).to_contain_text("It is withdrawn", timeout=LONG_MS)
    assert_focus_is_kept(shown)
    picture(page, "keyboard-withdrawn")
