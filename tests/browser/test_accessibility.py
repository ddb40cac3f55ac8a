"""axe-core finds no violation on any published page or dashboard, in any look that people need."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.contrast import low_contrast
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
# The pages in Voilà, with their controls.
VOILA = {"task": 2, "leaderboard": 1, "payouts": 1, "runs": 2}
WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
FOUND = """async () => (await axe.run()).violations
    .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`))"""

Visit = Callable[..., Page]


has_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core is not there: npm ci in extensions/pages"
)


@has_axe
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


@has_axe
@pytest.mark.parametrize("look", LOOKS)
def test_no_dashboard_has_a_violation(visit: Visit, voila: Any, picture: Any, look: str) -> None:
    found = {}
    page = visit(f"{voila.url}?token={voila.token}", **LOOKS[look])
    shown = {"start": voila.url, "unknown": voila.page("task", "nobody")}
    shown |= {name: voila.page(name, "speak-nahuatl") for name in VOILA}
    for name, url in shown.items():
        page.goto(url)
        if name in VOILA:
            expect(page.locator(".wb-widget select")).to_have_count(VOILA[name])
            expect(page.locator(".wb-widget [data-part]").first).to_be_visible()
        # Only what is there at once, or only what the kernel drew: never both.
        expect(page.locator("h1")).to_have_count(1)
        # No heading without what it heads.
        expect(page.locator(".wb-prose:visible").first).to_be_visible(visible=name in VOILA)
        page.evaluate(AXE.read_text())
        found[name] = page.evaluate(FOUND)
        if page.evaluate(WIDER):
            found[name].append("wider than the window")
        # Colours that a person has chosen for everything are not ours to judge.
        if look != "high contrast":
            low = low_contrast(page, "body *")
            found[name] += [f"contrast {ratio:.2f}: {html}" for ratio, html in low]
        picture(page, f"voila-{name}-{look}".replace(" ", "-"))
    assert {name: faults for name, faults in found.items() if faults} == {}
