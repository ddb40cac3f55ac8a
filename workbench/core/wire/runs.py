"""Runs, how they compare with themselves, and bundles of them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from workbench.core.wire.contributions import WithdrawnData
from workbench.core.wire.jobs import RecipeView
from workbench.core.wire.message import JsonObject, Wire


class ReproduceRequest(Wire):
    """A run to do again: of a study a sample of its coalitions, or all and its values."""

    tolerance: float = Field(default=1e-3, ge=0, allow_inf_nan=False)
    share_tolerance: float = Field(default=0.03, ge=0, le=1)
    all: bool = False


class VerifyRequest(Wire):
    """A home to verify: its records, log and ledger; with ``files`` each file is hashed."""

    files: bool = False


class DifferenceView(Wire):
    """One thing that is not as it was recorded; null where there is none."""

    name: str
    recorded: str | float | None
    found: str | float | None


class ReproductionView(Wire):
    """A run done again, as the server signed it; ``record`` is the record's content id.

    ``head`` is the head of the record log that chose the sample. Of a study ``n_compared`` of
    ``n_recorded`` utilities were compared, of other runs metrics. The versions are ours.
    """

    record: str
    run: str
    task: str
    kind: str
    outcome: Literal["identical", "equal within tolerance", "different"]
    head: str
    tolerance: float
    share_tolerance: float
    n_compared: int
    n_recorded: int
    fingerprint_differences: list[DifferenceView]
    first_difference: DifferenceView | None
    environment: dict[str, str]
    # Empty in records of before they were kept.
    recorded_version: str = ""
    found_version: str = ""
    author: str
    created_at: datetime


class RunView(Wire):
    """One fine-tune, comparison or valuation, as MLflow shows it."""

    id: str
    task: str
    kind: str
    model: str | None
    metrics: dict[str, float]
    details: JsonObject
    tracking_state: Literal["pending", "logged"]
    tracking_run: str | None
    created_at: datetime
    reproductions: list[ReproductionView] = Field(default_factory=list)
    origin: str | None = None
    withdrawn: list[WithdrawnData] = Field(default_factory=list)
    recipe: RecipeView | None = None


class BundleRequest(Wire):
    """An entry of a bundle, uploaded as a file like all that it names."""

    sha256: str


class BackupRequest(Wire):
    """A snapshot of the home, under a name that nobody else has chosen."""

    name: str = Field(pattern=r"^[0-9a-f]{32}$")


class CardView(Wire):
    """A run's model card in Markdown; ``is_sealed`` if it is the one that was logged."""

    run: str
    text: str
    is_sealed: bool
    withdrawn: list[WithdrawnData] = Field(default_factory=list)
