"""Experiments stay runnable: each has a ``--smoke`` that only tries."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXPERIMENTS = sorted((Path(__file__).parents[2] / "experiments").glob("*/run.py"))


def _leaves(answer: Any) -> Iterator[Any]:
    """Yield what is in lists and tables of any depth."""
    match answer:
        case dict():
            for part in answer.values():
                yield from _leaves(part)
        case list():
            for part in answer:
                yield from _leaves(part)
        case _:
            yield answer


@pytest.mark.parametrize("script", EXPERIMENTS, ids=lambda path: path.parent.name)
def test_an_experiment_runs_and_answers_in_numbers(script: Path) -> None:
    command = [sys.executable, str(script), "--smoke", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=270)
    answers = json.loads(done.stdout)
    answers.pop("versions", None)
    numbers = list(_leaves(answers))
    assert numbers
    assert all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
    assert (script.parent / "README.md").is_file()
