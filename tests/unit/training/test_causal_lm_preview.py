"""Raw values come to the utility's units only where their sum gives a scale."""

import pytest

from workbench.training.causal_lm_preview import rescaled


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
