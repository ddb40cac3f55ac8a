"""A terminal on a home of its own."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from workbench.cli.main import app
from workbench.client.bench import settings_for
from workbench.client.launch import stop_server


@dataclass(frozen=True)
class Terminal:
    """Runs commands on one home; the server is real."""

    home: Path

    def __call__(self, *words: str, status: int = 0) -> Result:
        """Run a command and check its exit status."""
        result = CliRunner().invoke(app, [*words, "--home", str(self.home)])
        assert result.exit_code == status, result.output
        return result

    def json(self, *words: str, status: int = 0) -> Any:
        """Run a command with ``--json`` and return what it printed."""
        result = self(*words, "--json", status=status)
        return json.loads(result.stdout if status == 0 else result.stderr)


@pytest.fixture(scope="module")
def tracking_uri() -> str:
    """Nobody listens there: runs stay pending, and nothing else may suffer."""
    return "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, tracking_uri: str) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("terminal")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WORKBENCH_")]:
            patch.delenv(name)
        patch.setenv("WORKBENCH_KEYS", str(root / "keys"))
        patch.setenv("WORKBENCH_CACHE", str(root / "cache"))
        patch.setenv("WORKBENCH_TRACKING_URI", tracking_uri)
        patch.setenv("WORKBENCH_IDLE_SECONDS", "120")
        patch.setenv("WORKBENCH_WORKERS", "1")
        yield Terminal(root / "home")
        stop_server(settings_for(root / "home"))


@pytest.fixture(scope="module")
def write_rows(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a file of rows on a line: label is whether the first feature is above one."""

    def make(name: str, start: float, n_rows: int) -> Path:
        path = tmp_path_factory.mktemp("rows") / name
        points = [start + 2.0 * i / n_rows for i in range(n_rows)]
        rows = [{"features": [x, -x], "label": "high" if x > 1 else "low"} for x in points]
        path.write_text("\n".join(map(json.dumps, rows)) + "\n")
        return path

    return make
