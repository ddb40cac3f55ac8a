"""The part of ``Bench`` that moves money and shows what moved."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api, W, join
from workbench.client.contribution import require_sign
from workbench.client.frames import make_frame
from workbench.client.hold import Hold
from workbench.client.statement import Statement
from workbench.core.credits import format_credits, parse_credits
from workbench.core.errors import InvalidInputError
from workbench.core.wire import (
    BalanceRow,
    EntryView,
    HoldView,
    PrincipalView,
    SignedRequest,
    StatementView,
    TreasuryView,
)

if TYPE_CHECKING:
    import pandas as pd


class Ledger:
    """What ``Bench`` does to move credits between owner groups, and to account for it.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    if TYPE_CHECKING:

        @property
        def principal(self) -> PrincipalView:
            """Who signs."""
            ...

        def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
            """Return a signed record."""
            ...

    def transfer(
        self, to: str, amount: str, *, sign: bool = False, nonce: str | None = None
    ) -> EntryView:
        """Give another owner group some of what yours has.

        Parameters
        ----------
        to : owner group that gets it.
        amount : credits as text, such as ``"12.5"``.
        sign : must be True: this spends.
        nonce : the same nonce and amount again move nothing; random unless given.

        Raises
        ------
        InsufficientFundsError
            There is less.
        ConflictError
            The nonce was used for something else.
        """
        units = positive(amount)
        require_sign("transfer", f"gives {format_credits(units)} credits to {to}", sign=sign)
        body = {"source": self.principal.owner, "destination": to, "amount": str(units)}
        return self._send(EntryView, "transfer", body | _nonce(nonce), "transfers")

    def hold(
        self,
        payee: str,
        amount: str,
        *,
        expires: datetime | timedelta = timedelta(days=1),
        sign: bool = False,
        nonce: str | None = None,
    ) -> Hold:
        """Set some of what your owner group has aside for another.

        Parameters
        ----------
        payee : owner group that may take it, or less.
        amount : credits as text.
        expires : when, or in how long, it comes back by itself.
        sign : must be True: until then nobody else can have it.
        nonce : the same nonce and body again hold nothing more; random unless given.
        """
        units = positive(amount)
        require_sign("hold", f"sets {format_credits(units)} credits aside for {payee}", sign=sign)
        until = datetime.now(UTC) + expires if isinstance(expires, timedelta) else expires
        body = {"payer": self.principal.owner, "payee": payee, "amount": str(units)}
        body |= {"expires_at": until.isoformat()}
        return Hold(self, self._send(HoldView, "hold", body | _nonce(nonce), "holds"))

    def settle(self, hold: Hold | str, amount: str | None = None, *, sign: bool = False) -> Hold:
        """Take what is held for your owner group, or less; the rest goes back.

        Parameters
        ----------
        hold : the hold or its id.
        amount : credits as text; all that is held unless given.
        sign : must be True: this moves money.
        """
        found = self.get_hold(hold) if isinstance(hold, str) else hold
        units = found.amount if amount is None else positive(amount)
        require_sign("settle", f"takes {format_credits(units)} credits", sign=sign)
        body = {"hold": found.id, "amount": str(units)}
        view = self._send(HoldView, "settlement", body, "holds", found.id, "settlement")
        return Hold(self, view)

    def void(self, hold: Hold | str, *, sign: bool = False) -> Hold:
        """Give all that is held for your owner group back to its payer."""
        found = self.get_hold(hold) if isinstance(hold, str) else hold
        require_sign("void", f"gives {format_credits(found.amount)} credits back", sign=sign)
        view = self._send(HoldView, "void", {"hold": found.id}, "holds", found.id, "void")
        return Hold(self, view)

    def get_hold(self, id: str) -> Hold:
        """Return a hold by its id."""
        return Hold(self, self.api.get(HoldView, "holds", id))

    def holds(self, owner: str | None = None) -> "pd.DataFrame":
        """Return holds, one row each: of an owner group on either side, or all."""
        params = {} if owner is None else {"owner": owner}
        views = self.api.get_all(HoldView, "holds", params=params)
        rows = [view.model_dump() for view in views]
        return make_frame(rows, list(HoldView.model_fields), money=["amount", "settled"])

    def grant(
        self, owner: str, amount: str, *, sign: bool = False, nonce: str | None = None
    ) -> TreasuryView:
        """Give an owner group credits of the treasury; above the home's limit, propose to.

        Parameters
        ----------
        owner : owner group that gets them.
        amount : credits as text.
        sign : must be True; a treasurer signs.
        nonce : the same nonce and amount again grant nothing; random unless given.
        """
        units = positive(amount)
        require_sign("grant", f"makes {format_credits(units)} credits for {owner}", sign=sign)
        body = {"owner": owner, "amount": str(units)}
        return self._send(TreasuryView, "grant", body | _nonce(nonce), "grants")

    def approve(self, id: str, *, sign: bool = False) -> TreasuryView:
        """Execute what another treasurer proposed.

        Parameters
        ----------
        id : of the proposed movement.
        sign : must be True; a second treasurer signs.
        """
        require_sign("approve", "moves credits out of the treasury", sign=sign)
        return self._send(TreasuryView, "approval", {"record": id}, "approvals")

    def treasury(self) -> "pd.DataFrame":
        """Return the movements out of the treasury that needed two people, one row each."""
        rows = [view.model_dump() for view in self.api.get_all(TreasuryView, "treasury")]
        return make_frame(rows, list(TreasuryView.model_fields), money=["amount"])

    def statement(
        self,
        owner: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Statement:
        """Return what came to an owner group and went from it.

        Parameters
        ----------
        owner : the one you sign for unless given.
        since, until : instants with a zone: from the one up to before the other.
        """
        path = join("statements", owner or self.principal.owner)
        params = instants(since=since, until=until)
        found = self.api.connection.request("GET", path, params=params).json()
        return Statement(StatementView.model_validate(found))

    def balances(self, at: datetime | int | None = None) -> "pd.DataFrame":
        """Return what accounts hold, one row each, or held at a moment of the past.

        Parameters
        ----------
        at : an instant with a zone, or a size of the log; now unless given.
        """
        params = {"size": str(at)} if isinstance(at, int) else instants(at=at)
        rows = self.api.get_all(BalanceRow, "balances", params=params)
        return make_frame(
            [row.model_dump() for row in rows], ["account", "amount"], money=["amount"]
        )

    def _send(self, kind: type[W], record: str, body: dict[str, Any], *path: str) -> W:
        return self.api.post(kind, *path, body=self.sign(record, body))


def positive(amount: str) -> int:
    """Return an amount above 0 in µcr, from credits as text.

    Raises
    ------
    InvalidInputError
        A number could mean credits or micro-credits; nothing moves 0.
    """
    if not isinstance(amount, str):
        raise InvalidInputError(
            f"{amount!r} could mean credits or micro-credits",
            wanted='credits as text, such as "1000" or "12.5"',
        )
    units = parse_credits(amount)
    if units <= 0:
        raise InvalidInputError(f"{amount} credits cannot be moved", wanted="more than 0")
    return units


def _nonce(nonce: str | None) -> dict[str, str]:
    return {"nonce": nonce or uuid.uuid4().hex}


def instants(**given: datetime | None) -> dict[str, str]:
    """Return the instants that were given, as they travel."""
    found = {}
    for name, instant in given.items():
        if instant is None:
            continue
        if instant.utcoffset() is None:
            raise InvalidInputError(
                f"{name} is {instant.isoformat()}, in no zone",
                wanted="an instant with a zone, such as datetime.now(UTC)",
            )
        found[name] = instant.isoformat()
    return found
