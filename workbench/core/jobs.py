"""What a job is: a recipe, inputs named by content, parameters, a seed, an environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from workbench.core.canonical import content_id
from workbench.core.errors import JobCancelledError

Event = dict[str, Any]
"""One line of a job's story: always ``{"type": str, ...}``; types are listed in ``docs``."""


@dataclass(frozen=True)
class JobSpec:
    """Everything that decides a job's outcome; equal specs have equal ids.

    Attributes
    ----------
    recipe : name in the allow list of ``compute.recipes``.
    inputs : name → SHA-256 of a blob, or ``"model:<sha256>"`` for a base model folder.
    parameters : JSON object, the recipe's own.
    seed : in [0, 2**63).
    environment : fingerprint of versions, dtype, threads and CPU; may be empty when the
        outcome does not depend on them.
    """

    recipe: str
    inputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the specification as JSON; the seed as a string, since it passes 2**53."""
        return {
            "recipe": self.recipe,
            "inputs": self.inputs,
            "parameters": self.parameters,
            "seed": str(self.seed),
            "environment": self.environment,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "JobSpec":
        """Read what ``to_json`` wrote."""
        return cls(
            recipe=value["recipe"],
            inputs=dict(value["inputs"]),
            parameters=dict(value["parameters"]),
            seed=int(value["seed"]),
            environment=dict(value["environment"]),
        )

    @property
    def id(self) -> str:
        """The content id of the specification."""
        return content_id(self.to_json())


@dataclass(frozen=True)
class CheckpointPlace:
    """Where a job keeps what it goes on from after its worker was lost.

    Attributes
    ----------
    folder : the job's own; there before the job starts.
    seconds : how long the job works at most before it keeps its state again.
    """

    folder: Path
    seconds: float


def _never() -> bool:
    return False


@dataclass(frozen=True)
class JobContext:
    """What a recipe sees while it runs: its folder and nothing else.

    Attributes
    ----------
    spec : the job.
    inputs : name → path of the file (or model folder); read only.
    output : empty folder for files; each becomes a blob named by its content.
    cache : folder for features keyed by content; other jobs share it.
    emit : sends one event; JSON only.
    cancelled : whether somebody asked the job to stop.
    stopping : whether somebody asked the training to end early, with what it has learnt.
    checkpoints : where to keep what the job goes on from; None for a job that starts over.
    """

    spec: JobSpec
    inputs: Mapping[str, Path]
    output: Path
    cache: Path
    emit: Callable[[Event], None]
    cancelled: Callable[[], bool]
    stopping: Callable[[], bool] = _never
    checkpoints: CheckpointPlace | None = None

    def progress(self, done: int, total: int, label: str) -> None:
        """Report ``done`` of ``total`` steps, and stop here if the job was cancelled."""
        self.emit({"type": "progress", "done": done, "total": total, "label": label})
        self.check_cancelled()

    def check_cancelled(self) -> None:
        """Raise JobCancelledError if somebody asked the job to stop."""
        if self.cancelled():
            raise JobCancelledError("the job was cancelled", job=self.spec.id)


class Recipe(Protocol):
    """A function from a job's folder to its result, a JSON object."""

    def __call__(self, context: JobContext) -> dict[str, Any]:
        """Do the job; raise a ``JobError`` when it cannot be done."""
        ...
