"""Money that moves, and what accounts hold."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from workbench.core.wire import (
    BalanceRow,
    HoldView,
    SignedRequest,
    StatementView,
    TreasuryView,
)
from workbench.server.access import HomeOf, Id
from workbench.workflows import holds, statement, treasury

router = APIRouter(tags=["ledger"])

_Instant = Annotated[AwareDatetime | None, Query(description="ISO 8601 with a zone.")]
_Owner = Annotated[
    str | None, Query(max_length=100, description="On either side; all unless given.")
]
_Size = Annotated[int | None, Query(ge=0, lt=2**53, description="Entries of the log.")]


@router.post("/grants")
def grant(home: HomeOf, request: SignedRequest) -> TreasuryView:
    """Give an owner group credits of the treasury, or propose it where that needs two people."""
    return treasury.grant(home, request.envelope)


@router.get("/treasury")
def list_treasury(home: HomeOf) -> list[TreasuryView]:
    """List what needed two people, oldest first."""
    return treasury.moves(home)


@router.post("/approvals")
def approve(home: HomeOf, request: SignedRequest) -> TreasuryView:
    """Execute what another treasurer proposed; the same record again changes nothing."""
    return treasury.approve(home, request.envelope)


@router.post("/holds")
def hold(home: HomeOf, request: SignedRequest) -> HoldView:
    """Set an amount aside for another owner group; the same record again changes nothing."""
    return holds.hold(home, request.envelope)


@router.get("/holds")
def list_holds(home: HomeOf, owner: _Owner = None) -> list[HoldView]:
    """List holds, oldest first."""
    return holds.holds(home, owner)


@router.get("/holds/{hold}")
def get_hold(home: HomeOf, hold: Id) -> HoldView:
    """Return one hold."""
    return holds.get_hold(home, hold)


@router.post("/holds/{hold}/settlement")
def settle_hold(home: HomeOf, hold: Id, request: SignedRequest) -> HoldView:
    """Pay the payee at most what is held, and release the rest."""
    return holds.settle(home, hold, request.envelope)


@router.post("/holds/{hold}/void")
def void_hold(home: HomeOf, hold: Id, request: SignedRequest) -> HoldView:
    """Give all that is held back to the payer."""
    return holds.void(home, hold, request.envelope)


@router.get("/statements/{owner}")
def get_statement(
    home: HomeOf, owner: Id, since: _Instant = None, until: _Instant = None
) -> StatementView:
    """Return what came to an owner group and went from it."""
    return statement.statement(home, owner, since, until)


@router.get("/balances")
def get_balances(home: HomeOf, at: _Instant = None, size: _Size = None) -> list[BalanceRow]:
    """Return what accounts hold, or held at an instant or a size of the log."""
    return statement.balances(home, at, size)
