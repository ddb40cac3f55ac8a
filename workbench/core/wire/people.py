"""Who may come in, and whom a group lets sign."""

from datetime import datetime

from pydantic import Field

from workbench.core.wire.message import Sha256, Wire


class MemberView(Wire):
    """A principal that may sign for an owner group, registered or not yet."""

    owner: str
    principal: str


class AccessRequest(Wire):
    """A principal and the digest of the token that lets it in; the token stays with the client."""

    principal: str = Field(min_length=1, max_length=64)
    sha256: str = Sha256


class AccessView(Wire):
    """A token by its digest: whom it lets in, and since and until when."""

    principal: str
    sha256: str
    granted_at: datetime
    revoked_at: datetime | None
