"""Every tutorial runs top to bottom, as a reader would run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(path: Path, tmp_path: Path) -> None:
    command = ["-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(tmp_path)]
    # Its server stops soon after the last cell; what it makes goes where this test's files go.
    environment = os.environ | {"WORKBENCH_IDLE_SECONDS": "5", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command, str(path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.glob("first-look-*/published/index.html"))
