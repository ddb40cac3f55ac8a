"""Values become whole units once, the same everywhere."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.units import UNITS_PER_METRIC, micro_units, sealed_units


def test_the_last_bits_of_a_sum_change_no_unit() -> None:
    assert sealed_units(0.1 + 0.2) == sealed_units(0.3) == 3 * UNITS_PER_METRIC // 10


def test_a_negative_value_has_negative_units() -> None:
    assert sealed_units(-1.5) == -15 * UNITS_PER_METRIC // 10


def test_losses_are_rounded_to_millionths() -> None:
    assert micro_units(2.3025850929) == 2_302_585


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_none_is_refused(loss: float) -> None:
    with pytest.raises(InvalidInputError, match="a loss is"):
        micro_units(loss)
