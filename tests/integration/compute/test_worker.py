"""``python -m workbench.compute.worker``: one job from its folder and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.compute.executor import LocalExecutor
from workbench.compute.folder import create_folder
from workbench.compute.outcome import read_outcome
from workbench.core.canonical import sha256_hex
from workbench.core.errors import JobError
from workbench.core.jobs import JobSpec

MakeExecutor = Callable[..., LocalExecutor]
HERE = Path(__file__).parent


def run_worker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench.compute.worker", *arguments],
        env={**os.environ, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def test_a_folder_gives_the_same_outcome_as_a_warm_worker(
    make_executor: MakeExecutor, tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "one").write_text("1")
    spec = JobSpec("echo", {"rows:a:0": "one"}, {"rate": 0.1}, seed=3)
    create_folder(folder, spec, {"rows:a:0": tmp_path / "one"}, tmp_path / "cache")

    ended = run_worker(str(folder), "--recipe", "echo=job_recipes:echo")
    alone = read_outcome(folder, 0.0)
    warm = make_executor().run(spec)

    assert [ended.returncode, ended.stdout, ended.stderr] == [0, f"{folder / 'result.json'}\n", ""]
    assert alone is not None
    assert alone.result == warm.result
    assert [path.read_bytes() for path in alone.output.values()] == [
        path.read_bytes() for path in warm.output.values()
    ]
    events = (folder / "events.jsonl").read_text()
    assert events == (warm.folder / "events.jsonl").read_text()
    assert json.loads(events)["label"] == "rows:a:0"


def test_the_specification_in_a_folder_hashes_to_the_id_of_the_job(
    folder: Path, tmp_path: Path
) -> None:
    spec = JobSpec("echo", seed=3)
    create_folder(folder, spec, {}, tmp_path / "cache")

    assert sha256_hex((folder / "job.json").read_bytes()) == spec.id


def test_a_failed_folder_has_a_problem_and_exit_status_1(folder: Path, tmp_path: Path) -> None:
    create_folder(folder, JobSpec("fail"), {}, tmp_path / "cache")

    ended = run_worker(str(folder), "--recipe", "fail=job_recipes:fail")

    assert [ended.returncode, ended.stdout] == [1, ""]
    assert "ValueError: seven is no colour" in ended.stderr
    with pytest.raises(JobError, match="seven is no colour"):
        read_outcome(folder, 0.0)


def test_a_folder_without_a_job_is_a_wrong_command(folder: Path) -> None:
    ended = run_worker(str(folder))

    assert ended.returncode == 2
    assert "has no job.json" in ended.stderr


def test_a_folder_is_not_run_twice(folder: Path, tmp_path: Path) -> None:
    create_folder(folder, JobSpec("echo"), {}, tmp_path / "cache")
    (folder / "result.json").write_text("{}")

    ended = run_worker(str(folder))

    assert ended.returncode == 2
    assert "has an outcome already" in ended.stderr
