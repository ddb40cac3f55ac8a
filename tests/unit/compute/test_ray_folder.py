"""Folders of processes that may be killed."""

import subprocess
import sys
from pathlib import Path

from workbench.compute.ray_folder import own_folder


def test_folders_of_gone_processes_are_deleted_and_others_stay(tmp_path: Path) -> None:
    # It is waited for, so that its number belongs to nobody.
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    gone = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "jobs" / f"{gone}-a" / "job-1").mkdir(parents=True)
    first = own_folder(tmp_path / "jobs")

    second = own_folder(tmp_path / "jobs")

    assert {path.name for path in (tmp_path / "jobs").iterdir()} == {first.name, second.name}
