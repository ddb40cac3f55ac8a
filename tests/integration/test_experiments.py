"""Experiments stay runnable: each has a ``--smoke`` that only tries."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXPERIMENTS = sorted((Path(__file__).parents[2] / "experiments").glob("*/run.py"))


@pytest.mark.parametrize("script", EXPERIMENTS, ids=lambda path: path.parent.name)
def test_an_experiment_runs_and_answers_in_numbers(script: Path) -> None:
    command = [sys.executable, str(script), "--smoke", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=270)
    answers = json.loads(done.stdout)
    assert answers
    assert all(isinstance(answer, int | float) for answer in answers.values())
    assert (script.parent / "README.md").is_file()
