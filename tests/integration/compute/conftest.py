"""An executor whose workers know the recipes of the tests, and a Ray cluster of two nodes."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest

from workbench.compute.executor import LocalExecutor

HERE = Path(__file__).parent
MODULE = "job_recipes"


class MakeExecutor(Protocol):
    def __call__(self, **settings: Any) -> LocalExecutor: ...


@pytest.fixture(scope="session")
def recipes() -> dict[str, str]:
    source = (HERE / f"{MODULE}.py").read_text()
    names = [line[4:].split("(")[0] for line in source.splitlines() if line.startswith("def ")]
    return {name: f"{MODULE}:{name}" for name in names}


@pytest.fixture
def make_executor(
    tmp_path: Path, recipes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeExecutor]:
    # Workers inherit the module search path.
    monkeypatch.syspath_prepend(HERE)
    made: list[LocalExecutor] = []

    def make(**settings: Any) -> LocalExecutor:
        executor = LocalExecutor(
            tmp_path / "jobs",
            **{
                "resolve": lambda reference: tmp_path / reference,
                "cache_dir": tmp_path / "cache",
                "recipes": recipes,
                "seconds": 60.0,
                **settings,
            },
        )
        made.append(executor)
        return executor

    yield make
    for executor in made:
        executor.close()


@dataclass
class RayCluster:
    address: str
    token_path: Path
    cache: Path
    raylet: int
    starter: psutil.Process

    def processes(self) -> list[psutil.Process]:
        return [self.starter, *self.starter.children(recursive=True)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    root = tmp_path_factory.mktemp("ray")
    token_path = root / "token"
    token_path.write_text(os.urandom(32).hex())
    # Paths of sockets are short: Ray's folder cannot be inside pytest's.
    with tempfile.TemporaryDirectory(prefix="ray-") as short:
        variables = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token_path),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_TMPDIR": short,
            "PYTHONPATH": str(HERE),
            "WORKBENCH_CACHE": str(root / "node-cache"),
        }
        with (
            (root / "log.txt").open("wb") as log,
            subprocess.Popen(
                [sys.executable, str(HERE / "ray_nodes.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | variables,
            ) as starter,
        ):
            assert starter.stdout is not None
            started = json.loads(starter.stdout.readline())
            made = RayCluster(
                started["address"],
                token_path,
                root / "node-cache",
                started["raylet"],
                psutil.Process(starter.pid),
            )
            try:
                yield made
            finally:
                processes = made.processes()
                assert starter.stdin is not None
                starter.stdin.close()
                starter.wait(30)
        _, alive = psutil.wait_procs(processes, timeout=20)
        assert alive == []
