import math
from collections.abc import Callable

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages.board import make_board, rank_ranges

MakeEpoch = Callable[..., EpochView]
MakeRow = Callable[..., PayoutRow]


def test_lines_are_in_order_of_rank_whatever_order_the_epoch_has(
    epoch: MakeEpoch, row: MakeRow
) -> None:
    view = epoch(row("b", rank=2, value=0.02), row("c", rank=3, value=0.01), row("a", rank=1))
    assert [line.owner for line in make_board(view, "loss").lines] == ["a", "b", "c"]


def test_owners_whose_intervals_overlap_share_a_range_of_ranks(row: MakeRow) -> None:
    rows = [
        row("a", value=0.09, standard_error=0.001, rank=1),
        row("b", value=0.05, standard_error=0.01, rank=2),
        row("c", value=0.04, standard_error=0.01, rank=3),
    ]
    assert rank_ranges(rows) == [(1, 1), (2, 3), (2, 3)]


def test_equal_values_without_error_share_a_rank(row: MakeRow) -> None:
    rows = [row("a", standard_error=0.0), row("b", standard_error=0.0)]
    assert rank_ranges(rows) == [(1, 2), (1, 2)]


def test_intervals_lie_inside_the_axis_and_zero_is_on_it(epoch: MakeEpoch, row: MakeRow) -> None:
    board = make_board(epoch(row("a", value=5.0), row("b", value=4.0, rank=2)), "loss")
    assert 0 < board.zero_at < 100
    for line in board.lines:
        assert 0 <= line.low_at <= line.value_at <= line.high_at <= 100


def test_a_single_owner_worth_nothing_can_be_drawn(epoch: MakeEpoch, row: MakeRow) -> None:
    board = make_board(epoch(row(value=0.0, standard_error=0.0, share=0.0, amount=0)), "loss")
    assert board.lines[0].value_text == "0.00"
    assert board.n_paid == 0


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"paid": "99"}, "payouts sum to"),
        ({"pool": "200000001"}, "is not the pool"),
        ({"paid": "100.0"}, "no amount"),
    ],
)
def test_an_epoch_that_does_not_add_up_is_never_drawn(
    epoch: MakeEpoch, row: MakeRow, fields: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        make_board(epoch(row(), **fields), "loss")


def test_a_negative_payout_is_never_drawn(epoch: MakeEpoch, row: MakeRow) -> None:
    with pytest.raises(InvalidInputError, match="negative"):
        make_board(epoch(row("a", amount=2_000_000), row("b", amount=-1_000_000)), "loss")


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("field", ["value", "standard_error", "share"])
def test_a_number_that_is_not_finite_is_never_drawn(
    epoch: MakeEpoch, row: MakeRow, field: str, number: float
) -> None:
    with pytest.raises(InvalidInputError, match="not finite"):
        make_board(epoch(row(**{field: number})), "loss")


def test_a_known_metric_gives_its_unit_and_an_unknown_one_is_its_own(
    epoch: MakeEpoch, row: MakeRow
) -> None:
    assert make_board(epoch(row()), "accuracy").unit == "share of test rows"
    assert make_board(epoch(row()), "chrF").unit == "chrF"
