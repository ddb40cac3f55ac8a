"""Studies, their values, and games of one's own."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from workbench.core.wire.message import Wire


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
