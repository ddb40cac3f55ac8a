"""Real Jupyter servers with our extension, on loopback, as a hub would start them for Ana."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from workbench.core.settings import Settings

ROOT = Path(__file__).parents[1]
TOKEN = "a-token-of-jupyter"
START_SECONDS = 60


@dataclass
class Jupyter:
    """A Jupyter server that runs."""

    url: str
    pid: int
    log: Path
    settings: Settings
    folder: Path

    def page(self, **headers: str) -> httpx.Client:
        """Return a browser that is logged in by its cookie, and sends what Lab sends."""
        client = httpx.Client(base_url=self.url, trust_env=False, timeout=60)
        client.get("login")  # a page with a form: it brings the cookie against XSRF
        client.get("api/status", params={"token": TOKEN})
        client.headers.update({"X-XSRFToken": client.cookies["_xsrf"], **headers})
        return client


@contextmanager
def serve(
    home: Settings,
    folder: Path,
    *,
    extensions: Sequence[str] = ("workbench.lab",),
    flags: Sequence[str] = (),
    who: Sequence[str] = (f"--IdentityProvider.token={TOKEN}",),
) -> Iterator[Jupyter]:
    """Start a Jupyter server whose files, settings and kernels live in ``folder``."""
    log = folder / "log.txt"
    files = folder / "files"
    files.mkdir()
    environment = os.environ | home.environment()
    environment |= {"JUPYTER_NO_CONFIG": "1", "PYTHONPATH": str(ROOT)}
    if home.access_token is not None:
        environment["WORKBENCH_TOKEN"] = home.access_token
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        environment[name] = str(folder / name.lower())
    for name in ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"):
        environment[name] = str(folder / name.lower())
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ServerApp.port=0"),
        f"--ServerApp.jpserver_extensions={dict.fromkeys(extensions, True)}",
        *who,
        "--ServerApp.base_url=/user/ana/",
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={files}",
        *flags,
    ]
    with (
        log.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out, env=environment, cwd=folder) as child,
    ):
        try:
            url = _address(folder / "jupyter_runtime_dir", child, log)
            yield Jupyter(url, child.pid, log, home, files)
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


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def wait_for(url: str, child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return once something answers there."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        try:
            httpx.get(f"{url}api", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError(log.read_text())
