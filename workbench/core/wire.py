"""What travels between a door and the server: request and response types.

Amounts travel as decimal strings of whole micro-credits, seeds as decimal strings.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.core.kinds import KindName

Sha256 = Field(pattern=r"^[0-9a-f]{64}$")
JsonObject = dict[str, Any]


class Wire(BaseModel):
    """A message; unknown fields are refused so that a misspelt option is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SignedRequest(Wire):
    """A record signed by the person: see ``core.envelope``."""

    envelope: JsonObject


class BlobView(Wire):
    """A stored file."""

    sha256: str
    size: int


class PrincipalView(Wire):
    """A key and the owner group it signs for."""

    name: str
    public_key: str
    owner: str


class TaskView(Wire):
    """A task and where it stands."""

    id: str
    title: str
    kind: KindName
    spec: JsonObject
    sponsor: str
    pool: str
    n_contributions: int
    n_rows: int
    champion: str | None
    created_at: datetime


class Finding(Wire):
    """What a gate found, in which rows, and what to do about it."""

    gate: str
    code: str
    outcome: Literal["note", "dropped", "quarantined", "refused"]
    rows: list[int]
    n_rows: int
    message: str
    remedy: str


class DraftRequest(Wire):
    """A file offered to a task; nothing is signed yet."""

    file_sha256: str = Sha256
    file_name: str = Field(min_length=1, max_length=255)
    license: str = Field(max_length=200)
    owner: str = Field(min_length=1, max_length=64)
    columns: dict[str, str] = Field(default_factory=dict)


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
    created_at: datetime
    updated_at: datetime


class TrainRequest(Wire):
    """A fine-tune on all accepted rows, or those of some owners."""

    size: Literal["quick", "standard", "thorough"] = "standard"
    owners: list[str] | None = None
    parameters: JsonObject = Field(default_factory=dict)


class CompareRequest(Wire):
    """Models on the same hidden test; ``"base"`` names the task's base model."""

    models: list[str] = Field(min_length=1, max_length=8)


class GenerateRequest(Wire):
    """Prompts that models go on from; ``"base"`` names the task's base model.

    ``as_chat`` says whether a prompt is put as a question, or as a text to translate where the
    task is translation; as the models were trained unless given.
    """

    models: list[str] = Field(min_length=1, max_length=8)
    prompts: list[str] = Field(min_length=1, max_length=64)
    new_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=5, allow_inf_nan=False)
    as_chat: bool | None = None
    seed: int = Field(default=0, ge=0, lt=2**53)


class ValueRequest(Wire):
    """A valuation study of the task's owner groups."""

    method: str = Field(default="auto", max_length=40)
    budget: int | None = None
    seed: int = Field(default=0, ge=0)
    semivalue: str = Field(default="shapley", max_length=80)
    confidence: float = 0.95
    n_replicates: int = Field(default=1, ge=1, le=100)
    max_standard_error: float | None = Field(default=None, gt=0)
    max_share_move: float | None = Field(default=None, gt=0, lt=1)
    executor: Literal["local", "ray"] = "local"
    address: str | None = Field(default=None, max_length=100)


class PreviewRequest(Wire):
    """One training, watched for what it suggests of each owner; indicative, never paid by.

    Without a size it is as long as the trainings of a study.
    """

    size: Literal["quick", "standard", "thorough"] | None = None
    owners: list[str] | None = None
    parameters: JsonObject = Field(default_factory=dict)


class ModelRequest(Wire):
    """An uploaded base model to convert; the name is how tasks refer to it."""

    sha256: str = Sha256
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")


class JobView(Wire):
    """Work that goes on in the server, whether or not anybody watches."""

    id: str
    verb: str
    task: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    result: JsonObject | None
    problem: JsonObject | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None


class ReproduceRequest(Wire):
    """A run to do again: of a study a sample of its coalitions, or all and its values."""

    tolerance: float = Field(default=1e-3, ge=0, allow_inf_nan=False)
    share_tolerance: float = Field(default=0.03, ge=0, le=1)
    all: bool = False


class DifferenceView(Wire):
    """One thing that is not as it was recorded; null where there is none."""

    name: str
    recorded: str | float | None
    found: str | float | None


class ReproductionView(Wire):
    """A run done again, as the server signed it; ``record`` is the record's content id.

    ``head`` is the head of the record log that chose the sample. Of a study ``n_compared`` of
    ``n_recorded`` utilities were compared, of other runs metrics.
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


class BundleRequest(Wire):
    """An entry of a bundle, uploaded as a file like all that it names."""

    sha256: str


class ValueRow(Wire):
    """What one owner group is worth to the task's model."""

    player: int
    owner: str
    n_rows: int
    value: float
    standard_error: float
    low: float
    high: float
    rank: int
    probability_of_rank: float
    units: str


class StudyView(Wire):
    """A valuation study; values appear when it is sealed."""

    id: str
    task: str
    game: str
    method: str
    answered_by: str
    why_method: str
    budget: int
    seed: str
    semivalue: str
    confidence: float
    n_replicates: int
    state: Literal["running", "sealed", "failed"]
    converged: bool
    n_evaluations: int
    n_given: int
    n_players: int
    metric: str
    values: list[ValueRow]
    created_at: datetime
    sealed_at: datetime | None


class LookRow(Wire):
    """What one owner group seemed to be worth while a study went on."""

    n_evaluations: int
    owner: str
    value: float
    low: float
    high: float


class StudyEvaluation(Wire):
    """One utility that a study's values rest on; the coalition's bits in hexadecimal."""

    coalition: str
    utility: float
    is_given: bool


class GamePlayer(Wire):
    """A player of a person's own game; with other rows it is another player."""

    name: str = Field(min_length=1, max_length=200)
    rows_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    n_rows: int = Field(default=0, ge=0)


class GameRequest(Wire):
    """A game of a person's own: the same name and setting go on with what is known."""

    name: str = Field(min_length=1, max_length=200)
    setting_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    players: list[GamePlayer] = Field(min_length=1, max_length=1_024)


class GameView(Wire):
    """A game of a person's own, and the bits of the players asked for, in their order."""

    id: str
    positions: list[int]


class EvaluationRow(Wire):
    """One utility; the coalition's bits in hexadecimal without leading zeros."""

    coalition: str = Field(pattern=r"^(0|[1-9a-f][0-9a-f]{0,255})$")
    utility: float = Field(allow_inf_nan=False)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class EvaluationsRequest(Wire):
    """Utilities to keep."""

    rows: list[EvaluationRow] = Field(min_length=1, max_length=1_000)


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
