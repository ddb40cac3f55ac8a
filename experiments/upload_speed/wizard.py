"""How fast a file goes through the wizard: chosen in JupyterLab, until the server has it."""

import json
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.settings import Settings

LABEXTENSION: Final = Path(__file__).parents[2] / "workbench" / "lab" / "labextension"
_TASK: Final = "clouds"
_LONG_MS: Final = 600_000
# The page's own clock: from the file's choice to the words that say it is there.
_TIMED: Final = """() => {
  window.measured = new Promise(resolve => {
    let began = 0;
    document.addEventListener('change', () => { began ||= performance.now(); }, true);
    new MutationObserver(() => {
      if (document.body.textContent.includes('The server has the whole file')) {
        resolve((performance.now() - began) / 1000);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}"""


def flags(folder: Path) -> list[str]:
    """Return what lets a Jupyter server show JupyterLab with this source tree's extension."""
    extensions = folder / "labextensions"
    extensions.mkdir()
    (extensions / "merit-workbench").symlink_to(LABEXTENSION)
    return [
        f"--LabApp.extra_labextensions_path={extensions}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
    ]


def open_task(home: Settings) -> None:
    """Open a task to contribute to."""
    rows = [{"features": [k / 7, k % 5], "label": "ab"[k % 2]} for k in range(40)]
    with Transport(home) as transport:
        bench = Bench(transport, home.keys_dir, "sponsor", settings=home, make_display=Silent)
        bench.open_task(
            _TASK, title="Clouds", kind="tabular-classification", test=rows,
            licenses=["CC-BY-4.0"], classes=["a", "b"], n_features=2, sign=True,
        )  # fmt: skip


def through_wizard(
    url: str, token: str, chromium: str | None, home: Settings, path: Path
) -> tuple[float, str]:
    """Return the seconds of a file through the wizard, and the digest under which it is stored."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}lab?reset&token={token}")
        page.wait_for_function(
            "() => window.jupyterapp?.restored.then(() => true)", timeout=_LONG_MS
        )
        page.evaluate(
            "task => window.jupyterapp.commands"
            ".execute('workbench:contribute', { task }).then(() => null)",
            _TASK,
        )
        chooser = page.get_by_label("Drop a file here, or choose one")
        chooser.wait_for(timeout=_LONG_MS)
        page.evaluate(_TIMED)
        chooser.set_input_files(path)
        seconds = float(page.evaluate("() => window.measured"))
        browser.close()
    notes = (home.cache_dir / "uploads").glob("*.json")
    newest = max(notes, key=lambda note: note.stat().st_mtime)
    return seconds, str(json.loads(newest.read_text())["sha256"])
