"""axe-core finds no violation on any published page, whatever a person's eyes ask for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_published_pages import EVERY, address

pytestmark = pytest.mark.browser

AXE = (
    Path(__file__).parents[2] / "extensions" / "pages" / "node_modules" / "axe-core" / "axe.min.js"
)
# Zoom halves the width in CSS pixels.
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "high contrast": {"forced_colors": "active"},
    "200 percent": {"viewport": {"width": 600, "height": 450}, "device_scale_factor": 2},
}
FOUND = """async () => (await axe.run()).violations
    .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`))"""

Visit = Callable[..., Page]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not there: npm ci in extensions/pages")
@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_violation(visit: Visit, published: Any, look: str) -> None:
    found = {}
    addresses = {name: address(published, "speak-nahuatl", name) for name in EVERY}
    addresses |= {name: published.file(f"{name}.html") for name in ("index", "empty")}
    page = visit("about:blank", **LOOKS[look])
    for name, url in addresses.items():
        page.goto(url)
        page.evaluate(AXE.read_text())
        found[name] = page.evaluate(FOUND)
        if page.get_by_role("button").count():
            page.get_by_role("button").click()
            found[f"{name}, checked"] = page.evaluate(FOUND)
    assert {name: faults for name, faults in found.items() if faults} == {}
