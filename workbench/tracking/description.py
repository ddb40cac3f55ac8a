"""What is logged of a run, as the recipe ``track`` is told."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError


@dataclass(frozen=True)
class DatasetDescription:
    """One dataset a run has read, named by its content."""

    name: str
    sha256: str
    n_rows: int


@dataclass(frozen=True)
class RunDescription:
    """One run of ours.

    Attributes
    ----------
    id : our run id; MLflow's run carries it as the tag ``workbench.run``.
    kind : what ran: train, compare, value, ….
    name : shown in lists; the kind and the first letters of the id unless given.
    parameters : JSON; what is not text is logged as canonical JSON.
    metrics : name → finite number.
    histories : name → (step, finite number) pairs, such as the training loss.
    tags : besides the ones every run gets.
    datasets : what was read.
    model_name : registered model that gets a version; empty when the run made no model.
    model_digest : SHA-256 of the model; empty when the run made no model.
    champion : SHA-256 of the task's best model so far, which may be this one; empty if unknown.
    started, ended : when the work was done, UTC; now unless given.
    """

    id: str
    kind: str
    name: str
    parameters: dict[str, str]
    metrics: dict[str, float]
    histories: dict[str, list[tuple[int, float]]]
    tags: dict[str, str]
    datasets: list[DatasetDescription]
    model_name: str
    model_digest: str
    champion: str
    started: datetime | None
    ended: datetime | None

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the parameter ``run`` of a job.

        Raises
        ------
        InvalidInputError
            A required member is missing or a value is of the wrong kind.
        """
        try:
            run = cls(
                id=str(value["id"]),
                kind=str(value["kind"]),
                name=str(value.get("name") or f"{value['kind']}-{str(value['id'])[:8]}"),
                parameters={name: _text(item) for name, item in value["parameters"].items()},
                metrics={name: float(item) for name, item in value["metrics"].items()},
                histories={
                    name: [(int(step), float(number)) for step, number in points]
                    for name, points in (value.get("histories") or {}).items()
                },
                tags={name: _text(item) for name, item in (value.get("tags") or {}).items()},
                datasets=[
                    DatasetDescription(str(item["name"]), str(item["sha256"]), int(item["n_rows"]))
                    for item in value.get("datasets") or ()
                ],
                model_name=str(value.get("model_name") or ""),
                model_digest=str(value.get("model_digest") or ""),
                champion=str(value.get("champion") or ""),
                started=_time(value.get("started")),
                ended=_time(value.get("ended")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInputError(
                f"the description of the run cannot be read: {error!r}",
                wanted="id, kind, parameters, metrics, histories, tags, datasets, model_name, "
                "model_digest, champion",
            ) from error
        run.check()
        return run

    def check(self) -> None:
        """Raise InvalidInputError for an id that no search could find, or a number that is NaN."""
        if not self.id or not all(c.isalnum() or c in "-_" for c in self.id):
            raise InvalidInputError(
                f"the run's id is {self.id!r}", wanted="letters, digits, - or _"
            )
        numbers = [*self.metrics.values()]
        numbers += [number for points in self.histories.values() for _, number in points]
        if not all(map(math.isfinite, numbers)):
            raise InvalidInputError(
                "a metric of the run is NaN or infinite", wanted="finite numbers"
            )

    @property
    def has_model(self) -> bool:
        """Whether the run made a model that is to be registered."""
        return bool(self.model_name and self.model_digest)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_bytes(value).decode()


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"the time {value} has no zone")
    return time
