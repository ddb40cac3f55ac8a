"""The app without a home behind it: what stands before the routes needs none."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workbench.core.errors import NotFoundError
from workbench.core.settings import Settings
from workbench.core.wire import JobView
from workbench.server import logs
from workbench.server.app import create_app
from workbench.storage.news import News

TOKEN = "a-token-of-this-test"


@dataclass
class ScriptedJobs:
    """A job whose events are written beforehand."""

    script: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    n_running: int = 0

    def get(self, job: str) -> JobView:
        if job != "known":
            raise NotFoundError(f"no job {job}")
        return JobView.model_construct(id=job)

    def events(
        self, _job: str, after: int, _wait_seconds: float
    ) -> list[tuple[int, dict[str, Any]]]:
        return [(seq, event) for seq, event in self.script if seq > after][:2]


@pytest.fixture
def jobs() -> ScriptedJobs:
    return ScriptedJobs()


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
def app(settings: Settings, jobs: ScriptedJobs, news: News) -> FastAPI:
    heads = SimpleNamespace(is_mirror=False)
    database = SimpleNamespace(news=news)
    home = SimpleNamespace(settings=settings, jobs=jobs, heads=heads, database=database)
    return create_app(home, TOKEN)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Path]:
    """The log file, with the root logger's own handlers put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    logs.configure(tmp_path / "logs")
    yield tmp_path / "logs" / logs.FILE_NAME
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = before
    root.setLevel(level)
    logging.getLogger("workbench").setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
