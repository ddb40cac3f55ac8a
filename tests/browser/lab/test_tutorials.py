"""The card *Tutorials*: from a click to a notebook, also where the package was only installed."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.jupyter_servers import ROOT, Jupyter

pytestmark = pytest.mark.browser

NAMES = sorted(path.stem for path in (ROOT / "notebooks" / "tutorials").glob("*.ipynb"))
LONG_MS = 60_000


def test_the_card_lists_the_tutorials_and_each_of_them_opens(
    lab: Callable[..., Page], jupyter: Jupyter, run_command: Any, picture: Any
) -> None:
    page = lab()
    assert not (jupyter.folder / "tutorials").exists()
    page.locator(".jp-Launcher").get_by_text("Tutorials", exact=True).click()
    files = page.locator(".jp-DirListing-content")
    for name in NAMES:
        expect(files.get_by_text(f"{name}.ipynb", exact=True)).to_be_visible(timeout=LONG_MS)
    picture(page, "tutorials")
    for name in NAMES:
        run_command(page, "workbench:tutorials", name=name)
        # The title is the only heading of the first rank.
        expect(page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h1")).to_have_count(
            1, timeout=LONG_MS
        )
        expect(page.get_by_role("tab", name=f"{name}.ipynb")).to_be_visible()
    picture(page, "tutorials-open")
