"""What a live card costs the training that it shows: watched and unwatched turns of one recipe."""

import argparse
import json
import os
import secrets
import shutil
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
import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from workbench.client.bench import Bench
from workbench.client.job import Job
from workbench.client.launch import stop_server
from workbench.client.models import Model
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.settings import Settings
from workbench.core.wire import HealthView, JobView, TrainRequest
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.widgets import JobCard

ROOT = Path(__file__).parents[2]
TOKEN = secrets.token_hex(16)
WAIT_SECONDS = 90
LOST_STEPS = 5


def opened(bench: Bench, models: Path, seed: int) -> Task:
    """Open a task of a small language model with rows to train on."""
    base = tiny_gpt2(models, n_layers=4, width=128)
    rng = np.random.default_rng(seed)
    letters = list("aeiklmnopstx")
    texts = [" ".join(map("".join, rng.choice(letters, (9, 4)))) for _ in range(240)]
    task = bench.open_task(
        "speech", title="Speech", kind="causal-lm", test=texts[200:], licenses=["CC-BY-4.0"],
        base=Model("tiny", base), sign=True,
        recipe={"batch_rows": 8, "rank": 8, "lora": "everywhere", "dtype": "float32"},
    )  # fmt: skip
    task.contribute(texts[:200], license="CC-BY-4.0", sign=True)
    return task


def cpu_seconds(server: int) -> float:
    """Return the CPU time of all that shows: server, Jupyter, browser, and this as the kernel.

    What trains is a child of the server and is left out.
    """
    own = psutil.Process()
    shown = [psutil.Process(server), own, *own.children(recursive=True)]
    trains = {child.pid for child in psutil.Process(server).children(recursive=True)}
    total = 0.0
    for process in shown:
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += 0.0 if process.pid in trains else used.user + used.system
    return total


def trained(bench: Bench, n_steps: int, page: Page | None) -> dict[str, float]:
    """Train once and return how long the steps took, and how many events were drawn from.

    Parameters
    ----------
    bench : the way to the server.
    n_steps : differs from turn to turn, so that none is answered from the records.
    page : of Lab, where the job's tab opens beside a kernel's card; nobody watches without it.
    """
    server = bench.api.get(HealthView, "health").pid
    before = cpu_seconds(server)
    request = TrainRequest(parameters={"steps": n_steps})
    view = bench.api.post(JobView, "tasks", "speech", "runs", body=request)
    job = Job(bench.api, view)
    if page is not None:
        page.evaluate(
            "job => void window.jupyterapp.commands.execute('workbench:open-job', {job})", job.id
        )
        JobCard(job).wait()
    while job.refresh().state not in {"done", "failed", "cancelled"}:
        time.sleep(0.5)
    run = bench.run(str(job.result["run"]))
    speeds = [speed for _, speed in run.view.details["speeds"][LOST_STEPS:]]
    if page is not None:
        card = page.get_by_role("article", name=f"Job {job.id[:12]}")
        card.get_by_role("img", name="Loss").wait_for(timeout=WAIT_SECONDS * 1000)
        page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    return {
        "seconds": run.view.details["seconds"],
        "tokens_per_second": median(speeds),
        "shown_cpu_seconds": round(cpu_seconds(server) - before, 2),
    }


@contextmanager
def lab(folder: Path, home: Settings) -> Iterator[str]:
    """Start JupyterLab with our extension and yield its address."""
    runtime, extensions = folder / "runtime", folder / "labextensions"
    extensions.mkdir()
    (extensions / "merit-workbench").symlink_to(ROOT / "workbench" / "lab" / "labextension")
    environment = os.environ | home.environment() | {
        "JUPYTER_NO_CONFIG": "1", "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(folder), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "w"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "s"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    names = ["workbench.lab", "jupyterlab", "jupyter_lsp", "jupyter_server_terminals"]
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ServerApp.port=0"),
        *("--ServerApp.allow_root=True", f"--ServerApp.root_dir={folder}"),
        f"--ServerApp.jpserver_extensions={dict.fromkeys(names, True)}",
        f"--LabApp.extra_labextensions_path={extensions}",
        "--LabApp.expose_app_in_browser=True",
        f"--IdentityProvider.token={TOKEN}",
    ]
    with (folder / "jupyter.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=environment)  # noqa: S603 - ours
    try:
        yield _address(runtime, child)
    finally:
        child.terminate()
        child.wait(WAIT_SECONDS)


def _address(runtime: Path, child: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        for path in runtime.glob("jpserver-*.json"):
            try:
                about = json.loads(path.read_text())
                url = f"http://127.0.0.1:{about['port']}{about['base_url']}"
                httpx.get(f"{url}api", trust_env=False)
            except (ValueError, httpx.TransportError):
                continue
            return url
        time.sleep(0.05)
    raise RuntimeError("JupyterLab did not start")


def measured(n_turns: int, n_steps: int) -> dict[str, Any]:
    """Return the time of each turn, unwatched and watched in alternation, and what follows."""
    turns: dict[str, list[dict[str, float]]] = {"unwatched": [], "watched": []}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        home = Settings(
            home=root / "home", cache_dir=root / "cache", keys_dir=root / "keys",
            tracking_uri="http://127.0.0.1:9", n_workers=1,
        )  # fmt: skip
        try:
            with Transport(home) as transport, lab(root, home) as url, sync_playwright() as play:
                bench = Bench(transport, home.keys_dir, "me", settings=home, make_display=Silent)
                opened(bench, home.models_dir, 0)
                browser = play.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page()
                page.goto(f"{url}lab?reset&token={TOKEN}")
                page.wait_for_function(
                    "() => window.jupyterapp?.restored.then(() => true)",
                    timeout=WAIT_SECONDS * 1000,
                )
                trained(bench, n_steps - 1, None)  # fills the caches of both
                for turn in range(n_turns):
                    # Which goes first changes: what drifts falls on both.
                    order = [None, page] if turn % 2 == 0 else [page, None]
                    for half, seen in enumerate(order):
                        name = "watched" if seen else "unwatched"
                        turns[name].append(trained(bench, n_steps + 2 * turn + half, seen))
                browser.close()
        finally:
            stop_server(home)
    pairs = list(zip(turns["unwatched"], turns["watched"], strict=True))
    ratios = [plain["tokens_per_second"] / seen["tokens_per_second"] for plain, seen in pairs]
    return {
        "n_steps": n_steps,
        "turns": turns,
        "overhead_of_each_pair": [round(ratio - 1, 4) for ratio in ratios],
        "overhead_median": round(median(ratios) - 1, 4),
        "shown_cpu_share": round(
            sum(seen["shown_cpu_seconds"] - plain["shown_cpu_seconds"] for plain, seen in pairs)
            / sum(seen["seconds"] for _, seen in pairs),
            4,
        ),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one short pair")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(1, 30) if chosen.smoke else measured(chosen.turns, chosen.steps)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for plain, seen in zip(*found["turns"].values(), strict=True):
        print(f"{plain['tokens_per_second']:10,.0f} {seen['tokens_per_second']:10,.0f} tokens/s")
    print(f"overhead: {100 * found['overhead_median']:.2f} % in the middle pair")
    print(f"CPU of all that shows: {100 * found['shown_cpu_share']:.1f} % of a core more")


if __name__ == "__main__":
    main()
