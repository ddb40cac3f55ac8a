"""Keys, the owner groups they sign for, and what their principals may do."""

from fastapi import APIRouter

from workbench.core.wire import MemberView, PrincipalView, SignedRequest
from workbench.server.access import HomeOf
from workbench.workflows import join, keys, roles

router = APIRouter(prefix="/principals", tags=["principals"])


@router.post("")
def register(home: HomeOf, request: SignedRequest) -> PrincipalView:
    """Register the key that signed the record; the same record again changes nothing."""
    return join.register(home, request.envelope)


@router.get("")
def list_principals(home: HomeOf) -> list[PrincipalView]:
    """List who may sign, and with which roles."""
    return join.principals(home)


@router.post("/rotations")
def rotate_key(home: HomeOf, request: SignedRequest) -> PrincipalView:
    """Give a principal a new key, on the word of its old one or of an admin."""
    return keys.rotate_key(home, request.envelope)


@router.post("/addresses")
def set_address(home: HomeOf, request: SignedRequest) -> PrincipalView:
    """Record where on a chain the principal that signs is paid."""
    return keys.set_address(home, request.envelope)


@router.post("/members")
def admit_member(home: HomeOf, request: SignedRequest) -> MemberView:
    """Let a principal that is not registered yet sign for an owner group."""
    return join.admit(home, request.envelope)


@router.post("/roles")
def change_role(home: HomeOf, request: SignedRequest) -> PrincipalView:
    """Give a role to a principal, or take it, on an admin's word."""
    return roles.change_role(home, request.envelope)
