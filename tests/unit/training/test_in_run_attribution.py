"""Watched rows go round the hidden test."""

import torch

from workbench.training.in_run_attribution import rotating
from workbench.training.suffix import CachedRow


def test_every_row_is_watched_before_any_is_watched_again() -> None:
    rows = [CachedRow(torch.zeros(1, 1), torch.tensor([k])) for k in range(5)]
    draw = rotating(rows, 2, seed=3)
    drawn = [int(row.targets) for _ in range(5) for row in draw()]
    assert sorted(drawn[:5]) == sorted(drawn[5:]) == [0, 1, 2, 3, 4]
    again = rotating(rows, 2, seed=3)
    assert drawn == [int(row.targets) for _ in range(5) for row in again()]


def test_more_rows_than_there_are_come_in_several_passes() -> None:
    rows = [CachedRow(torch.zeros(1, 1), torch.tensor([k])) for k in range(3)]
    drawn = [int(row.targets) for row in rotating(rows, 7, seed=0)()]
    assert {drawn.count(k) for k in range(3)} <= {2, 3}
