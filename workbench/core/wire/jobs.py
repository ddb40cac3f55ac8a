"""What is asked for, and the jobs that do it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from workbench.core.wire.message import JsonObject, Priority, Wire


class TrainRequest(Wire):
    """A fine-tune on all accepted rows, or those of some owners."""

    size: Literal["quick", "standard", "thorough"] = "standard"
    owners: list[str] | None = None
    parameters: JsonObject = Field(default_factory=dict)


class CompareRequest(Wire):
    """Models on the same hidden test; ``"base"`` names the task's base model."""

    models: list[str] = Field(min_length=1, max_length=32)


class GenerateRequest(Wire):
    """Prompts that models go on from; ``"base"`` names the task's base model.

    ``as_chat`` says whether a prompt is put as a question, or as a text to translate where the
    task is translation; as the models were trained unless given.
    """

    models: list[str] = Field(min_length=1, max_length=8)
    prompts: list[str] = Field(min_length=1, max_length=64)
    new_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=5, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0, lt=2**53)
    as_chat: bool | None = None


class ValueRequest(Wire):
    """A valuation study of the task's owner groups, by the task's semivalue unless one is named."""

    method: str = Field(default="auto", max_length=40)
    budget: int | None = None
    seed: int = Field(default=0, ge=0)
    semivalue: str | None = Field(default=None, max_length=80)
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


class SizesRequest(Wire):
    """A fine-tune to measure before it starts."""

    owners: list[str] | None = None
    parameters: JsonObject = Field(default_factory=dict)


class PriorityRequest(Wire):
    """How soon a queued job should run."""

    priority: Priority


class RecipeView(Wire):
    """What decided a run, frozen when it was asked for; ``digest`` is that of all of it.

    With the same inputs and environment the same recipe makes the same run again.
    """

    name: str
    parameters: JsonObject
    seed: str
    digest: str


class JobView(Wire):
    """Work that goes on in the server, whether or not anybody watches.

    ``requested_by`` is what the client calls the person: a label, not an authentication.
    ``recipe`` is there where one job of a recipe is asked for, and in no list.
    """

    id: str
    verb: str
    task: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    result: JsonObject | None
    problem: JsonObject | None
    attempts: int
    requested_by: str | None = None
    priority: Priority = "normal"
    created_at: datetime
    finished_at: datetime | None
    recipe: RecipeView | None = None
