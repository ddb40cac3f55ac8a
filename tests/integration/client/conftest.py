"""One real server with one small task, shared by the tests of a module."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.settings import Settings

OWNERS = {"ana": 40, "ben": 24, "noise": 20}


def make_frame(n_rows: int, seed: int, *, flipped: bool = False) -> pd.DataFrame:
    """Return rows of two clouds; with flipped labels they mislead."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n_rows)
    points = (rng.normal(size=(n_rows, 2)) + 2.0 * labels[:, None]).round(6)
    names = np.array(["low", "high"])[1 - labels if flipped else labels]
    return pd.DataFrame({"f0": points[:, 0], "f1": points[:, 1], "label": names})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a home whose server ends with the module, and logs nowhere that answers."""
    root = tmp_path_factory.mktemp("lab")
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        # Nobody listens there: runs stay pending, and nothing else may suffer.
        tracking_uri="http://127.0.0.1:9",
        idle_seconds=120,
        n_workers=1,
    )
    yield settings
    stop_server(settings)


@pytest.fixture(scope="module")
def bench(lab: Settings) -> Iterator[Bench]:
    """The sponsor's bench."""
    with Transport(lab) as transport:
        yield Bench(transport, lab.keys_dir, "sponsor", settings=lab, make_display=Silent)


@pytest.fixture(scope="module")
def task(bench: Bench) -> Task:
    """A task to which three owners have contributed; one of them misleads."""
    hidden = [
        {"features": [row.f0, row.f1], "label": row.label}
        for row in make_frame(64, 99).itertuples(index=False)
    ]
    task = bench.open_task(
        "clouds",
        title="Two clouds",
        kind="tabular-classification",
        test=hidden,
        licenses=["CC-BY-4.0"],
        classes=["low", "high"],
        n_features=2,
        sign=True,
    )
    for seed, (owner, n_rows) in enumerate(OWNERS.items()):
        person = bench.as_(owner)
        frame = make_frame(n_rows, seed, flipped=owner == "noise")
        given = person.task("clouds").contribute(frame, license="CC-BY-4.0", sign=True)
        assert given.state == "accepted"
    return task.refresh()


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """New rows for the task, as a file."""
    path = tmp_path / "rows.jsonl"
    rows: list[dict[str, Any]] = make_frame(6, 1234).to_dict("records")
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path
