"""Publish: write what viewers may read, as self-contained pages, Parquet and JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import ConflictError, DiskFullError
from workbench.core.wire import EpochView, TaskView
from workbench.pages import (
    Checking,
    PublishedModels,
    all_html,
    index_document,
    index_entry,
    index_html,
    leaderboard_document,
    leaderboard_html,
    models_document,
    payouts_html,
    read_index,
    runs_html,
    task_html,
    why_document,
    why_html,
    why_name,
)
from workbench.pages.board import MOST_DRAWN
from workbench.storage.published import parquet
from workbench.workflows.home import Home
from workbench.workflows.pay import list_epochs
from workbench.workflows.prove import SignedLog
from workbench.workflows.settle import HOLD, settlement_entry
from workbench.workflows.stories import list_published_runs, tell_story
from workbench.workflows.tasks import list_tasks
from workbench.workflows.why import EpochReasons

_INDEX: Final = "index.json"


def publish(home: Home) -> list[str]:
    """Write the pages of every task; return their paths, relative to the published folder.

    The same state gives the same bytes: pages are dated by the newest of what they show, not by
    the clock.

    Raises
    ------
    CorruptHomeError
        The log is not the one that was signed: no page can show what was paid.
    """
    return _publish(home, {task.id: True for task in list_tasks(home)})


def publish_due(home: Home) -> list[str]:
    """Write again the pages of tasks that were published and whose money has moved since.

    An epoch was closed, disputed, decided or settled; or a proposal was merged, its bounty
    settled or rolled back. The server asks for it once a second, and
    so it happens whoever did it, and after a crash. A mirror's pages are its origin's.
    """
    path = home.settings.published_dir / _INDEX
    if not home.heads.may_grow or not path.is_file():
        return []
    changed = _changes(home)
    shown = {task.id: task.changed_at for task in read_index(path.read_bytes(), _INDEX).tasks}
    stale = {task: shown[task] != changed.get(task) for task in shown}
    return _publish(home, stale) if any(stale.values()) else []


def _changes(home: Home) -> dict[str, datetime]:
    return {row["task"]: row["changed_at"] for row in home.database.read("newest_changes")}


def _publish(home: Home, stale: Mapping[str, bool]) -> list[str]:
    """Write the index of these tasks, and the pages of those that are stale."""
    pages = _Pages(home, home.settings.published_dir)
    changed = _changes(home)
    entries: list[dict[str, Any]] = []
    as_of = datetime.fromtimestamp(0, UTC)
    for task in (one for one in list_tasks(home) if one.id in stale):
        epochs = list_epochs(home, task.id)
        last = epochs[-1] if epochs else None
        about: dict[str, Any] = {"title": task.title, "metric": str(task.spec["metric"])}
        about |= {"epoch": last, "changed_at": changed.get(task.id)}
        entries.append(index_entry(task.id, **about))
        as_of = max(as_of, task.created_at if last is None else _changed_at(last))
        if stale[task.id]:
            pages.write_task(task, epochs)
    pages.write(_INDEX, _json(index_document(entries, as_of)))
    pages.write("index.html", index_html(entries, as_of))
    return pages.written


@dataclass
class _Pages:
    """What is written in one go.

    Attributes
    ----------
    home : what it is read from.
    root : the published folder.
    written : paths so far, relative to the folder.
    """

    home: Home
    root: Path
    written: list[str] = field(default_factory=list)

    @cached_property
    def log(self) -> SignedLog:
        """The log, read once, when the first payout has to be proven."""
        return SignedLog.of(self.home)

    def write_task(self, task: TaskView, epochs: list[EpochView]) -> None:
        """Write the pages of a task, those of its money once an epoch was closed."""
        runs = list_published_runs(self.home, task)
        story = tell_story(self.home, task, epochs, runs)
        self.write(f"{task.id}/task.json", _json(story.model_dump(mode="json")))
        self.write(f"{task.id}/task.html", task_html(story))
        self.write(f"{task.id}/runs.json", _json(runs.model_dump(mode="json")))
        self.write(f"{task.id}/runs.html", runs_html(runs, has_epoch=bool(epochs)))
        if epochs:
            self._write_money(task, epochs)

    def _write_money(self, task: TaskView, epochs: list[EpochView]) -> None:
        last, folder = epochs[-1], task.id
        models = _models(self.home, task)
        closed = _changed_at(last)
        as_of = closed if models is None else max(closed, models.created_at)
        about: dict[str, Any] = {"title": task.title, "metric": str(task.spec["metric"])}
        compared = about | {"as_of": as_of, "models": models}
        self.write(f"{folder}/leaderboard.json", _json(leaderboard_document(last, **compared)))
        self.write(f"{folder}/leaderboard.parquet", _parquet(epochs))
        page = leaderboard_html(last, **compared, reasons=True)
        self.write(f"{folder}/leaderboard.html", page)
        check = self._checking(last)
        about |= {"as_of": closed, "reasons": True, "check": check}
        self.write(f"{folder}/proof.json", _json(check.proof))
        self.write(f"{folder}/payouts.html", payouts_html(last, **about))
        if len(last.payouts) > MOST_DRAWN:
            self.write(f"{folder}/all.html", all_html(last, **about))
        else:
            # Of an earlier epoch, which had more.
            (self.root / folder / "all.html").unlink(missing_ok=True)
        self._write_reasons(EpochReasons.of(self.home, last), task.title, check)

    def _checking(self, epoch: EpochView) -> Checking:
        """Return how an epoch's pages check what the ledger did last of it."""
        log = self.log
        proof = log.prove_entry(settlement_entry(epoch.id)) or log.prove_entry(epoch.id)
        kind = None if proof is None else json.loads(proof["entry"])["entry"]["kind"]
        wanted = {"final": "payout", "void": "void"}.get(epoch.state, HOLD)
        if kind != wanted:
            # It was written a moment ago, or the head could not be.
            raise ConflictError(
                f"the signed log does not hold the {wanted} of epoch {epoch.number} yet",
                wanted="a head over the newest entry",
                next_step="publish again; if it is the same, workbench verify",
            )
        page = "all.html" if len(epoch.payouts) > MOST_DRAWN else "payouts.html"
        return Checking(epoch.id, kind, proof, page=page)

    def _write_reasons(self, reasons: EpochReasons, title: str, check: Checking) -> None:
        """Write a page and its JSON for each payout line; those of earlier epochs stay."""
        epoch = reasons.epoch
        for row in sorted(epoch.payouts, key=lambda row: row.owner):
            why = reasons.of_owner(row.owner)
            name = f"{epoch.task}/why/{why_name(why)}"
            page = why_html(why, epoch, title=title, as_of=_changed_at(epoch), check=check)
            self.write(f"{name}.html", page)
            self.write(f"{name}.json", _json(why_document(why)))

    def write(self, name: str, content: str | bytes) -> None:
        """Put a file in its place, readable for whoever reaches the folder."""
        path = self.root / name
        partial = path.with_name(f".{path.name}.partial")
        try:
            for folder in (path.parent.parent, path.parent):
                if not folder.exists():
                    folder.mkdir(parents=True)
                    folder.chmod(0o755)
            partial.write_bytes(content.encode() if isinstance(content, str) else content)
            # Viewers are other people, whatever the server's umask keeps from them.
            partial.chmod(0o644)
            # A reader sees the old page or the new one, never half of it.
            partial.replace(path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise DiskFullError(
                f"{name} cannot be published: {error.strerror}", next_step="free some space"
            ) from error
        self.written.append(name)


def _models(home: Home, task: TaskView) -> PublishedModels | None:
    """Return the models of the task's newest comparison."""
    rows = home.database.read("newest_comparison", {"task": task.id})
    if not rows:
        return None
    [row] = rows
    details, at = json.loads(row["details"]), row["created_at"]
    return models_document(row["id"], details, created_at=at, champion=task.champion)


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
