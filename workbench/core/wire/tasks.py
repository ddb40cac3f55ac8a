"""People, files, tasks and contributions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from workbench.core.kinds import KindName
from workbench.core.roles import Role
from workbench.core.wire.contributions import Opening
from workbench.core.wire.message import JsonObject, Sha256, Wire


class SignedRequest(Wire):
    """A record signed by the person: see ``core.envelope``."""

    envelope: JsonObject


class BlobView(Wire):
    """A stored file."""

    sha256: str
    size: int


class PrincipalView(Wire):
    """The key with which a principal signs, the owner group it signs for, and its roles."""

    name: str
    public_key: str
    owner: str
    address: str | None = None
    roles: list[Role] = Field(default_factory=list)


class TaskView(Wire):
    """A task and where it stands."""

    id: str
    title: str
    kind: KindName
    spec: JsonObject
    sponsor: str
    pool: str
    bounties: str = "0"
    n_contributions: int
    n_rows: int
    champion: str | None
    created_at: datetime


class Finding(Wire):
    """What a gate found, in which rows, and what to do about it."""

    gate: str
    code: str
    outcome: Literal["note", "dropped", "held", "quarantined", "refused"]
    rows: list[int]
    n_rows: int
    message: str
    remedy: str


class DraftRequest(Wire):
    """A file offered to a task; nothing is signed yet.

    ``opening`` shows that its owner committed to it before.
    """

    file_sha256: str = Sha256
    file_name: str = Field(min_length=1, max_length=255)
    license: str = Field(max_length=200)
    owner: str = Field(min_length=1, max_length=64)
    columns: dict[str, str] = Field(default_factory=dict)
    opening: Opening | None = None


class MaskRequest(Wire):
    """What to do with the rows that are held: masked unless they are dropped."""

    drop: bool = False


class ContributionView(Wire):
    """One immutable dataset version and its way through the gates."""

    id: str
    task: str
    owner: str
    state: str
    file_name: str
    file_sha256: str
    rows_sha256: str
    license: str
    n_rows_submitted: int
    n_rows: int
    findings: list[Finding]
    commitment: str | None = None
    created_at: datetime
    updated_at: datetime


class ModelRequest(Wire):
    """An uploaded base model to convert; the name is how tasks refer to it.

    ``license`` is an SPDX expression on a person's word; ``readme_licenses`` is what the model's
    README names, as it names it, and counts where the person has named none.
    """

    sha256: str = Sha256
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    license: str | None = Field(default=None, max_length=200)
    readme_licenses: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=8
    )
