"""A payout checked by the page's own script, from the disk, with nothing to ask."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AS_OF
from tests.browser.proofs import checking
from workbench import pages
from workbench.core.wire import EpochView
from workbench.ledger.proof import check_proof
from workbench.pages.board import owner_key

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
ABOUT: dict[str, Any] = {"title": "Speak Nahuatl", "metric": "log-likelihood", "as_of": AS_OF}
SMALL_ORDER = "0100000000000000000000000000000000000000000000000000000000000000"


@pytest.fixture
def epoch(published: Any) -> EpochView:
    found: EpochView = published.epochs["speak-nahuatl"]
    return found


def checked(visit: Visit, path: Path) -> dict[str, str | None]:
    """Press the button; return which steps hold."""
    page = visit(path.as_uri())
    page.get_by_role("button", name="Check in this browser").click()
    expect(page.get_by_role("status")).not_to_be_empty()
    steps = page.locator("[data-step]")
    return {
        step.get_attribute("data-step") or "": step.get_attribute("data-holds")
        for step in steps.all()
    }


def broken(steps: dict[str, str | None]) -> set[str]:
    return {name for name, holds in steps.items() if holds != "true"}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_page_with_payouts_checks_itself(visit: Visit, published: Any, picture: Any) -> None:
    for task in ("speak-nahuatl", "hostile"):
        folder = published.folder / task
        for path in [folder / "payouts.html", folder / "all.html", *folder.glob("why/*.html")]:
            assert broken(checked(visit, path)) == set(), path
    page = visit(published.file("speak-nahuatl/payouts.html"))
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("All four hold")
    picture(page, "checked")


def test_the_file_beside_the_page_is_the_same_proof(published: Any) -> None:
    proof = json.loads((published.folder / "speak-nahuatl" / "proof.json").read_text())
    assert check_proof(proof).head.size == 41


@pytest.mark.parametrize("kind", ["hold", "void"])
def test_what_is_not_paid_yet_is_held_against_the_pool(
    visit: Visit, epoch: EpochView, tmp_path: Path, kind: Any
) -> None:
    check = checking(epoch, kind)
    path = written(tmp_path, pages.payouts_html(epoch, **ABOUT, check=check))
    assert broken(checked(visit, path)) == set()


# What is changed in the file, and the steps that must then fail.
AMOUNT = r'(data-check="amount"><data '
CHANGES: dict[str, tuple[str, str, set[str]]] = {
    "an amount as people read it": (AMOUNT + "[^>]*>)2", r"\g<1>9", {"amounts"}),
    "an amount as machines read it": (AMOUNT + r'[^>]*value=")\d', r"\g<1>9", {"amounts"}),
    "whose amount it is": ('(data-check="owner">)Classical', r"\g<1>Another", {"amounts"}),
    "the amount in the entry": (r'(amount\\":\\")\d', r"\g<1>9", {"amounts", "path"}),
    "the number of the entry": (r'("index": )20', r"\g<1>21", {"entry", "path"}),
    "the path": (r'("path": \["..)..', r"\g<1>00", {"path"}),
    "the root": (r'("root": ")..', r"\g<1>00", {"path", "signature"}),
    "the signature": (r'("signature": ")..', r"\g<1>00", {"signature"}),
    "the time of the head": (r"(2026-11-22T)11", r"\g<1>12", {"signature"}),
    "the epoch": ('(data-epoch=")4d1f', r"\g<1>4d1e", {"entry"}),
    "a payout left out": (r'<tr id="[^"]*" data-check="line">.*?</tr>', "", {"amounts"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_is_found_and_named(
    visit: Visit, published: Any, tmp_path: Path, picture: Any, name: str
) -> None:
    pattern, new, steps = CHANGES[name]
    text = (published.folder / "speak-nahuatl" / "payouts.html").read_text()
    changed, n_changes = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
    assert n_changes == 1
    assert changed != text
    path = written(tmp_path, changed)
    assert broken(checked(visit, path)) == steps
    page = visit(path.as_uri())
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("Does not hold")
    picture(page, "checked-and-wrong")


def test_a_payout_that_is_hidden_is_found(
    visit: Visit, published: Any, epoch: EpochView, tmp_path: Path
) -> None:
    owner = epoch.payouts[0].owner
    page = published.folder / "speak-nahuatl" / "why" / f"1-{owner_key(owner)}.html"
    nothing = r'\g<1>0">0.00</data>'
    pattern = r'(data-check="amount">.*?<data [^>]*value=")[^"]*">.*?</data>'
    text, n_changes = re.subn(pattern, nothing, page.read_text(), count=1, flags=re.DOTALL)
    assert n_changes == 1
    assert broken(checked(visit, written(tmp_path, text))) == {"amounts"}


def test_an_owner_who_is_the_sponsor_too_is_told_from_it(
    visit: Visit, epoch: EpochView, tmp_path: Path
) -> None:
    rows = [row.model_copy(update={"owner": "sponsor"}) for row in epoch.payouts[:1]]
    paid, more = int(rows[0].amount), 7
    both = epoch.model_copy(
        update={
            "payouts": rows, "paid": str(paid), "returned": str(more), "pool": str(paid + more)
        }
    )  # fmt: skip
    path = written(tmp_path, pages.payouts_html(both, **ABOUT, check=checking(both)))
    assert broken(checked(visit, path)) == set()


def test_a_key_of_small_order_signs_nothing(visit: Visit, epoch: EpochView, tmp_path: Path) -> None:
    check = checking(epoch)
    assert check.proof is not None
    head = check.proof["head"]
    head["author"] = head["body"]["origin"] = SMALL_ORDER
    # With such a key this signature verifies for any message, unless one looks.
    head["signature"] = SMALL_ORDER + "00" * 32
    path = written(tmp_path, pages.payouts_html(epoch, **ABOUT, check=check))
    assert broken(checked(visit, path)) == {"signature"}


def test_without_scripts_the_page_is_whole_and_says_how_else(visit: Visit, published: Any) -> None:
    page = visit(published.file("speak-nahuatl/payouts.html"), java_script_enabled=False)
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator(".wb-check noscript, .wb-check")).to_contain_text(["workbench prove"])
    expect(page.get_by_role("table")).to_be_visible()


def test_no_other_script_may_run(browser: Browser, published: Any, tmp_path: Path) -> None:
    text = (published.folder / "speak-nahuatl" / "payouts.html").read_text()
    foreign = "<script>window.hacked = 1</script><b onclick='window.hacked = 1'>press</b></main>"
    path = written(tmp_path, text.replace("</main>", foreign))
    # Not by `visit`: here the browser has to complain.
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    page.get_by_text("press").click()
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("All four hold")
    assert page.evaluate("window.hacked") is None
    assert sum("Content Security Policy" in text for text in refused) == 2
    page.close()
