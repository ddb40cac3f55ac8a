"""Double entry: a posting moves an amount from a source to a destination."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workbench.core.credits import MAX_AMOUNT, format_credits
from workbench.core.errors import InsufficientFundsError, InvalidInputError

TREASURY: Final = "treasury"
BOUNTIES: Final = "bounties"
"""What a funding is for that pays merges, and not data."""

_ACCOUNT: Final = re.compile(
    r"treasury|reserve|(pool|bounty|user|hold|escrow|host|claimed):[^\s:]{1,80}"
)


@dataclass(frozen=True)
class Posting:
    """One movement; unbalanced ones cannot be written.

    Attributes
    ----------
    source, destination : account names, different.
    amount : micro-credits, above 0.
    """

    source: str
    destination: str
    amount: int

    def __post_init__(self) -> None:
        if not 0 < self.amount <= MAX_AMOUNT:
            raise InvalidInputError(f"a posting moves at least 1 µcr, not {self.amount}")
        if self.source == self.destination:
            raise InvalidInputError(f"a posting moves from {self.source} to itself")
        for account in (self.source, self.destination):
            if _ACCOUNT.fullmatch(account) is None:
                raise InvalidInputError(
                    f"{account[:100]!r} is no account", wanted="treasury, pool:<task>, user:<owner>"
                )


def pool_account(task: str) -> str:
    """Return the account of a task's pool."""
    return f"pool:{task}"


def bounty_account(task: str) -> str:
    """Return the account from which a task's bounties are paid."""
    return f"bounty:{task}"


def hold_account(identity: str) -> str:
    """Return the account of a hold: what is decided and not yet paid."""
    return f"hold:{identity}"


def user_account(owner: str) -> str:
    """Return the account of an owner group."""
    return f"user:{owner}"


@dataclass(frozen=True)
class Entry:
    """Postings that happened together.

    Attributes
    ----------
    seq : place in the journal, from 0.
    id : made by whoever asked.
    kind : why money moved, e.g. ``"payout"``.
    reason : content id of the record that moved it.
    created_at : UTC.
    postings : in their order.
    """

    seq: int
    id: str
    kind: str
    reason: str
    created_at: datetime
    postings: Sequence[Posting]


def apply_postings(balances: Mapping[str, int], postings: Iterable[Posting]) -> dict[str, int]:
    """Return the balances after an entry, which happens whole or not at all.

    Raises
    ------
    InsufficientFundsError
        An account other than the treasury would end below zero.
    """
    return dict(balances) | touched_balances(balances, postings)


def touched_balances(balances: Mapping[str, int], postings: Iterable[Posting]) -> dict[str, int]:
    """Return the balances after an entry, of the accounts alone that it touches.

    Raises
    ------
    InsufficientFundsError
        An account other than the treasury would end below zero.
    InvalidInputError
        An account would hold more than a bigint does.
    """
    after: dict[str, int] = {}
    for posting in postings:
        for account, change in (
            (posting.source, -posting.amount),
            (posting.destination, posting.amount),
        ):
            held = after[account] if account in after else balances.get(account, 0)
            after[account] = held + change
    for account, balance in after.items():
        # The treasury's depth is the credits in circulation.
        if balance < 0 and account != TREASURY:
            held = balances.get(account, 0)
            raise InsufficientFundsError(
                f"{account} holds {format_credits(held)} credits",
                wanted=f"{format_credits(held - balance)} credits",
                next_step="fund the account first",
                account=account,
                balance=str(held),
            )
        if abs(balance) > MAX_AMOUNT:
            raise InvalidInputError(
                f"{account} would hold {format_credits(balance)} credits",
                wanted=f"at most {format_credits(MAX_AMOUNT)} credits in circulation",
                next_step="move a smaller amount",
            )
    return after
