"""Costs follow from what was measured, and a refusal names a setting that fits."""

import re
from dataclasses import replace

import pytest

from workbench.registry.prediction import Limits, Measured, Rows, least_memory_bytes, predict

MEASURED = Measured(
    load_seconds=4.0,
    cache_seconds=[0.002, 0.001, 0.003],
    step_seconds=[0.3, 0.5, 0.4],
    step_tokens=200.0,
    evaluation_seconds=10.0,
    peak_bytes=1_000_000_000,
    token_bytes=1_000,
    read_tokens=500,
    sizes={"quick": Rows(20, 4_000, 3_000), "standard": Rows(60, 10_000, 9_000)},
)
ALONE = Limits(seconds=3600, memory_bytes=6 * 2**30, n_workers=1)


def seconds_of(steps: int, limits: Limits = ALONE, measured: Measured = MEASURED) -> float:
    return predict(measured, "", measured.rows(steps), limits).seconds


def test_time_is_the_sum_of_its_parts() -> None:
    assert seconds_of(20) == pytest.approx(4 + 3_000 * 0.002 + 20 * 0.4 + 10)


def test_memory_is_the_peak_and_the_hidden_states_that_come_on_top() -> None:
    found = predict(MEASURED, "quick", MEASURED.sizes["quick"], ALONE)
    assert found.memory_bytes == 1_000_000_000 + 3_500 * 1_000


def test_the_expected_time_lies_within_its_range() -> None:
    for n_workers in (1, 2, 8):
        limits = replace(ALONE, n_workers=n_workers)
        found = predict(MEASURED, "quick", MEASURED.sizes["quick"], limits)
        assert found.seconds_low < found.seconds < found.seconds_high


def test_workers_help_with_the_cache_and_with_nothing_else() -> None:
    two = replace(ALONE, n_workers=2)
    assert seconds_of(20, two) < seconds_of(20)
    cached = replace(MEASURED, cache_seconds=[], sizes={"quick": Rows(20, 4_000, 0)})
    assert seconds_of(20, two, cached) == seconds_of(20, ALONE, cached)


@pytest.mark.parametrize("steps", [1, 20, 21, 60, 500])
def test_other_steps_need_the_rows_of_the_next_larger_size(steps: int) -> None:
    rows = MEASURED.rows(steps)
    assert rows.steps == steps
    assert rows.tokens == (4_000 if steps <= 20 else 10_000)


def test_the_steps_and_the_seconds_that_a_refusal_names_fit() -> None:
    limits = replace(ALONE, seconds=40)
    found = predict(MEASURED, "standard", MEASURED.sizes["standard"], limits)
    assert not found.fits
    named = re.search(r"steps=(\d+), or WORKBENCH_JOB_SECONDS=(\d+)", found.reason)
    assert named is not None
    rows = replace(MEASURED.sizes["standard"], steps=int(named[1]))
    assert predict(MEASURED, "", rows, limits).fits
    more = replace(limits, seconds=int(named[2]))
    assert predict(MEASURED, "", MEASURED.sizes["standard"], more).fits


def test_where_no_number_of_steps_fits_none_is_named() -> None:
    found = predict(MEASURED, "quick", MEASURED.sizes["quick"], replace(ALONE, seconds=5))
    assert "steps=" not in found.reason
    assert "WORKBENCH_JOB_SECONDS=" in found.reason


def test_the_memory_that_a_refusal_names_fits() -> None:
    small = replace(ALONE, memory_bytes=900_000_000)
    found = predict(MEASURED, "quick", MEASURED.sizes["quick"], small)
    named = re.search(r"WORKBENCH_WORKER_MEMORY_BYTES=(\d+)", found.reason)
    assert named is not None
    more = replace(small, memory_bytes=int(named[1]))
    assert predict(MEASURED, "quick", MEASURED.sizes["quick"], more).fits


def test_half_precision_weights_take_half_the_memory() -> None:
    assert least_memory_bytes(10, "float32") == 2 * least_memory_bytes(10, "auto") == 40
