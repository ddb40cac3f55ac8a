"""Rows are drawn with replacement, all columns together."""

import numpy as np
import pytest

from workbench.registry import resampling
from workbench.registry.resampling import percentiles, resampled_sums, two_sided_p

RNG = np.random.default_rng(0)
COUNTS = RNG.integers(0, 9, size=(50, 4))


def test_counts_and_floats_are_summed_over_the_same_rows() -> None:
    counts = resampled_sums(COUNTS, 200, np.random.default_rng(1))
    floats = resampled_sums(COUNTS.astype(np.float64), 200, np.random.default_rng(1))
    np.testing.assert_array_equal(counts, floats)


def test_every_resample_has_as_many_rows_as_there_are() -> None:
    ones = np.ones((50, 1), dtype=np.int64)
    assert set(resampled_sums(ones, 100, RNG).ravel()) == {50.0}


def test_equal_columns_have_equal_sums() -> None:
    column = RNG.gamma(2, 3, size=50)
    sums = resampled_sums(np.stack([column, column], axis=1), 300, RNG)
    np.testing.assert_array_equal(sums[:, 0], sums[:, 1])


def test_memory_is_bounded_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = resampled_sums(COUNTS, 201, np.random.default_rng(2))
    monkeypatch.setattr(resampling, "_MAX_DRAWN", 50 * 7)
    np.testing.assert_array_equal(whole, resampled_sums(COUNTS, 201, np.random.default_rng(2)))


def test_the_middle_share_lies_between_the_percentiles() -> None:
    assert percentiles(np.arange(101.0), 0.9) == pytest.approx((5, 95))


def test_p_is_never_zero_nor_above_one() -> None:
    assert two_sided_p(np.full(99, -1.0)) == 0.02
    assert two_sided_p(np.zeros(99)) == 1
