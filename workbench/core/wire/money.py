"""What an epoch would pay, whether one was paid rightly, and why."""

from typing import Literal

from pydantic import Field

from workbench.core.wire.message import Wire
from workbench.core.wire.runs import DifferenceView


class PayoutEstimate(Wire):
    """What one owner group would be paid, and between what its interval lets it lie."""

    owner: str
    n_rows: int
    value: float
    low: float
    high: float
    amount: str
    amount_low: str
    amount_high: str


class PayoutsView(Wire):
    """What an epoch would pay now by a study: estimated, nothing is signed or moved."""

    study: str
    task: str
    pool: str
    paid: str
    returned: str
    why_returned: str
    pay_on: str
    owner_cap: str | None
    minimum_gain_units: str
    confidence: float
    epochs: list[int]
    rows: list[PayoutEstimate]


class BackTestRequest(Wire):
    """What would have been another rule; what is left out is as the task was opened.

    An ``owner_cap`` of ``"none"`` takes the task's cap away.
    """

    pay_on: str | None = Field(default=None, max_length=40)
    owner_cap: str | None = Field(default=None, max_length=40)
    minimum_gain_units: str | None = Field(default=None, max_length=20)
    semivalue: str | None = Field(default=None, max_length=80)


class BackTestRow(Wire):
    """What one owner group was paid in an epoch, and what it would have been."""

    epoch: int
    owner: str
    amount: str
    would: str
    difference: str


class BackTestEpoch(Wire):
    """What returned to the sponsor in an epoch, and what would have."""

    number: int
    pool: str
    returned: str
    would_return: str
    difference: str
    why_returned: str


class LeftOutEpoch(Wire):
    """An epoch that cannot be replayed."""

    number: int
    why: str


class BackTestView(Wire):
    """A task's past epochs under another rule."""

    task: str
    pay_on: str
    owner_cap: str | None
    minimum_gain_units: str
    semivalue: str
    epochs: list[BackTestEpoch]
    rows: list[BackTestRow]
    left_out: list[LeftOutEpoch]


class RecomputeRequest(Wire):
    """What to recompute: an epoch or a study by its id or the beginning of it, or TASK:NUMBER."""

    name: str = Field(min_length=1, max_length=100)


class StepView(Wire):
    """One step of a recomputation: what was compared, and the first things that differ."""

    name: str
    state: Literal["same", "different"]
    says: str
    differences: list[DifferenceView]


class RecomputationView(Wire):
    """An epoch or a study, computed again from what is recorded, step by step."""

    id: str
    kind: Literal["epoch", "study"]
    task: str
    study: str
    steps: list[StepView]


class SizeRow(Wire):
    """What an owner group added to coalitions of so many others, where both were measured."""

    n_others: int
    n_pairs: int
    marginal: float | None
    weight: float
    part: float | None


class MarginalRow(Wire):
    """What an owner group added to one coalition."""

    others: list[str]
    without: float
    together: float
    marginal: float


class DuplicateRow(Wire):
    """Rows of an owner group that a gate took out as duplicates."""

    contribution: str
    file_name: str
    code: str
    n_rows: int
    message: str


class RowValue(Wire):
    """One row of an owner group's own, by its place among those accepted, counted from 1."""

    contribution: str
    file_name: str
    row: int
    value: float


class WhyView(Wire):
    """Why an owner group was paid what it was paid."""

    epoch: str
    number: int
    task: str
    study: str
    owner: str
    n_rows: int
    metric: str
    method: str
    semivalue: str
    confidence: float
    value: float
    standard_error: float
    low: float
    high: float
    pool: str
    pay_on: str
    owner_cap: str | None
    weight: str
    whole: str
    floor: str
    rounding: int
    above_cap: str
    amount: str
    why_returned: str
    utility_of_all: float | None
    utility_without: float | None
    by_size: list[SizeRow]
    raised: list[MarginalRow]
    lowered: list[MarginalRow]
    n_pairs: int
    duplicates: list[DuplicateRow]
    state: Literal["provisional", "disputed", "final", "void"] = "final"
    helped: list[RowValue] = Field(default_factory=list)
    hurt: list[RowValue] = Field(default_factory=list)
    rows_say: str = ""
