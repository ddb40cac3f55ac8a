"""Backup: the databases as they are at one moment, verified, while the server goes on.

Everything else of a home never changes once it is there; whoever owns the home copies it.
"""

import json
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import CorruptHomeError
from workbench.core.wire import BackupRequest, JobView
from workbench.ledger.log import Fault
from workbench.storage.backup import copy_sqlite
from workbench.storage.database import Database
from workbench.storage.head import heads_path
from workbench.workflows import verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

# Whoever asked for a snapshot has long copied it, or died.
_KEPT_SECONDS: Final = 24 * 3600.0


def start(home: Home, request: BackupRequest) -> JobView:
    """Start a snapshot; it lies under ``snapshots`` in the home until somebody takes it away."""
    return home.start_job("backup", None, request.model_dump(mode="json"), again=True)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Make a snapshot and verify it.

    Raises
    ------
    CorruptHomeError
        The home is damaged: a backup of it would push out a good one.
    """
    snapshots = home.settings.home / "snapshots"
    _sweep(snapshots)
    folder = snapshots / request["name"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        return _snapshot(home, folder, report)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _snapshot(home: Home, folder: Path, report: Report) -> dict[str, Any]:
    settings = replace(home.settings, home=folder)
    now = datetime.now(UTC)
    begun = time.perf_counter()
    head = home.settings.head_path
    home.database.copy_to(folder, head, heads_path(head))
    seconds = time.perf_counter() - begun
    report.check_cancelled()
    tracking = home.settings.artifacts_dir.with_name("mlflow.db")
    if tracking.is_file():
        settings.artifacts_dir.parent.mkdir()
        copy_sqlite(tracking, settings.artifacts_dir.with_name("mlflow.db"))
    # Opened like any other home: what does not open or verify is no backup.
    database = Database.open(settings.database_path)
    try:
        copy = replace(home, settings=settings, database=database)
        found = verify_home.check(copy, {"files": False}, report)
        named = verify_home.named_files(database)
        # In the copy this very job still runs; who restores it has no use for another snapshot.
        ended = {
            "id": report.job,
            "state": "cancelled",
            "result": None,
            "problem": None,
            "now": now,
        }
        database.write(lambda tx: tx.execute("finish_job", ended))
    finally:
        database.close()
    if found["first_bad"] is not None or isinstance(named, Fault):
        bad = found["first_bad"] or {"found": "files that nobody can name", "wanted": ""}
        raise CorruptHomeError(
            f"the home is damaged, and was not backed up: {bad['found']}",
            wanted=bad["wanted"],
            next_step="workbench verify names the first bad entry; restore the last good backup",
        )
    (folder / "named.json").write_text(json.dumps(sorted(named)))
    return {
        "created_at": now.isoformat(timespec="microseconds"),
        "origin": found["origin"],
        "size": found["size"],
        "root": found["root"],
        "paused_ms": round(1000 * seconds),
    }


def _sweep(snapshots: Path) -> None:
    if not snapshots.is_dir():
        return
    for left in snapshots.iterdir():
        if time.time() - left.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
