"""A model of the hub is fetched by name, without what could run code; refusals say what to do."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REVISION = "a" * 40
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "tokenizer.json": b"[]",
    "pytorch_model.bin": b"a pickle",
    "modeling_tiny.py": b"raise SystemExit",
}
PACK = """
import sys
from pathlib import Path
from workbench.client.model_source import model_source
from workbench.core.errors import WorkbenchError
try:
    with model_source(sys.argv[1], 10_000) as source:
        Path(sys.argv[2]).write_bytes(source.content.read_bytes())
except WorkbenchError as error:
    print(type(error).__name__, "|", error, file=sys.stderr)
    raise SystemExit(1)
"""


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's protocol as its own client needs to fetch a model."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, *, with_body: bool) -> None:
        type(self).asked.append(self.path)
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/somebody/tiny/"):
            content, kind = self._listing(path), "application/json"
        elif path.startswith("/somebody/tiny/resolve/"):
            content, kind = FILES[path.rpartition("/")[2]], "application/octet-stream"
        elif "gated" in path:
            self._refuse(403, "GatedRepo")
            return
        else:
            self._refuse(404, "RepoNotFound")
            return
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def _listing(self, path: str) -> bytes:
        if "/tree/" in path:
            rows = [
                {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                for name, content in FILES.items()
            ]
            return json.dumps(rows).encode()
        siblings = [{"rfilename": name} for name in FILES]
        return json.dumps({"id": "somebody/tiny", "sha": REVISION, "siblings": siblings}).encode()

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    Hub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def pack(name: str, folder: Path, endpoint: str) -> subprocess.CompletedProcess[str]:
    """Pack a model of the hub, in a process that may ask it."""
    environ = {name: value for name, value in os.environ.items() if "OFFLINE" not in name}
    environ |= {"HF_ENDPOINT": endpoint, "HF_HUB_CACHE": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, "-c", PACK, name, str(folder / "packed.zip")],
        env=environ, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_a_model_is_fetched_without_what_could_run_code(hub: str, tmp_path: Path) -> None:
    done = pack("somebody/tiny", tmp_path, hub)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(tmp_path / "packed.zip") as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {
        name: FILES[name] for name in ("config.json", "model.safetensors", "tokenizer.json")
    }
    assert not [path for path in Hub.asked if path.endswith((".bin", ".py"))]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("somebody/nothing", "NotFoundError | there is no file 'somebody/nothing', and the hub"),
        ("gated/model", "InvalidInputError | the hub shows gated/model only to people"),
    ],
)
def test_what_the_hub_does_not_give_is_refused_with_the_reason(
    hub: str, tmp_path: Path, name: str, said: str
) -> None:
    done = pack(name, tmp_path, hub)
    assert done.returncode == 1
    assert said in done.stderr


def test_a_hub_that_cannot_be_reached_is_told_and_the_cache_serves(
    hub: str, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9"
    done = pack("somebody/tiny", tmp_path, nowhere)
    assert "the hub cannot be reached" in done.stderr
    assert pack("somebody/tiny", tmp_path, hub).returncode == 0
    assert pack("somebody/tiny", tmp_path, nowhere).returncode == 0
