"""Credits that owner groups give each other."""

from fastapi import APIRouter

from workbench.core.wire import EntryView, SignedRequest
from workbench.server.access import HomeOf
from workbench.server.arrivals import arrival
from workbench.server.signed import SignedRoute
from workbench.workflows import transfer

router = APIRouter(tags=["ledger"], route_class=SignedRoute)


@router.post("/transfers")
async def transfer_credits(home: HomeOf, request: SignedRequest) -> EntryView:
    """Move credits to another owner group; the same record again changes nothing."""
    return await arrival(transfer.transfer(home, request.envelope))
