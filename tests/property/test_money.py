"""Laws of money: nothing is created, nothing is lost, order changes nothing."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import InsufficientFundsError
from workbench.ledger.payout import PayoutRule, largest_remainder, split_pool
from workbench.ledger.posting import TREASURY, Posting, apply_postings

owners = st.text("abcxyz", min_size=1, max_size=4)
weights = st.dictionaries(owners, st.integers(0, 10**15), min_size=1).filter(
    lambda w: sum(w.values()) > 0
)
totals = st.integers(0, 10**18)


@given(totals, weights)
def test_the_parts_sum_to_the_total(total: int, shares: dict[str, int]) -> None:
    assert sum(largest_remainder(total, shares).values()) == total


@given(totals, weights)
def test_every_part_is_within_one_unit_of_its_exact_share(
    total: int, shares: dict[str, int]
) -> None:
    whole = sum(shares.values())
    for name, part in largest_remainder(total, shares).items():
        assert abs(part - Fraction(total * shares[name], whole)) < 1


@given(totals, weights, st.randoms())
def test_the_order_of_owners_changes_nothing(
    total: int, shares: dict[str, int], rnd: Random
) -> None:
    names = list(shares)
    rnd.shuffle(names)

    assert largest_remainder(total, {n: shares[n] for n in names}) == largest_remainder(
        total, shares
    )


@given(totals, weights)
def test_a_larger_weight_never_earns_less(total: int, shares: dict[str, int]) -> None:
    parts = largest_remainder(total, shares)
    ordered = sorted(shares, key=lambda name: shares[name])
    for smaller, larger in pairwise(ordered):
        assert shares[smaller] == shares[larger] or parts[smaller] <= parts[larger]


@given(st.integers(1, 10**18), st.dictionaries(owners, st.integers(-(10**15), 10**15), min_size=1))
def test_a_pool_is_paid_whole_or_returned_whole(pool: int, units: dict[str, int]) -> None:
    amounts = split_pool(pool, units).amounts

    assert sum(amounts.values()) in {0, pool}
    assert all(amounts[name] == 0 for name, value in units.items() if value <= 0)


pools = st.integers(0, 10**18)
rules = st.builds(
    PayoutRule,
    minimum_gain=st.integers(0, 10**12),
    on_lower_bound=st.booleans(),
    owner_cap=st.none() | st.fractions(0, 1, max_denominator=10**6).filter(lambda c: 0 < c < 1),
)
measured = st.dictionaries(
    owners, st.tuples(st.integers(-(10**15), 10**15), st.integers(0, 10**15)), min_size=1
)
Measured = dict[str, tuple[int, int]]


def units_of(values: Measured) -> tuple[dict[str, int], dict[str, int]]:
    """Return values and the lower ends of their intervals."""
    units = {name: value for name, (value, _) in values.items()}
    return units, {name: value - width for name, (value, width) in values.items()}


@given(pools, measured, rules)
def test_under_every_rule_payouts_and_what_returns_are_the_pool(
    pool: int, values: Measured, rule: PayoutRule
) -> None:
    units, lows = units_of(values)
    split = split_pool(pool, units, rule, low_units=lows)

    assert sum(split.amounts.values()) + split.returned == pool
    assert split.returned >= 0
    assert set(split.amounts) == set(units)
    for name, portion in split.portions.items():
        assert 0 <= portion.amount == portion.floor + portion.rounding - portion.above_cap
        assert portion.rounding in {0, 1}
        assert portion.amount == 0 or units[name] > 0
    if split.why_returned:
        assert split.returned == pool


@given(pools, measured, rules)
def test_nobody_is_paid_above_the_cap_and_nobody_else_is_touched_by_it(
    pool: int, values: Measured, rule: PayoutRule
) -> None:
    units, lows = units_of(values)
    amounts = split_pool(pool, units, rule, low_units=lows).amounts
    free = split_pool(pool, units, replace(rule, owner_cap=None), low_units=lows).amounts
    most = pool if rule.owner_cap is None else pool * rule.owner_cap

    assert all(amount <= most for amount in amounts.values())
    assert all(amounts[name] == free[name] for name in units if free[name] <= most)


@given(pools, measured)
def test_the_lower_bound_pays_nobody_more_than_the_value_but_for_one_unit_of_rounding(
    pool: int, values: Measured
) -> None:
    units, lows = units_of(values)
    sure = split_pool(pool, units, PayoutRule(on_lower_bound=True), low_units=lows)
    whole = split_pool(pool, units)

    assert all(sure.amounts[name] <= whole.amounts[name] + 1 for name in units)
    for name in units:
        assert sure.why_returned or (
            abs(sure.amounts[name] - Fraction(pool * max(0, lows[name]), sure.whole)) < 1
        )


@given(pools, measured, rules, st.randoms())
def test_under_every_rule_the_order_of_owners_changes_nothing(
    pool: int, values: Measured, rule: PayoutRule, rnd: Random
) -> None:
    units, lows = units_of(values)
    names = list(units)
    rnd.shuffle(names)
    shuffled = {name: units[name] for name in names}

    assert (
        split_pool(pool, shuffled, rule, low_units=lows).amounts
        == split_pool(pool, units, rule, low_units=lows).amounts
    )


accounts = st.sampled_from([TREASURY, "pool:t", "user:a", "user:b", "reserve"])
postings = st.builds(lambda s, d, a: (s, d, a), accounts, accounts, st.integers(1, 100)).filter(
    lambda p: p[0] != p[1]
)


@given(st.lists(st.lists(postings, min_size=1, max_size=4), max_size=8))
def test_whatever_happens_balances_sum_to_zero_and_only_the_treasury_is_in_debt(
    entries: list[list[tuple[str, str, int]]],
) -> None:
    balances: dict[str, int] = {}
    for entry in entries:
        try:
            balances = apply_postings(balances, [Posting(*p) for p in entry])
        except InsufficientFundsError:
            continue
        assert sum(balances.values()) == 0
        assert all(amount >= 0 for name, amount in balances.items() if name != TREASURY)
