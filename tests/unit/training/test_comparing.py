"""Differences between models are tested in pairs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.comparing import CompareParameters, compare_losses, two_sided_p
from workbench.training.parameters import read_parameters

PARAMETERS = CompareParameters(models=["base", "tuned"], n_resamples=500)
RNG = np.random.default_rng(0)
TOTALS = RNG.gamma(3, 2, size=60)
WEIGHTS = RNG.integers(1, 9, size=60)


def compare(totals: dict[str, NDArray[np.float64]], seed: int = 0) -> list[dict[str, float]]:
    return compare_losses(totals, WEIGHTS, PARAMETERS, np.random.default_rng(seed))


def test_equal_models_do_not_differ() -> None:
    _, tuned = compare({"base": TOTALS, "tuned": TOTALS})
    assert (tuned["difference"], tuned["p"]) == (0, 1)


def test_a_model_better_on_every_row_is_surely_better() -> None:
    _, tuned = compare({"base": TOTALS, "tuned": TOTALS - WEIGHTS})
    assert tuned["difference"] == pytest.approx(-1)
    assert tuned["difference_high"] == pytest.approx(-1)
    assert tuned["p"] == 2 / 501


def test_the_loss_is_a_mean_over_tokens_within_its_interval() -> None:
    base, _ = compare({"base": TOTALS, "tuned": TOTALS})
    assert base["loss"] == pytest.approx(TOTALS.sum() / WEIGHTS.sum())
    assert base["low"] < base["loss"] < base["high"]


def test_the_first_model_is_compared_with_nobody() -> None:
    base, _ = compare({"base": TOTALS, "tuned": TOTALS})
    assert base["difference"] is base["p"] is None


def test_the_same_seed_gives_the_same_table() -> None:
    totals = {"base": TOTALS, "tuned": TOTALS[::-1]}
    assert compare(totals, 1) == compare(totals, 1)
    assert compare(totals, 1) != compare(totals, 2)


def test_p_is_never_zero_nor_above_one() -> None:
    assert two_sided_p(np.full(99, -1.0)) == 0.02
    assert two_sided_p(np.zeros(99)) == 1


def test_a_model_named_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="named twice"):
        read_parameters(CompareParameters, {"models": ["base", "base"]})
