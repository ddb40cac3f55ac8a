"""Every tutorial runs top to bottom, as a reader would run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.client.bench import Bench

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its server stops soon after the last cell; what it makes goes where this test's files go.
    monkeypatch.setenv("WORKBENCH_IDLE_SECONDS", "5")
    # The kernel draws into the page, as it does for a reader.
    monkeypatch.delenv("MPLBACKEND")
    command = ["-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command, str(path)],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((tmp_path / path.name).read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    # Warnings are errors here too: a reader should see none.
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    # One home of its own, and in it a study whose values anybody can ask for.
    [database] = tmp_path.glob("*/workbench.duckdb")
    with Bench.open(database.parent, quiet=True) as bench:
        sealed = bench.sql(
            "select v.value from value as v inner join study as s on v.study = s.id"
            " where s.state = 'sealed'"
        )
    assert sealed["value"].min() < 0 < sealed["value"].max()
