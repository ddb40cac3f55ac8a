"""Payouts, pages, SQL, and how the server stands."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from workbench.core.wire.message import Wire


class PayoutRow(Wire):
    """What one owner group is paid in an epoch."""

    owner: str
    n_rows: int
    value: float
    standard_error: float
    rank: int
    share: float
    amount: str


class DisputeView(Wire):
    """An owner group's signed word against an epoch, and what was decided on it."""

    id: str
    owner: str
    reason: str
    created_at: datetime
    decision: Literal["uphold", "dismiss"] | None = None
    decided_by: str | None = None
    decided_because: str | None = None
    decided_at: datetime | None = None


class EpochView(Wire):
    """One closing of a task's books.

    Its amounts are held until ``final_at`` as long as it is provisional, and until somebody
    decides while it is disputed; they are with the owners once it is final, and back in the
    task's pool when it is void.
    """

    id: str
    task: str
    number: int
    study: str
    pool: str
    paid: str
    returned: str
    payouts: list[PayoutRow]
    created_at: datetime
    state: Literal["provisional", "disputed", "final", "void"] = "final"
    final_at: datetime | None = None
    disputes: list[DisputeView] = Field(default_factory=list)


class Publication(Wire):
    """What viewers may read now: paths relative to ``published/``."""

    files: list[str]


class SqlRequest(Wire):
    """One SELECT over the published views, with positional parameters."""

    statement: str = Field(min_length=1, max_length=20_000)
    parameters: list[str | int | float | bool | None] = Field(default_factory=list, max_length=100)


class Check(Wire):
    """One line of ``doctor``."""

    name: str
    state: Literal["ok", "warning", "failed"]
    found: str
    next_step: str = ""


class HomeKeyView(Wire):
    """The public key for which people sign here, and its signature over their challenge."""

    key: str
    proof: str


class HealthView(Wire):
    """The server as it stands."""

    version: str
    pid: int
    home: str
    uptime_seconds: float
    n_jobs_running: int
    checks: list[Check] = Field(default_factory=list)
