"""The JSON beside the pages: written at publication, read by dashboards and by anybody."""

import json
from datetime import datetime
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench.core.errors import InvalidInputError
from workbench.core.standings import rank_models
from workbench.core.wire import EpochView

JsonObject = dict[str, Any]
Document = TypeVar("Document", bound=BaseModel)

_ABOUT: Final = ("title", "metric", "as_of", "models")


class PublishedModel(BaseModel):
    """One model's line: its score, and how far it is from the first model.

    The first has no difference, and with it no ``p``, ``test`` and ``verdict``.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    rank: int = Field(ge=1)
    model: str
    score: float
    low: float
    high: float
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    p: float | None = None
    test: str | None = None
    verdict: Literal["better", "worse", "no difference"] | None = None

    @model_validator(mode="after")
    def _a_difference_is_whole(self) -> Self:
        parts = (
            *(self.difference, self.difference_low, self.difference_high),
            *(self.p, self.test, self.verdict),
        )
        if len({part is None for part in parts}) > 1:
            raise ValueError("a difference has an interval, a p, a test and a verdict")
        return self


class PublishedModels(BaseModel):
    """A comparison of a task's models, best first.

    Attributes
    ----------
    comparison : id of the run that found it.
    created_at : when, UTC.
    metric, unit, better : what is scored, in what, and whether ``lower`` or ``higher`` wins.
    confidence : of the intervals.
    n_items : hidden test rows that every model was asked.
    first : the model that the others are held against.
    champion : the task's champion at publication, if there is one.
    rows : one a model; overlapping intervals share a rank.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    comparison: str
    created_at: datetime
    metric: str
    unit: str
    better: Literal["lower", "higher"]
    confidence: float = Field(gt=0, lt=1)
    n_items: int = Field(ge=0)
    first: str
    champion: str | None = None
    rows: list[PublishedModel] = Field(min_length=1)


class PublishedEpoch(BaseModel):
    """One task's latest epoch as it was published.

    Attributes
    ----------
    epoch : the closed epoch with its payouts.
    title : the task's title.
    metric : what values are measured in; the name of the task's metric.
    as_of : when it was published, UTC.
    models : the task's newest comparison of models; None if there was none.
    """

    model_config = ConfigDict(frozen=True)

    epoch: EpochView
    title: str
    metric: str
    as_of: datetime
    models: PublishedModels | None = None


class PublishedTask(BaseModel):
    """One line of the index; a task that has not paid yet has no epoch."""

    # A later version may publish more about a task than this one shows.
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    title: str
    metric: str = ""
    epoch: int | None = None
    n_owners: int = 0
    pool: str = "0"
    paid: str = "0"
    state: Literal["provisional", "disputed", "final", "void"] = "final"
    # When its newest epoch became what its pages show; None where they show none.
    changed_at: datetime | None = None


class PublishedIndex(BaseModel):
    """What is published."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tasks: list[PublishedTask] = Field(default_factory=list)
    as_of: datetime | None = None


def models_document(
    comparison: str, details: JsonObject, *, created_at: datetime, champion: str | None
) -> PublishedModels:
    """Return what is published of a comparison: its models by the metric that ranks.

    Parameters
    ----------
    comparison : id of the run.
    details : of the run, as the recipes return it.
    created_at : of the run.
    champion : the task's, now.
    """
    main = details["metrics"][0]
    lines = [line for line in details["scores"] if line["metric"] == main["metric"]]
    ranked = rank_models(lines, main["better"])
    return PublishedModels(
        comparison=comparison,
        created_at=created_at,
        metric=main["metric"],
        unit=main["unit"],
        better=main["better"],
        confidence=details["confidence"],
        n_items=details["n_rows"],
        first=lines[0]["model"],
        champion=champion,
        rows=[PublishedModel.model_validate(line) for line in ranked],
    )


def leaderboard_document(
    epoch: EpochView,
    *,
    title: str,
    metric: str,
    as_of: datetime,
    models: PublishedModels | None = None,
) -> JsonObject:
    """Return ``<task>/leaderboard.json``: the epoch's fields, title, metric, as_of and models."""
    return epoch.model_dump(mode="json") | {
        "title": title,
        "metric": metric,
        "as_of": as_of.isoformat(),
        "models": None if models is None else models.model_dump(mode="json"),
    }


def index_entry(
    task: str,
    *,
    title: str,
    metric: str,
    epoch: EpochView | None = None,
    changed_at: datetime | None = None,
) -> JsonObject:
    """Return one task's line of ``index.json``."""
    entry = PublishedTask(id=task, title=title, metric=metric, changed_at=changed_at)
    if epoch is not None:
        entry = entry.model_copy(
            update={
                "epoch": epoch.number,
                "n_owners": len(epoch.payouts),
                "pool": epoch.pool,
                "paid": epoch.paid,
                "state": epoch.state,
            }
        )
    return entry.model_dump(mode="json")


def index_document(tasks: list[JsonObject], as_of: datetime) -> JsonObject:
    """Return ``index.json`` from the lines of ``index_entry``."""
    return {"tasks": tasks, "as_of": as_of.isoformat()}


def read_leaderboard(content: bytes, name: str = "leaderboard.json") -> PublishedEpoch:
    """Return what ``leaderboard_document`` wrote.

    Raises
    ------
    InvalidInputError
        The file is no such document; the message names it and its first fault.
    """
    fields = _object(content, name)
    about = {key: fields.pop(key) for key in _ABOUT if key in fields}
    try:
        epoch = EpochView.model_validate(fields)
        return PublishedEpoch(epoch=epoch, **about)
    except ValidationError as error:
        raise _fault(error, name) from error


def read_index(content: bytes, name: str = "index.json") -> PublishedIndex:
    """Return what ``index_document`` wrote, or raise ``InvalidInputError``."""
    return read_document(PublishedIndex, content, name)


def read_document(kind: type[Document], content: bytes, name: str) -> Document:
    """Return a published file as what it is, or raise ``InvalidInputError``, which names it."""
    try:
        return kind.model_validate(_object(content, name))
    except ValidationError as error:
        raise _fault(error, name) from error


def _object(content: bytes, name: str) -> JsonObject:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"{name} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise _unreadable(f"{name} holds a {type(found).__name__}")
    return found


def _fault(error: ValidationError, name: str) -> InvalidInputError:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"])) or "document"
    return _unreadable(f"{name}: {where}: {first['msg']}")


def _unreadable(found: str) -> InvalidInputError:
    return InvalidInputError(
        found, wanted="the file as it was published", next_step="publish the task again"
    )
