"""Keys and the owner groups they sign for."""

from fastapi import APIRouter

from workbench.core.wire import PrincipalView, SignedRequest
from workbench.server.access import HomeOf
from workbench.workflows import join

router = APIRouter(prefix="/principals", tags=["principals"])


@router.post("")
def register(home: HomeOf, request: SignedRequest) -> PrincipalView:
    """Register the key that signed the record; the same record again changes nothing."""
    return join.register(home, request.envelope)


@router.get("")
def list_principals(home: HomeOf) -> list[PrincipalView]:
    """List who may sign."""
    return join.principals(home)
