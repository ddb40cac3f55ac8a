"""Laws of claims: nothing is lost, nothing moves, and a later export never claims less."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.ledger.claims import NamedAddress, Payout, by_address, claims_of

OWNERS = st.sampled_from(["ana", "ben", "eva"])
ADDRESSES = st.none() | st.sampled_from([f"0x{digit * 40}" for digit in "1234"])
AMOUNTS = st.integers(0, 10**12)
# What a log tells, in its order: a payout or an address.
LOGS = st.lists(st.tuples(OWNERS, AMOUNTS | ADDRESSES), max_size=30)


def _read(log: list[tuple[str, int | str | None]]) -> tuple[list[Payout], list[NamedAddress]]:
    payouts, named = [], []
    for seq, (owner, what) in enumerate(log):
        if isinstance(what, int):
            payouts.append(Payout(seq, owner, what))
        else:
            named.append(NamedAddress(seq, owner, what))
    return payouts, named


@given(LOGS)
def test_all_that_was_paid_is_claimable_or_waits(log: list[tuple[str, int | str | None]]) -> None:
    payouts, named = _read(log)
    claims = claims_of(payouts, named)
    for owner in ("ana", "ben", "eva"):
        mine = [amount for (who, _), amount in claims.items() if who == owner]
        assert sum(mine) == sum(one.amount for one in payouts if one.owner == owner)
    assert all(claims.values())


@given(LOGS, st.data())
def test_whatever_is_written_later_no_address_claims_less(
    log: list[tuple[str, int | str | None]], data: st.DataObject
) -> None:
    """Else a contract would have paid at one address what is then claimed at another."""
    size = data.draw(st.integers(0, len(log)))
    before = by_address(claims_of(*_read(log[:size])))
    after = by_address(claims_of(*_read(log)))
    assert all(after[address] >= amount for address, amount in before.items())
