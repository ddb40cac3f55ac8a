"""Pages show any epoch that adds up: exactly, inside the axis, and every name as text."""

from datetime import UTC, datetime
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.credits import parse_credits
from workbench.core.wire import EpochView, PayoutRow
from workbench.pages import leaderboard_html, payouts_html
from workbench.pages.board import make_board
from workbench.pages.numbers import credits_places, format_amount

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
ROWS = st.builds(
    PayoutRow,
    owner=st.text(min_size=1, max_size=64),
    n_rows=st.integers(0, 10**9),
    value=NUMBERS,
    standard_error=st.floats(0, 1e5),
    rank=st.integers(1, 20),
    share=st.floats(0, 1),
    amount=st.integers(0, 10**15).map(str),
)


@st.composite
def epochs(draw: st.DrawFn) -> EpochView:
    payouts = draw(st.lists(ROWS, max_size=8))
    paid = sum(int(row.amount) for row in payouts)
    returned = draw(st.integers(0, 10**15))
    return EpochView(
        id="e" * 64,
        task="t",
        number=1,
        study="5" * 64,
        pool=str(paid + returned),
        paid=str(paid),
        returned=str(returned),
        payouts=payouts,
        created_at=NOW,
    )


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1))
def test_a_column_of_amounts_is_exact_and_aligned(amounts: list[int]) -> None:
    places = credits_places(amounts)
    texts = ["".join(format_amount(amount, places)) for amount in amounts]
    assert [parse_credits(text.replace(",", "")) for text in texts] == amounts
    assert {len(text.split(".")[1]) for text in texts} == {places}


@given(epochs())
def test_every_interval_is_inside_the_axis(epoch: EpochView) -> None:
    board = make_board(epoch, "accuracy")
    for line in board.lines:
        assert 0 <= line.low_at <= line.value_at <= line.high_at <= 100
        assert 1 <= line.rank <= 20
    assert all(0 <= tick.at <= 100 for tick in board.ticks)
    assert sum(line.amount.micro for line in board.lines) == board.paid.micro


@given(epochs(), st.text(max_size=80))
def test_any_name_is_text_on_both_pages(epoch: EpochView, title: str) -> None:
    for make in (leaderboard_html, payouts_html):
        html = make(epoch, title=title, metric=title, as_of=NOW)
        assert "<script" not in html.lower()
        assert html.count("<img") == 0
        for row in epoch.payouts:
            escaped = escape(row.owner).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
            assert f">{escaped}</bdi>" in html
