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


class EpochView(Wire):
    """One closing of a task's books."""

    id: str
    task: str
    number: int
    study: str
    pool: str
    paid: str
    returned: str
    payouts: list[PayoutRow]
    created_at: datetime


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


class HealthView(Wire):
    """The server as it stands."""

    version: str
    pid: int
    home: str
    uptime_seconds: float
    n_jobs_running: int
    checks: list[Check] = Field(default_factory=list)
