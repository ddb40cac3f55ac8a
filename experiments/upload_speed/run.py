"""How fast a file goes through Jupyter to the workbench server, and what memory that takes."""

import argparse
import hashlib
import http.client
import importlib.metadata
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from playwright.sync_api import sync_playwright

from workbench.client.launch import ensure_server, stop_server
from workbench.core.settings import Settings

MB = 10**6
SLICE_BYTES = 8 * 2**20
TOKEN = secrets.token_hex(16)
WAIT_SECONDS = 60
# What a page does: one slice after the other, each when the one before was answered.
IN_A_PAGE = """async ([url, sliceBytes, xsrf]) => {
  const file = document.getElementById('measured').files[0];
  const began = performance.now();
  let answer;
  for (let at = 0; at < file.size; at += sliceBytes) {
    const response = await fetch(`${url}?offset=${at}&size=${file.size}`, {
      method: 'PUT', headers: {'X-XSRFToken': xsrf}, body: file.slice(at, at + sliceBytes),
    });
    answer = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(answer));
  }
  return [(performance.now() - began) / 1000, answer];
}"""


@dataclass
class Jupyter:
    """A Jupyter server with the extension, and a page that is logged in."""

    url: str
    pid: int
    headers: dict[str, str]

    def new_upload(self) -> str:
        """Return the address of an upload that nobody knows yet."""
        return f"{self.url}workbench/uploads/{secrets.token_hex(16)}"


def page_through_jupyter(jupyter: Jupyter, path: Path) -> tuple[float, str]:
    """Return what ``through_jupyter`` does, of a page in Chromium."""
    page_url = f"{jupyter.url}api/status?token={TOKEN}"
    seconds, found = in_chromium(page_url, jupyter.new_upload(), path)
    return seconds, found["sha256"]


@dataclass
class Watched:
    """A process: what it held before, how far it grew, and the CPU that it used."""

    pid: int

    def __post_init__(self) -> None:
        # The peak begins anew here.
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        self._before, self._worked = self._status("VmRSS"), self._cpu()

    def grown_mb(self) -> float:
        """Return by how much the largest resident memory since then is above that of then."""
        return round((self._status("VmHWM") - self._before) / MB, 1)

    def cpu_seconds(self) -> float:
        """Return the CPU time since then."""
        return round(self._cpu() - self._worked, 2)

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def jupyter_at(folder: Path, home: Settings) -> Iterator[Jupyter]:
    """Start Jupyter, yield it, and stop it."""
    runtime = folder / "runtime"
    environment = os.environ | home.environment() | {
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(folder),
    }  # fmt: skip
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--ServerApp.port=0"),
        *("--ServerApp.allow_root=True", f"--ServerApp.root_dir={folder}"),
        *("--ServerApp.jpserver_extensions={'workbench.lab': True}",),
        f"--IdentityProvider.token={TOKEN}",
    ]
    with (folder / "jupyter.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=environment)  # noqa: S603 - ours
    try:
        url = _address(runtime, child)
        with httpx.Client(base_url=url, trust_env=False) as client:
            client.get("login")
            client.get("api/status", params={"token": TOKEN}).raise_for_status()
            cookies = dict(client.cookies)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-XSRFToken": cookies["_xsrf"],
        }
        yield Jupyter(url, child.pid, headers)
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
    raise RuntimeError("Jupyter did not start")


def put(url: str, headers: dict[str, str], path: Path, slice_bytes: int) -> dict[str, Any]:
    """Send a file in slices over one connection; return what the last one is answered."""
    address = urlsplit(url)
    size = path.stat().st_size
    connection = http.client.HTTPConnection(address.netloc, timeout=600)
    found: dict[str, Any] = {}
    with path.open("rb") as stream:
        for offset in range(0, size, slice_bytes):
            n_bytes = min(slice_bytes, size - offset)
            target = f"{address.path}?offset={offset}&size={size}"
            connection.putrequest("PUT", target)
            for name, value in (headers | {"Content-Length": str(n_bytes)}).items():
                connection.putheader(name, value)
            connection.endheaders()
            # As a browser does it: the kernel sends, this process only asks it to.
            connection.sock.sendfile(stream, offset, n_bytes)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            if answer.status not in (200, 202):
                raise RuntimeError(f"{answer.status}: {found}")
    connection.close()
    return found


def through_jupyter(jupyter: Jupyter, path: Path, slice_bytes: int) -> tuple[float, str]:
    """Return the seconds until the server has a file, and the digest that it gave it."""
    url = jupyter.new_upload()
    began = time.perf_counter()
    found = put(url, jupyter.headers, path, slice_bytes)
    return time.perf_counter() - began, found["sha256"]


def in_chromium(page_url: str, put_url: str, path: Path) -> tuple[float, dict[str, Any]]:
    """Return the same of a page in a real browser, and what its last slice was answered."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(page_url)
        # Any page of the same origin that lets scripts send requests.
        page.goto(urljoin(page_url, "there-is-no-such-page"))
        page.evaluate("document.body.innerHTML = '<input type=file id=measured>'")
        page.set_input_files("#measured", path)
        cookies = {c["name"]: c["value"] for c in page.context.cookies()}
        wanted = [put_url, SLICE_BYTES, cookies.get("_xsrf", "")]
        seconds, found = page.evaluate(IN_A_PAGE, wanted)
        browser.close()
    return float(seconds), dict(found)


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def bare_at(folder: Path) -> Iterator[str]:
    """Start the handler that only writes, and yield its address."""
    command = [sys.executable, str(Path(__file__).with_name("bare.py")), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603 - ours
        try:
            yield f"http://127.0.0.1:{_line(child)}/"
        finally:
            child.terminate()


def _line(child: "subprocess.Popen[str]") -> str:
    if child.stdout is None:
        raise RuntimeError("its output was asked for")
    return child.stdout.readline().strip()


def to_bare(url: str, folder: Path, path: Path, size: int) -> Iterator[tuple[str, float]]:
    """Yield the seconds until the handler that only writes has a file, for each way to send it."""
    for name, slice_bytes in (("stream", size), ("slices of 8 MiB", SLICE_BYTES)):
        (folder / "bare").unlink(missing_ok=True)
        began = time.perf_counter()
        put(url, {}, path, slice_bytes)
        yield name, time.perf_counter() - began
    if _chromium():
        (folder / "bare").unlink(missing_ok=True)
        yield "Chromium, slices of 8 MiB", in_chromium(url, url, path)[0]


def make_file(path: Path, size: int) -> str:
    """Write a file that nobody has, and return its SHA-256."""
    sha256 = hashlib.sha256()
    with path.open("wb") as stream:
        while size > 0:
            block = secrets.token_bytes(min(size, 2**20))
            sha256.update(block)
            stream.write(block)
            size -= len(block)
    return sha256.hexdigest()


def measure(folder: Path, size: int, n_runs: int) -> dict[str, Any]:
    """Send new files in each way, in turns."""
    names = {"HOME": "home", "CACHE": "cache", "KEYS": "keys"}
    home = Settings.from_environment(
        {f"WORKBENCH_{name}": str(folder / part) for name, part in names.items()}
    )
    server = ensure_server(home).pid
    path = folder / "sent"
    found: dict[str, list[dict[str, float]]] = {}
    try:
        with jupyter_at(folder, home) as jupyter, bare_at(folder) as bare:
            ways: dict[str, Callable[[], tuple[float, str]]] = {
                "stream": lambda: through_jupyter(jupyter, path, size),
                "slices of 8 MiB": lambda: through_jupyter(jupyter, path, SLICE_BYTES),
            }
            if _chromium():
                ways["Chromium, slices of 8 MiB"] = lambda: page_through_jupyter(jupyter, path)
            # Loads what the first upload loads; memory is counted from here on.
            make_file(path, MB)
            through_jupyter(jupyter, path, SLICE_BYTES)
            for _ in range(n_runs):
                for name, way in ways.items():
                    wanted = make_file(path, size)
                    watched = {"Jupyter": Watched(jupyter.pid), "server": Watched(server)}
                    seconds, sha256 = way()
                    if sha256 != wanted:
                        raise RuntimeError(f"sent {wanted}, and {sha256} was stored")
                    found.setdefault(name, []).append(_row(size, seconds, watched))
                    home_blob = home.blobs_dir / "sha256" / sha256[:2] / sha256[2:]
                    home_blob.unlink()
                for name, seconds in to_bare(bare, folder, path, size):
                    found.setdefault(f"bare, {name}", []).append(_row(size, seconds, {}))
    finally:
        stop_server(home)
    return {name: _middle(rows) for name, rows in found.items()} | _about()


def _row(size: int, seconds: float, watched: dict[str, Watched]) -> dict[str, float]:
    row = {"MB/s": size / MB / seconds}
    for who, process in watched.items():
        row[f"{who} grew by, MB"] = process.grown_mb()
        row[f"{who} CPU s"] = process.cpu_seconds()
    return row


def _middle(rows: list[dict[str, float]]) -> dict[str, Any]:
    speeds = sorted(round(row["MB/s"], 1) for row in rows)
    return {"MB/s of each run": speeds} | {
        # The worst of memory, the middle of what only describes.
        name: (max if "grew" in name else median)(row[name] for row in rows)
        for name in rows[0]
        if name != "MB/s"
    }


def _about() -> dict[str, Any]:
    names = ("jupyter_server", "tornado", "uvicorn", "httptools", "httpx", "h11", "fastapi")
    return {
        "versions": {name: importlib.metadata.version(name) for name in names},
        "load of the machine in the last minute": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with a small file")
    parser.add_argument("--json", action="store_true", help="for machines")
    options = parser.parse_args()
    size, n_runs = (20 * MB, 1) if options.smoke else (300 * MB, 5)
    with tempfile.TemporaryDirectory() as folder:
        answers = measure(Path(folder), size, n_runs)
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
