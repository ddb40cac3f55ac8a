"""Real tracking servers of the tests: MLflow's own, on SQLite or on Debian's Postgres."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.compute.environment import WORKER_ENVIRONMENT

_START_SECONDS = 180.0


def free_port() -> int:
    """Return a port of the loopback interface at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def mlflow_server(folder: Path, store: str, port: int) -> Iterator[None]:
    """Run a tracking server that also stores the artifacts."""
    command = [
        sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store,
        "--artifacts-destination", str(folder / "artifacts"),
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    log = folder / "server.log"
    # A group of its own: the server's workers are its children.
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, start_new_session=True,
            env=os.environ | WORKER_ENVIRONMENT,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not _is_well(f"http://127.0.0.1:{port}/health"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _is_well(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        # Nobody listens yet: ask again soon.
        time.sleep(0.1)
        return False


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a Postgres of its own on a socket in its own folder, and give its URI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("Postgres is not installed: apt-get install postgresql")
    programs = found[-1].parent
    # It refuses to run as root; and another user cannot enter a test's private folder.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    server = None
    try:
        _run(folder, user, programs / "initdb", "--no-sync", "--auth=trust", "--username=mlflow",
             "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata", folder / "data")  # fmt: skip
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "fsync=off",
             "-c", "listen_addresses="],
            cwd=folder, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + _START_SECONDS
        ready = [programs / "pg_isready", "--host", folder, "--quiet"]
        while subprocess.run(ready, check=False).returncode != 0:
            assert server.poll() is None, "postgres ended"
            assert time.monotonic() < deadline, "postgres does not answer"
        _run(folder, user, programs / "createdb", "--host", folder, "--username=mlflow", "mlflow")
        yield f"postgresql+psycopg2://mlflow@/mlflow?host={folder}"
    finally:
        if server is not None:
            server.terminate()
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=folder, user=user, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
