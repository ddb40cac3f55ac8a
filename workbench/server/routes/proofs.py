"""Proofs about the log, for whoever keeps a signed head."""

from typing import Annotated

from fastapi import APIRouter, Query

from workbench.core.wire import JsonObject
from workbench.server.access import HomeOf, Id
from workbench.workflows import prove

router = APIRouter(tags=["home"])


@router.get("/proofs")
def prove_consistency(home: HomeOf, since: Annotated[int, Query(ge=1, le=2**53)]) -> JsonObject:
    """Prove that the log of so many entries only grew into that of the newest head."""
    return prove.consistency(home, since)


@router.get("/proofs/{name}")
def prove_inclusion(home: HomeOf, name: Id) -> JsonObject:
    """Prove that an entry is in the log of the newest head: by number, or by what it names."""
    return prove.inclusion(home, name)
