"""Double entry: a posting moves an amount from a source to a destination."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from workbench.core.credits import MAX_AMOUNT, format_credits
from workbench.core.errors import InsufficientFundsError, InvalidInputError

TREASURY: Final = "treasury"
_ACCOUNT: Final = re.compile(r"treasury|reserve|(pool|user|hold|escrow|host|claimed):[^\s:]{1,80}")


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


def hold_account(identity: str) -> str:
    """Return the account of a hold: what is decided and not yet paid."""
    return f"hold:{identity}"


def user_account(owner: str) -> str:
    """Return the account of an owner group."""
    return f"user:{owner}"


def apply_postings(balances: Mapping[str, int], postings: Iterable[Posting]) -> dict[str, int]:
    """Return the balances after an entry, which happens whole or not at all.

    Raises
    ------
    InsufficientFundsError
        An account other than the treasury would end below zero.
    """
    after = dict(balances)
    for posting in postings:
        after[posting.source] = after.get(posting.source, 0) - posting.amount
        after[posting.destination] = after.get(posting.destination, 0) + posting.amount
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
    return after
