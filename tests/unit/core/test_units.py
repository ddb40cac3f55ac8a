"""Values become whole units once, the same everywhere."""

from workbench.core.units import UNITS_PER_METRIC, sealed_units


def test_the_last_bits_of_a_sum_change_no_unit() -> None:
    assert sealed_units(0.1 + 0.2) == sealed_units(0.3) == 3 * UNITS_PER_METRIC // 10


def test_a_negative_value_has_negative_units() -> None:
    assert sealed_units(-1.5) == -15 * UNITS_PER_METRIC // 10
