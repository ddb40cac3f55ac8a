"""Holds: an amount set aside for somebody, settled up to it, void, or expired."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from workbench.core.credits import format_credits
from workbench.core.errors import InvalidInputError, InvalidMoveError
from workbench.ledger.posting import Posting, user_account

HoldState = Literal["held", "settled", "void", "expired"]
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True)
class Hold:
    """An amount that its payer cannot move, and only its payee may take.

    Attributes
    ----------
    id : content id of the payer's record.
    payer, payee : owner groups.
    amount : set aside, in µcr.
    expires_at : UTC; from then on it goes back to the payer.
    state : only a held one can change.
    """

    id: str
    payer: str
    payee: str
    amount: int
    expires_at: datetime
    state: HoldState = "held"

    @property
    def account(self) -> str:
        """Where the amount lies meanwhile."""
        return f"hold:{self.id}"

    def is_over(self, now: datetime) -> bool:
        """Say whether it is held beyond its time."""
        return self.state == "held" and now >= self.expires_at

    def opening(self, now: datetime) -> list[Posting]:
        """Return the posting that sets the amount aside.

        Raises
        ------
        InvalidInputError
            It expires before it begins, or in more than a year.
        """
        if not now < self.expires_at <= now + LONGEST:
            raise InvalidInputError(
                f"the hold expires at {self.expires_at.isoformat()}",
                wanted=f"a time after {now.isoformat()}, {LONGEST.days} days later at most",
                next_step="sign a hold that expires later",
            )
        return [Posting(user_account(self.payer), self.account, self.amount)]

    def settle(self, amount: int, now: datetime) -> list[Posting]:
        """Return the postings that pay the payee and release the rest.

        Parameters
        ----------
        amount : in µcr, above 0 and at most what is held.

        Raises
        ------
        InvalidMoveError
            It is not held any more, or less is held.
        """
        self._check_held("settle", now)
        if amount > self.amount:
            raise InvalidMoveError(
                f"the hold is of {format_credits(self.amount)} credits",
                wanted=f"at most these, not {format_credits(amount)}",
                next_step="settle what is held, and ask the payer for the rest",
            )
        paid = Posting(self.account, user_account(self.payee), amount)
        return [paid, *self._release(self.amount - amount)]

    def void(self, now: datetime) -> list[Posting]:
        """Return the posting that gives all of it back.

        Raises
        ------
        InvalidMoveError
            It is not held any more.
        """
        self._check_held("void", now)
        return self._release(self.amount)

    def expire(self, now: datetime) -> list[Posting]:
        """Return the posting that gives all of it back after its time.

        Raises
        ------
        InvalidMoveError
            It is not held any more, or its time is not over.
        """
        if not self.is_over(now):
            raise InvalidMoveError(
                f"the hold is {self.state} and expires at {self.expires_at.isoformat()}",
                wanted="one that is held beyond its time",
            )
        return self._release(self.amount)

    def _check_held(self, move: str, now: datetime) -> None:
        if self.state != "held":
            raise InvalidMoveError(
                f"the hold is {self.state}", wanted=f"one that is held, to {move} it"
            )
        if self.is_over(now):
            raise InvalidMoveError(
                f"the hold expired at {self.expires_at.isoformat()}",
                wanted=f"to {move} it before",
                next_step="ask the payer for another hold",
            )

    def _release(self, rest: int) -> list[Posting]:
        return [Posting(self.account, user_account(self.payer), rest)] if rest else []
