"""Amounts in frames are Python ints; nothing whole becomes a float."""

from decimal import Decimal

import pyarrow as pa

from workbench.client.frames import from_arrow, make_frame, with_interval


def test_money_is_python_ints_beside_what_people_read() -> None:
    frame = make_frame([{"pool": str(2**62 + 1)}, {"pool": "1"}], ["pool"], money=["pool"])
    assert list(frame["pool"]) == [2**62 + 1, 1]
    assert all(type(amount) is int for amount in frame["pool"])
    assert list(frame["pool_credits"]) == ["4611686018427.387905", "0.000001"]
    assert type(frame["pool"].sum()) is int


def test_no_rows_still_give_the_columns() -> None:
    frame = make_frame([], ["owner", "pool"], money=["pool"])
    assert list(frame.columns) == ["owner", "pool", "pool_credits"]


def test_an_interval_is_196_standard_errors_to_each_side() -> None:
    frame = make_frame([{"value": 1.0, "standard_error": 0.5}], ["value", "standard_error"])
    assert with_interval(frame).loc[0, ["low", "high"]].round(4).to_list() == [0.02, 1.98]


def test_integers_with_nulls_stay_integers() -> None:
    frame = from_arrow(pa.table({"a": pa.array([2**53 + 1, None], pa.int64())}))
    assert frame["a"][0] == 2**53 + 1
    assert str(frame["a"].dtype) == "Int64"


def test_hugeint_comes_as_python_ints() -> None:
    column = pa.array([Decimal(10**30), None], pa.decimal128(38, 0))
    frame = from_arrow(pa.table({"units": column}))
    assert frame["units"][0] == 10**30
    assert type(frame["units"][0]) is int
    assert frame["units"][1] is None


def test_two_columns_may_have_one_name() -> None:
    column = pa.array([Decimal(7)], pa.decimal128(38, 0))
    frame = from_arrow(pa.Table.from_arrays([column, column], names=["a", "a"]))
    assert frame.iloc[0].to_list() == [7, 7]
