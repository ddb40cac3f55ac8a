"""A real Jupyter server with the extension, on loopback, as a hub would start it for Ana."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.settings import Settings

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-of-jupyter"
MAX_UPLOAD = 24 * 2**20
START_SECONDS = 60
# Longer than a busy machine keeps a test waiting between two of its requests.
SILENCE_SECONDS = 10


@dataclass
class Jupyter:
    """A Jupyter server that runs."""

    url: str
    pid: int
    log: Path
    settings: Settings

    def page(self, **headers: str) -> httpx.Client:
        """Return a browser that is logged in by its cookie, and sends what Lab sends."""
        client = httpx.Client(base_url=self.url, trust_env=False, timeout=60)
        client.get("login")  # a page with a form: it brings the cookie against XSRF
        client.get("api/status", params={"token": TOKEN})
        client.headers.update({"X-XSRFToken": client.cookies["_xsrf"], **headers})
        return client


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    root = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        # Nobody listens there: runs stay pending.
        tracking_uri="http://127.0.0.1:9",
        idle_seconds=120,
        n_workers=1,
        max_upload_bytes=MAX_UPLOAD,
    )
    yield settings
    stop_server(settings)


@pytest.fixture(scope="module")
def bench(home: Settings) -> Iterator[Bench]:
    """The sponsor's, with one open task."""
    hidden = [{"features": [i / 8, 1.0], "label": ["low", "high"][i % 2]} for i in range(16)]
    with Transport(home) as transport:
        bench = Bench(transport, home.keys_dir, "sponsor", settings=home, make_display=Silent)
        bench.open_task(
            "clouds",
            title="Two clouds",
            kind="tabular-classification",
            test=hidden,
            licenses=["CC-BY-4.0"],
            classes=["low", "high"],
            n_features=2,
            sign=True,
        )
        yield bench


@pytest.fixture(scope="module")
def jupyter(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    del bench  # its server and task are there
    folder = tmp_path_factory.mktemp("jupyter")
    log = folder / "log.txt"
    environment = os.environ | home.environment()
    environment |= {"JUPYTER_NO_CONFIG": "1", "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    environment |= {"JUPYTER_CONFIG_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ServerApp.port=0"),
        "--ServerApp.jpserver_extensions={'workbench.lab': True}",
        f"--IdentityProvider.token={TOKEN}",
        "--ServerApp.base_url=/user/ana/",
        f"--LabExtension.upload_silence_seconds={SILENCE_SECONDS}",
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={folder}",
    ]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=folder) as child,
    ):
        try:
            url = _address(folder / "runtime", child, log)
            yield Jupyter(url, child.pid, log, home)
        finally:
            child.terminate()
            child.wait(START_SECONDS)


def _address(runtime: Path, child: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the address once the server answers there."""
    deadline = time.monotonic() + START_SECONDS
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
    raise AssertionError(log.read_text())


@pytest.fixture
def page(jupyter: Jupyter) -> Iterator[httpx.Client]:
    client = jupyter.page()
    yield client
    client.close()


@pytest.fixture
def stranger(jupyter: Jupyter) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=jupyter.url, trust_env=False, timeout=30) as client:
        yield client
