"""How long a viewer waits: for a static page of many owners, and for Voilà warm and cold."""

import argparse
import json
import select
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from workbench import pages
from workbench.core.wire import EpochView, PayoutRow

NOW = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
ABOUT: dict[str, Any] = {"title": "Many owners", "metric": "log-likelihood", "as_of": NOW}
TASK = "many"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
MILLISECONDS = 120_000
_WARMING_SECONDS = 12


def make_epoch(n_owners: int) -> EpochView:
    """Return an epoch of so many owners, whose values fall."""
    each = 1_000_003
    rows = [
        PayoutRow(
            owner=f"owner {number:05d}",
            n_rows=100 + number % 50,
            value=0.05 * (1 - number / n_owners) + 1e-4,
            standard_error=2e-3,
            rank=number + 1,
            share=1 / n_owners,
            amount=str(each),
        )
        for number in range(n_owners)
    ]
    pool = str(each * n_owners)
    return EpochView(
        id="4d" * 32, task=TASK, number=1, study="9e" * 32, pool=pool, paid=pool, returned="0",
        payouts=rows, created_at=NOW,
    )  # fmt: skip


def write_pages(root: Path, epoch: EpochView) -> float:
    """Write an epoch's pages; return the seconds it takes."""
    begun = time.perf_counter()
    folder = root / TASK
    folder.mkdir(parents=True)
    (folder / "leaderboard.html").write_text(pages.leaderboard_html(epoch, **ABOUT))
    (folder / "payouts.html").write_text(pages.payouts_html(epoch, **ABOUT))
    (folder / "all.html").write_text(pages.all_html(epoch, **ABOUT))
    document = pages.leaderboard_document(epoch, **ABOUT)
    (folder / "leaderboard.json").write_text(json.dumps(document))
    entry = pages.index_entry(TASK, title=ABOUT["title"], metric=ABOUT["metric"], epoch=epoch)
    (root / "index.json").write_text(json.dumps(pages.index_document([entry], NOW)))
    return time.perf_counter() - begun


def seconds_to(browser: Browser, url: str, selector: str) -> float:
    """Return how long a new browser context takes from the address to what is drawn of it."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url, wait_until="commit", timeout=MILLISECONDS)
    page.locator(selector).first.wait_for(timeout=MILLISECONDS)
    # Two frames later it is painted.
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    taken = time.perf_counter() - begun
    page.goto("about:blank")
    context.close()
    return taken


def measure_static(browser: Browser, root: Path) -> dict[str, float]:
    """Return the seconds to the readable end of each static page's table, best of three."""
    answers = {}
    for name in ("leaderboard", "payouts", "all"):
        url = (root / TASK / f"{name}.html").as_uri()
        taken = [seconds_to(browser, url, ".wb-table tfoot") for _ in range(3)]
        answers[f"{name}.html: seconds to its whole table"] = round(min(taken), 2)
        kilobytes = (root / TASK / f"{name}.html").stat().st_size / 1000
        answers[f"{name}.html: kB"] = round(kilobytes)
    return answers


def measure_voila(browser: Browser, root: Path) -> dict[str, float]:
    """Return the seconds to table and widgets: of the first viewer at once, and of a later one."""
    words = [sys.executable, "-m", "workbench.dashboards", "--port", "0", "--published", str(root)]
    answers = {}
    with subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            if server.stdout is None or not select.select([server.stdout], [], [], 120)[0]:
                raise RuntimeError("the dashboards do not start")
            url, token = server.stdout.readline().split()[1].split("?token=")
            asked = f"{url}voila/render/leaderboard.ipynb?task={TASK}&token={token}"
            # The first comes before the kernel that waits is warm: for it everything is cold.
            answers["Voilà cold: seconds to its widgets"] = seconds_to(browser, asked, "select")
            for name, selector in (("table", ".wb-table tfoot"), ("widgets", "select")):
                taken = []
                for _ in range(2):
                    time.sleep(_WARMING_SECONDS)
                    taken.append(seconds_to(browser, asked, selector))
                answers[f"Voilà preheated: seconds to its {name}"] = min(taken)
        finally:
            server.terminate()
            server.wait(60)
    return {name: round(answer, 2) for name, answer in answers.items()}


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few owners")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n_owners = 300 if options.smoke else 10_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        answers = {"seconds to write the pages": round(write_pages(root, make_epoch(n_owners)), 2)}
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        # Without a browser only what is written is measured.
        if chromium is not None:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                answers |= measure_static(browser, root)
                # A smoke test tries what needs no kernel.
                answers |= {} if options.smoke else measure_voila(browser, root)
                browser.close()
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
