"""A run that comes out different is a bad answer, and the terminal's status says so."""

from types import SimpleNamespace
from typing import Any

import pytest

from workbench.cli.reproduce import reproduce
from workbench.client.reproduction import Reproduction
from workbench.core.wire import ReproductionView

VIEW = {
    "record": "9" * 64, "run": "r" * 64, "task": "t", "kind": "fine-tune", "head": "8" * 64,
    "tolerance": 0.5, "share_tolerance": 0.03, "n_compared": 5, "n_recorded": 5,
    "fingerprint_differences": [], "first_difference": None, "environment": {},
    "author": "7" * 64, "created_at": "2026-11-22T10:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "status"), [("identical", 0), ("equal within tolerance", 0), ("different", 1)]
)
def test_only_different_ends_with_status_1(outcome: str, status: int) -> None:
    asked: dict[str, Any] = {}

    def done_again(run: str, **options: Any) -> Reproduction:
        asked.update(options, run=run)
        return Reproduction(ReproductionView.model_validate(VIEW | {"outcome": outcome}))

    door: Any = SimpleNamespace(bench=SimpleNamespace(reproduce=done_again))
    answer = reproduce(door, "r", tolerance=0.5, everything=True)
    assert asked == {"run": "r", "tolerance": 0.5, "share_tolerance": 0.03, "all": True}
    assert (answer.status, answer.wire["outcome"]) == (status, outcome)
    assert f": {outcome}" in answer.screen
