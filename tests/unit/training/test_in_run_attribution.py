"""Raw values come to the utility's units only where their sum gives a scale."""

import pytest
import torch

from workbench.training.in_run_attribution import rescaled, rotating
from workbench.training.suffix import CachedRow


def test_rescaled_values_sum_to_the_gain_in_the_same_proportions() -> None:
    values, is_rescaled = rescaled([9.0, 4.0, -1.0], 0.6)
    assert is_rescaled
    assert values == pytest.approx([0.45, 0.2, -0.05])


def test_a_training_that_did_harm_is_rescaled_to_its_loss() -> None:
    assert rescaled([-2.0, 1.0], -0.25) == ([-0.5, 0.25], True)


@pytest.mark.parametrize(
    ("raw", "gain"),
    [([1.0, 2.0], -1.0), ([1.0, -0.99], 1.0), ([0.0, 0.0], 1.0), ([1.0, 2.0], 0.0)],
    ids=["another sign", "cancelled out", "nothing", "no gain"],
)
def test_without_a_scale_raw_values_stay(raw: list[float], gain: float) -> None:
    assert rescaled(raw, gain) == (raw, False)


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
