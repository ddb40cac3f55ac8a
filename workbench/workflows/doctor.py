"""Doctor: what the server sees of its home, and how to mend what is wrong."""

import shutil
from typing import Final

from workbench.core.wire import Check
from workbench.storage.backup import restored_note
from workbench.storage.upgrade import kept_before_upgrades
from workbench.workflows.home import Home
from workbench.workflows.sweep import find_unnamed

_LEAST_FREE_BYTES: Final = 2 * 2**30


def checks(home: Home) -> list[Check]:
    """Return the state of database, log, disk, MLflow logging, workers and jobs."""
    looks = (_database, _log, _disk, _files, _tracking, _models, _jobs)
    return [look(home) for look in looks]


def _database(home: Home) -> Check:
    [count] = home.database.read("count_records")
    found = f"{count['n_records']} signed records"
    if kept := kept_before_upgrades(home.settings.home):
        found += f"; as it was before its last upgrade: {kept[-1]}"
    return Check(name="database", state="ok", found=found)


def _log(home: Home) -> Check:
    fault = home.heads.fault
    found = "it is the one whose head was signed" if fault is None else fault.found
    if note := restored_note(home.settings.home):
        lost = "an unknown number" if note["lost"] is None else f"{note['lost']:,}"
        found += (
            f"; restored at {note['restored_at']} from a backup of {note['size']:,} entries, "
            f"{lost} were lost"
        )
    return Check(
        name="log",
        state="ok" if fault is None else "failed",
        found=found,
        next_step="" if fault is None else "workbench verify, then restore a backup of the home",
    )


def _disk(home: Home) -> Check:
    free = shutil.disk_usage(home.settings.home).free
    enough = free >= _LEAST_FREE_BYTES
    return Check(
        name="disk",
        state="ok" if enough else "warning",
        found=f"{free / 2**30:.1f} GiB free for the home",
        next_step="" if enough else "free some space: 2 GiB are wanted",
    )


def _tracking(home: Home) -> Check:
    pending = len(home.database.read("pending_runs"))
    return Check(
        name="mlflow",
        state="warning" if pending else "ok",
        found=f"{pending} runs wait to be logged" if pending else "every run is logged",
        next_step="start the tracking server, then restart ours: workbench server stop"
        if pending
        else "",
    )


def _models(home: Home) -> Check:
    folders = [path for path in home.settings.models_dir.iterdir() if path.is_dir()]
    return Check(name="base models", state="ok", found=f"{len(folders)} in the cache")


def _files(home: Home) -> Check:
    unnamed = find_unnamed(home)
    n_files = len(unnamed.due) + unnamed.n_young
    found = f"{n_files} that nothing names, {unnamed.n_bytes / 2**20:,.1f} MiB"
    if unnamed.due:
        found += f"; {len(unnamed.due)} of them go when the server starts next"
    return Check(name="files", state="ok", found=found)


def _jobs(home: Home) -> Check:
    return Check(name="jobs", state="ok", found=f"{home.jobs.n_running} running")
