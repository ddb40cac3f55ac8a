"""Laws of money: nothing is created, nothing is lost, order changes nothing."""

from fractions import Fraction
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import InsufficientFundsError
from workbench.ledger.payout import largest_remainder, split_pool
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
    amounts = split_pool(pool, units)

    assert sum(amounts.values()) in {0, pool}
    assert all(amounts[name] == 0 for name, value in units.items() if value <= 0)


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
