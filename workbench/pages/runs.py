"""A task's runs as viewers see them: what was measured, what is sealed, how to do it again."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from workbench.core.wire import RunView
from workbench.pages.board import unit_of
from workbench.pages.metrics import metric_order, metric_words
from workbench.pages.numbers import format_value, value_places

_MOST_LINES: Final = 200
_MOST_METRICS: Final = 4
_SHOWN: Final = 12


class Seal(BaseModel):
    """What the server signed of a run.

    Attributes
    ----------
    what : ``"run"``: all that MLflow shows of it; ``"values"``: a study's values.
    record : content id of the signed record.
    at : when, UTC.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    record: str
    at: datetime


class Again(BaseModel):
    """How a run ended that was done again."""

    model_config = ConfigDict(frozen=True)

    outcome: str
    record: str
    at: datetime


class PublishedRun(BaseModel):
    """One run of ``runs.json``.

    Attributes
    ----------
    id, kind, created_at, model : of the run; a fine-tune made the model.
    metrics : name → number.
    seals : what is signed of it.
    again : how it ended when it was done again, oldest first.
    withdrawn : owner groups whose rows it read and who withdrew them since.
    origin : key of the server that found it, where that is another one's.
    command : reproduces it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    created_at: datetime
    model: str | None
    metrics: dict[str, float]
    seals: list[Seal]
    again: list[Again]
    withdrawn: list[str]
    origin: str | None
    command: str


class PublishedRuns(BaseModel):
    """``runs.json``: all runs of a task, oldest first; ``as_of`` is when the newest happened.

    ``metric`` is the task's, which gives losses, utilities and values their unit.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    title: str
    as_of: datetime
    runs: list[PublishedRun]
    metric: str = ""

    @property
    def unit(self) -> str:
        """The unit of losses, utilities and values; empty where nobody says."""
        return unit_of(self.metric)


@dataclass(frozen=True)
class RunLine:
    """What the page prints of a run, beside its own fields.

    ``metrics`` are name, words and number.
    """

    run: PublishedRun
    name: str
    metrics: list[tuple[str, str, str]]
    n_more_metrics: int


@dataclass(frozen=True)
class RunBoard:
    """What the page prints of a task's runs, newest first."""

    lines: list[RunLine]
    n_runs: int
    n_sealed: int
    n_again: int
    n_more: int


def published_run(run: RunView, seals: Sequence[Seal]) -> PublishedRun:
    """Return what is published of a run: no rows, no names of files, no paths."""
    return PublishedRun(
        id=run.id,
        kind=run.kind,
        created_at=run.created_at,
        model=run.model,
        metrics=run.metrics,
        seals=list(seals),
        again=[
            Again(outcome=one.outcome, record=one.record, at=one.created_at)
            for one in run.reproductions
        ],
        withdrawn=sorted({one.owner for one in run.withdrawn}),
        origin=run.origin,
        command=f"workbench reproduce {run.id[:_SHOWN]}",
    )


def make_runs(runs: Sequence[PublishedRun]) -> RunBoard:
    """Return what the page prints, newest first."""
    newest = sorted(runs, key=lambda run: (run.created_at, run.id), reverse=True)
    return RunBoard(
        lines=[_line(run) for run in newest[:_MOST_LINES]],
        n_runs=len(runs),
        n_sealed=sum(bool(run.seals) for run in runs),
        n_again=sum(bool(run.again) for run in runs),
        n_more=max(0, len(runs) - _MOST_LINES),
    )


def _line(run: PublishedRun) -> RunLine:
    shown = sorted(run.metrics.items(), key=lambda one: metric_order(one[0]))[:_MOST_METRICS]
    return RunLine(
        run=run,
        name=run.id[:_SHOWN],
        metrics=[(name, metric_words(name), _number(value)) for name, value in shown],
        n_more_metrics=len(run.metrics) - len(shown),
    )


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    is_large = value == int(value) or abs(value) >= 1_000
    return format_value(value, 0 if is_large else max(3, value_places([value], [])))


def seals_by_run(rows: Sequence[Mapping[str, object]]) -> dict[str, list[Seal]]:
    """Return the seals of each run, from rows with ``run``, ``what``, ``record`` and ``at``."""
    found: dict[str, list[Seal]] = {}
    for row in rows:
        found.setdefault(str(row["run"]), []).append(Seal.model_validate(row))
    return found
