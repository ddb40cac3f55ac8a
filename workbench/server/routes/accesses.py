"""Tokens that let a team's principals in."""

from fastapi import APIRouter

from workbench.core.wire import AccessRequest, AccessView
from workbench.server.access import HomeOf, Id
from workbench.workflows import access

router = APIRouter(prefix="/access", tags=["principals"])


@router.post("")
def grant_access(home: HomeOf, request: AccessRequest) -> AccessView:
    """Let in whoever has the token of this digest; sent twice, it is there once."""
    return access.grant(home, request)


@router.get("")
def list_access(home: HomeOf) -> list[AccessView]:
    """List all tokens by their digests."""
    return access.list_tokens(home)


@router.post("/{principal}/revocation")
def revoke_access(home: HomeOf, principal: Id) -> list[AccessView]:
    """Let nobody in any more by a token of this principal."""
    return access.revoke(home, principal)
