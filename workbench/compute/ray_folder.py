"""A folder for each process that runs jobs, so that none deletes what another still needs."""

import os
import tempfile
from pathlib import Path

import psutil

from workbench.compute.outcome import discard_folder


def own_folder(parent: Path) -> Path:
    """Return a new folder of this process, and delete those of processes that are gone.

    A killed process leaves the folders of its jobs; nobody else would look for them.

    Parameters
    ----------
    parent : made when missing; holds nothing else.
    """
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in parent.glob("[0-9]*-*"):
        if not psutil.pid_exists(int(folder.name.partition("-")[0])):
            discard_folder(folder)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))
