"""What the workbench costs a page of JupyterLab, until it is restored and while nothing happens."""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Request, sync_playwright

from workbench.client.bench import Bench
from workbench.client.launch import ensure_server, stop_server
from workbench.client.task import Task
from workbench.core.settings import Settings

ROOT = Path(__file__).parents[2]
LABEXTENSION = ROOT / "workbench" / "lab" / "labextension"
TOKEN = secrets.token_hex(16)
WAIT_SECONDS = 120
WATCH = """() => {
    window.drawn = {};
    new MutationObserver(() => {
        const text = document.body.innerText.match(/pool of [0-9.,]+ credits/)?.[0];
        if (text && window.drawn[text] === undefined) {
            window.drawn[text] = null;
            requestAnimationFrame(() => requestAnimationFrame(() => {
                window.drawn[text] = Date.now();
            }));
        }
    }).observe(document.body, {childList: true, characterData: true, subtree: true});
}"""
NAMES = ("workbench.lab", "jupyterlab", "jupyter_lsp", "jupyter_server_terminals")


@contextmanager
def lab(home: Settings, folder: Path, *, has_workbench: bool) -> Iterator[str]:
    """Run JupyterLab, with the extension or without, and yield its address."""
    folder.mkdir()
    (folder / "labextensions").mkdir()
    if has_workbench:
        (folder / "labextensions" / "merit-workbench").symlink_to(LABEXTENSION)
    environment = os.environ | home.environment()
    environment |= {"JUPYTER_NO_CONFIG": "1", "PYTHONPATH": str(ROOT)}
    for name in ("RUNTIME_DIR", "CONFIG_DIR", "DATA_DIR"):
        environment[f"JUPYTER_{name}"] = str(folder / name.lower())
    names = NAMES if has_workbench else NAMES[1:]
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ServerApp.port=0"),
        f"--ServerApp.jpserver_extensions={dict.fromkeys(names, True)}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.extra_labextensions_path={folder / 'labextensions'}",
        f"--LabApp.workspaces_dir={folder / 'workspaces'}",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (
        (folder / "log.txt").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=log, stderr=log, env=environment
        ) as child,
    ):
        try:
            yield address(folder / "runtime_dir", child, folder / "log.txt")
        finally:
            child.terminate()
            child.wait(WAIT_SECONDS)


def address(runtime: Path, child: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the server's address once it answers."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            try:
                about: dict[str, Any] = json.loads(path.read_text())
                url = f"http://127.0.0.1:{about['port']}{about['base_url']}"
                httpx.get(f"{url}api", trust_env=False)
            except (ValueError, httpx.TransportError):
                continue
            return url
        time.sleep(0.05)
    raise SystemExit(log.read_text())


def restored_seconds(browser: Browser, url: str) -> float:
    """Return how long a new page takes until ``app.restored``."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}lab?reset&token={TOKEN}")
    page.wait_for_function(
        "() => window.jupyterapp?.restored.then(() => { window.at ??= performance.now(); "
        "return true; })",
        timeout=WAIT_SECONDS * 1000,
    )
    seconds = page.evaluate("() => window.at") / 1000
    context.close()
    return float(seconds)


def idle_requests(browser: Browser, url: str, seconds: float) -> tuple[int, int]:
    """Return how many requests of ours a page makes to begin with, and then while it is idle."""
    context = browser.new_context()
    page: Page = context.new_page()
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/workbench/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.goto(f"{url}lab?reset&token={TOKEN}")
    page.wait_for_function(
        "() => window.jupyterapp?.restored.then(() => "
        "window.jupyterapp.commands.execute('workbench:show-panel')).then(() => true)",
        timeout=WAIT_SECONDS * 1000,
    )
    page.get_by_role("heading", name="Open tasks").wait_for(timeout=WAIT_SECONDS * 1000)
    first = len(asked)
    page.wait_for_timeout(1000 * seconds)
    context.close()
    return first, len(asked) - first


def seconds_to_pixels(browser: Browser, url: str, bench: Bench, n_changes: int) -> list[float]:
    """Return how long a change takes to be drawn in an open panel, one by one.

    From before the client signs and sends it until two frames after the panel's text has it, so
    that the request, its commit and its fsync are in it. Page and client share a clock.
    """
    task = open_task(bench)
    context = browser.new_context()
    page: Page = context.new_page()
    page.goto(f"{url}lab?reset&token={TOKEN}")
    page.wait_for_function(
        "() => window.jupyterapp?.restored.then(() => "
        "window.jupyterapp.commands.execute('workbench:show-panel')).then(() => true)",
        timeout=WAIT_SECONDS * 1000,
    )
    page.get_by_text("pool of 0.00 credits").wait_for(timeout=WAIT_SECONDS * 1000)
    page.evaluate(WATCH)
    found = []
    for k in range(1, n_changes + 1):
        # Longer than the panel gathers for: each change comes by itself.
        page.wait_for_timeout(1500)
        began = time.time()
        task.fund("1", sign=True, nonce=f"change {k}")
        wanted = f"pool of {k}.00 credits"
        page.wait_for_function("text => typeof window.drawn[text] === 'number'", arg=wanted)
        found.append(page.evaluate("text => window.drawn[text]", wanted) / 1000 - began)
    context.close()
    return sorted(found)


def open_task(bench: Bench) -> Task:
    """Open a task whose pool is empty."""
    rows = [{"features": [k / 9, k % 3], "label": ("low", "high")[k % 2]} for k in range(60)]
    return bench.open_task(
        "changes", title="Changes", kind="tabular-classification", test=rows,
        licenses=["CC0-1.0"], classes=["low", "high"], n_features=2, sign=True,
    )  # fmt: skip


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="once each, and 2 s of idleness")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    n, idle = (1, 2.0) if given.smoke else (7, 60.0)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name)
        home = Settings(
            home=root / "home",
            cache_dir=root / "cache",
            keys_dir=root / "keys",
            tracking_uri="http://127.0.0.1:9",
            n_workers=1,
        )
        ensure_server(home)
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        try:
            with (
                lab(home, root / "with", has_workbench=True) as ours,
                lab(home, root / "without", has_workbench=False) as bare,
            ):
                restored_seconds(browser, ours), restored_seconds(browser, bare)
                # In turns, so that what else runs on the machine disturbs both alike.
                pairs = [
                    (restored_seconds(browser, ours), restored_seconds(browser, bare))
                    for _ in range(n)
                ]
                first, later = idle_requests(browser, ours, idle)
                with Bench.on(home, "sponsor", quiet=True) as bench:
                    changes = seconds_to_pixels(browser, ours, bench, 2 if given.smoke else 15)
        finally:
            browser.close()
            stop_server(home)
    with_it, without = (median(column) for column in zip(*pairs, strict=True))
    found = {
        "restored_s": {"with": with_it, "without": without, "times": with_it / without},
        "differences_s": sorted(a - b for a, b in pairs),
        "change_to_pixels_s": {"median": median(changes), "each": changes},
        "requests": {"at_first": first, f"in_{idle:.0f}_s": later},
    }
    if given.json:
        print(json.dumps(found, indent=2))
        return
    print(f"restored: {with_it:.2f} s with, {without:.2f} s without: {with_it / without:.3f} times")
    print("differences, s: " + ", ".join(f"{one:+.2f}" for one in found["differences_s"]))
    print(f"change to pixels: {median(changes):.3f} s in the middle, {changes[-1]:.3f} s at most")
    print(f"requests of ours: {first} at first, {later} in {idle:.0f} s of idleness")


if __name__ == "__main__":
    main()
