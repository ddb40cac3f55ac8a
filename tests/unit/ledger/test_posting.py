"""Double entry: what cannot be written."""

import pytest

from workbench.core.errors import InsufficientFundsError, InvalidInputError
from workbench.ledger.posting import TREASURY, Posting, apply_postings


def test_an_entry_moves_amounts_and_creates_none() -> None:
    after = apply_postings({}, [Posting(TREASURY, "pool:t", 7), Posting("pool:t", "user:a", 3)])

    assert after == {TREASURY: -7, "pool:t": 4, "user:a": 3}
    assert sum(after.values()) == 0


@pytest.mark.parametrize("amount", [0, -1, 2**63])
def test_a_posting_moves_a_positive_bigint(amount: int) -> None:
    with pytest.raises(InvalidInputError, match="at least 1"):
        Posting(TREASURY, "pool:t", amount)


def test_a_posting_has_two_ends() -> None:
    with pytest.raises(InvalidInputError, match="itself"):
        Posting("pool:t", "pool:t", 1)


@pytest.mark.parametrize("account", ["", "bank", "pool:", "pool:a b", "user:a:b", "treasury:x"])
def test_an_unknown_kind_of_account_is_refused(account: str) -> None:
    with pytest.raises(InvalidInputError, match="no account"):
        Posting(TREASURY, account, 1)


def test_an_overdraft_is_refused_with_what_is_there() -> None:
    with pytest.raises(InsufficientFundsError, match=r"pool:t holds 0\.00001") as refused:
        apply_postings({"pool:t": 10}, [Posting("pool:t", "user:a", 11)])

    assert refused.value.facts == {"account": "pool:t", "balance": "10"}
