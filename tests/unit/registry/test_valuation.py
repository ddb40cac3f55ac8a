"""What is signed of values: lower ends only where money follows them."""

from typing import Any

from workbench.registry.valuation import signed_values

ROW: dict[str, Any] = {"owner": "ana", "n_rows": 3, "units": 5, "low": -2e-12, "rank": 1}


def test_by_value_the_body_is_what_it_always_was() -> None:
    signed = signed_values([ROW, ROW | {"units": "5"}], "value")
    assert signed == [{"owner": "ana", "n_rows": 3, "units": "5"}] * 2


def test_on_the_lower_bound_lower_ends_are_signed() -> None:
    [row] = signed_values([ROW], "lower bound")
    assert row == {"owner": "ana", "n_rows": 3, "units": "5", "low_units": "-2"}
