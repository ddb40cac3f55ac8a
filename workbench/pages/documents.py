"""The JSON beside the pages: written at publication, read by dashboards and by anybody."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.core.errors import InvalidInputError
from workbench.core.wire import EpochView

JsonObject = dict[str, Any]


class PublishedEpoch(BaseModel):
    """One task's latest epoch as it was published.

    Attributes
    ----------
    epoch : the closed epoch with its payouts.
    title : the task's title.
    metric : what values are measured in; the name of the task's metric.
    as_of : when it was published, UTC.
    """

    model_config = ConfigDict(frozen=True)

    epoch: EpochView
    title: str
    metric: str
    as_of: datetime


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


class PublishedIndex(BaseModel):
    """What is published."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tasks: list[PublishedTask] = Field(default_factory=list)
    as_of: datetime | None = None


def leaderboard_document(
    epoch: EpochView, *, title: str, metric: str, as_of: datetime
) -> JsonObject:
    """Return ``<task>/leaderboard.json``: the epoch's fields, then title, metric and as_of."""
    return epoch.model_dump(mode="json") | {
        "title": title,
        "metric": metric,
        "as_of": as_of.isoformat(),
    }


def index_entry(
    task: str, *, title: str, metric: str, epoch: EpochView | None = None
) -> JsonObject:
    """Return one task's line of ``index.json``."""
    entry = PublishedTask(id=task, title=title, metric=metric)
    if epoch is not None:
        entry = entry.model_copy(
            update={
                "epoch": epoch.number,
                "n_owners": len(epoch.payouts),
                "pool": epoch.pool,
                "paid": epoch.paid,
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
    about = {key: fields.pop(key) for key in ("title", "metric", "as_of") if key in fields}
    try:
        epoch = EpochView.model_validate(fields)
        return PublishedEpoch(epoch=epoch, **about)
    except ValidationError as error:
        raise _fault(error, name) from error


def read_index(content: bytes, name: str = "index.json") -> PublishedIndex:
    """Return what ``index_document`` wrote, or raise ``InvalidInputError``."""
    try:
        return PublishedIndex.model_validate(_object(content, name))
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
