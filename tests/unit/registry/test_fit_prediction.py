"""A fit's cost follows from two shares of it, and a refusal names a setting that fits."""

import re
from dataclasses import replace

import pytest

from workbench.registry.fit_prediction import ANY_SIZE, MeasuredFit, grown, predict_fit
from workbench.registry.prediction import Limits

MEASURED = MeasuredFit(
    load_seconds=2.0,
    text_seconds=[0.02, 0.01, 0.03],
    uncached_texts=1_000,
    sampled_rows=[250, 500],
    fit_seconds=[4.0, 10.0],
    score_seconds=[1.0, 1.0],
    n_rows=1_000,
    peak_bytes=500_000_000,
    row_bytes=10_000,
)
HERE = Limits(seconds=3600, memory_bytes=6 * 2**30, n_workers=1)


def test_time_is_the_sum_of_its_parts() -> None:
    found = predict_fit(MEASURED, HERE)
    assert found.seconds == pytest.approx(2 + 1_000 * 0.02 + 10 * 2.5 + 1)
    assert (found.size, found.steps, found.fits, found.reason) == (ANY_SIZE, None, True, "")


def test_memory_grows_with_the_rows_that_were_not_fitted() -> None:
    assert predict_fit(MEASURED, HERE).memory_bytes == 500_000_000 + 500 * 10_000
    whole = replace(MEASURED, sampled_rows=[500, 1_000])
    assert predict_fit(whole, HERE).memory_bytes == 500_000_000


@pytest.mark.parametrize("exponent", [0.2, 1.0, 1.4, 2.0, 3.5])
def test_a_power_of_the_rows_is_found_within_its_bounds(exponent: float) -> None:
    sampled = [100, 200]
    seconds = [0.5, 0.5 * 2**exponent]
    expected, low, high = grown(sampled, seconds, 800, (1.0, 2.0))
    assert expected == pytest.approx(seconds[1] * 4 ** min(max(exponent, 1.0), 2.0))
    assert low == seconds[1] < expected <= high == pytest.approx(seconds[1] * 16)


def test_one_share_alone_says_nothing_of_growth() -> None:
    assert grown([2, 2], [0.1, 0.3], 2, (1.0, 2.0)) == pytest.approx((0.3, 0.3, 0.3))


@pytest.mark.parametrize("seconds", [[4.0, 10.0], [4.0, 4.0], [4.0, 40.0], [5.0, 3.0]])
def test_the_expected_time_lies_within_its_range(seconds: list[float]) -> None:
    for text_seconds in ([0.02, 0.01], []):
        found = predict_fit(replace(MEASURED, fit_seconds=seconds, text_seconds=text_seconds), HERE)
        assert found.seconds_low < found.seconds < found.seconds_high


def test_the_settings_that_a_refusal_names_fit() -> None:
    small = Limits(seconds=10, memory_bytes=400_000_000, n_workers=1)
    found = predict_fit(MEASURED, small)
    assert not found.fits
    assert found.reason.count("the rows of fewer owners, or ") == 2
    named = re.search(
        r"WORKBENCH_JOB_SECONDS=(\d+).*WORKBENCH_WORKER_MEMORY_BYTES=(\d+)", found.reason
    )
    assert named is not None
    more = Limits(seconds=int(named[1]), memory_bytes=int(named[2]), n_workers=1)
    assert predict_fit(MEASURED, more).fits
