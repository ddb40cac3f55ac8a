"""A real server process on a home of each test."""

import dataclasses
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.client.launch import server_status, stop_server
from workbench.client.transport import Transport
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """A home whose server outlives neither its test nor a minute of idleness."""
    settings = dataclasses.replace(settings, idle_seconds=60)
    yield settings
    if settings.home.is_dir() and not settings.home.is_symlink():
        stop_server(settings)


@pytest.fixture
def transport(settings: Settings) -> Iterator[Transport]:
    with Transport(settings) as transport:
        yield transport


class Process:
    """The server of a home, as its operating system sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def pid(self) -> int:
        """The process that serves now."""
        health = server_status(self.settings)
        assert health is not None
        return health.pid

    @property
    def log(self) -> list[dict[str, Any]]:
        """What the home's servers have logged."""
        text = (self.settings.logs_dir / "server.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def kill(self) -> int:
        """End the server as a crash would, and return the process that is no more."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        self.wait_for_end(pid)
        return pid

    def wait_for_end(self, pid: int) -> None:
        """Return when a process has ended."""
        self.wait_until(lambda: not self.is_alive(pid))

    @staticmethod
    def is_alive(pid: int) -> bool:
        """Say whether a process runs; a zombie does not."""
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state != "Z"

    @staticmethod
    def wait_until(is_true: Callable[[], object], seconds: float = 60.0) -> None:
        """Return as soon as the condition holds; fail when it has not in time."""
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)


@pytest.fixture
def process(settings: Settings) -> Process:
    return Process(settings)


@pytest.fixture
def home_folder(settings: Settings) -> Path:
    return settings.home


@pytest.fixture
def registration(home_folder: Path) -> Callable[[str], dict[str, Any]]:
    """Makes the request that registers a fresh key under a name."""

    def make(name: str) -> dict[str, Any]:
        home = PrivateKey.load_or_make(home_folder / "server.key").public_hex
        body = {"name": name, "owner": "o"}
        return {
            "envelope": Envelope.sign("principal", body, PrivateKey.make(), home=home).to_json()
        }

    return make
