"""Publish: write what viewers may read, as self-contained pages, Parquet and JSON."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.core.errors import DiskFullError
from workbench.core.wire import EpochView, TaskView
from workbench.pages import (
    PublishedModels,
    index_document,
    index_entry,
    index_html,
    leaderboard_document,
    leaderboard_html,
    models_document,
    payouts_html,
    why_document,
    why_html,
    why_name,
)
from workbench.storage.published import parquet
from workbench.workflows.home import Home
from workbench.workflows.pay import list_epochs
from workbench.workflows.tasks import list_tasks
from workbench.workflows.why import EpochReasons


def publish(home: Home) -> list[str]:
    """Write the pages of every task with a closed epoch; return their paths.

    Paths are relative to the published folder. The same state gives the same bytes: pages
    are dated by the newest of what they show, not by the clock.
    """
    root = home.settings.published_dir
    written: list[str] = []
    entries: list[dict[str, Any]] = []
    as_of = datetime.fromtimestamp(0, UTC)
    for task in list_tasks(home):
        metric = str(task.spec["metric"])
        epochs = list_epochs(home, task.id)
        last = epochs[-1] if epochs else None
        entries.append(index_entry(task.id, title=task.title, metric=metric, epoch=last))
        as_of = max(as_of, task.created_at if last is None else _changed_at(last))
        if epochs:
            models = _models(home, task)
            written += _publish_task(root, task.title, metric, epochs, models)
            written += _publish_reasons(root, EpochReasons.of(home, epochs[-1]), task.title)
    written.append(_write(root, "index.json", _json(index_document(entries, as_of))))
    written.append(_write(root, "index.html", index_html(entries, as_of)))
    return written


def _models(home: Home, task: TaskView) -> PublishedModels | None:
    """Return the models of the task's newest comparison."""
    rows = home.database.read("newest_comparison", {"task": task.id})
    if not rows:
        return None
    [row] = rows
    details, at = json.loads(row["details"]), row["created_at"]
    return models_document(row["id"], details, created_at=at, champion=task.champion)


def _publish_task(
    root: Path,
    title: str,
    metric: str,
    epochs: list[EpochView],
    models: PublishedModels | None,
) -> list[str]:
    last = epochs[-1]
    closed = _changed_at(last)
    as_of = closed if models is None else max(closed, models.created_at)
    about: dict[str, Any] = {"title": title, "metric": metric, "as_of": as_of, "models": models}
    board = leaderboard_document(last, **about)
    board_page = leaderboard_html(last, **about, reasons=True)
    payouts_page = payouts_html(last, title=title, metric=metric, as_of=closed, reasons=True)
    return [
        _write(root, f"{last.task}/leaderboard.json", _json(board)),
        _write(root, f"{last.task}/leaderboard.parquet", _parquet(epochs)),
        _write(root, f"{last.task}/leaderboard.html", board_page),
        _write(root, f"{last.task}/payouts.html", payouts_page),
    ]


def _publish_reasons(root: Path, reasons: EpochReasons, title: str) -> list[str]:
    """Write a page and its JSON for each payout line of an epoch; those of earlier ones stay."""
    epoch = reasons.epoch
    written = []
    for row in sorted(epoch.payouts, key=lambda row: row.owner):
        why = reasons.of_owner(row.owner)
        name = f"{epoch.task}/why/{why_name(why)}"
        page = why_html(why, epoch, title=title, as_of=_changed_at(epoch))
        written.append(_write(root, f"{name}.html", page))
        written.append(_write(root, f"{name}.json", _json(why_document(why))))
    return written


def _changed_at(epoch: EpochView) -> datetime:
    """Return when an epoch became what it is."""
    moments = [epoch.created_at]
    moments += [epoch.final_at] if epoch.state == "final" and epoch.final_at else []
    moments += [one.decided_at or one.created_at for one in epoch.disputes]
    return max(moments)


def _parquet(epochs: list[EpochView]) -> bytes:
    rows = [
        {"task": epoch.task, "epoch": epoch.number, "state": epoch.state}
        | payout.model_dump()
        | {"amount": int(payout.amount)}
        for epoch in epochs
        for payout in epoch.payouts
    ]
    return parquet(rows)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _write(root: Path, name: str, content: str | bytes) -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        # A reader sees the old page or the new one, never half of it.
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DiskFullError(
            f"{name} cannot be published: {error.strerror}", next_step="free some space"
        ) from error
    return name
