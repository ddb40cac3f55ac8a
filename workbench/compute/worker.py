"""A worker process: it runs the jobs whose folders it is told, one after the other.

``python -m workbench.compute.worker FOLDER`` runs one job from its folder and nothing else:
the exit status is 0 with a ``result.json``, 1 with a ``problem.json``, 2 for a wrong command.
"""

import argparse
import contextlib
import json
import os
import queue
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from workbench.compute.environment import WORKER_ENVIRONMENT
from workbench.compute.folder import run_folder
from workbench.compute.recipes import RECIPES

END: Final = b""
"""The message after a job's last event; an event is never empty."""

MAX_FILE_BYTES: Final = 8 * 2**30
"""The largest file a job may write: a base model of 2 billion float32 parameters."""


def serve(connection: Connection, recipes: Mapping[str, str]) -> None:
    """Run jobs until the other end of the connection is closed.

    The parent sends folders; the worker answers with each event's JSON and then ``END``.
    """
    os.setsid()  # Ctrl-C in the server's terminal is not meant for us; a kill takes our children.
    limit_process()
    folders: queue.SimpleQueue[Path] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, folders), daemon=True).start()
    while True:
        run_folder(folders.get(), recipes=recipes, on_event=connection.send_bytes)
        connection.send_bytes(END)


def _listen(connection: Connection, folders: "queue.SimpleQueue[Path]") -> None:
    # A thread of its own, because a server that is killed in the middle of a job must not leave
    # us behind. PR_SET_PDEATHSIG would not do: it fires when the server's thread ends that
    # happened to start us, not when the server does.
    try:
        while True:
            folders.put(Path(os.fsdecode(connection.recv_bytes())))
    except (EOFError, OSError):
        os.killpg(os.getpgrp(), signal.SIGKILL)


def limit_process() -> None:
    """Leave no core dumps, write no endless file, and be the first to go when memory ends."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    most = MAX_FILE_BYTES if hard == resource.RLIM_INFINITY else min(MAX_FILE_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    score = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError):  # no Linux, or a container that forbids it
        score.write_text("500")


def main(arguments: list[str] | None = None) -> int:
    """Run the job of one folder."""
    parser = argparse.ArgumentParser(
        prog="python -m workbench.compute.worker", description="Run one job from its folder."
    )
    parser.add_argument("folder", type=Path, help="a folder with a job.json")
    parser.add_argument(
        "--recipe",
        action="append",
        default=[],
        metavar="NAME=MODULE:FUNCTION",
        help="a recipe besides the built-in ones",
    )
    options = parser.parse_args(arguments)
    folder: Path = options.folder.absolute()
    if not (folder / "job.json").is_file():
        parser.error(f"{folder} has no job.json")
    if any((folder / name).exists() for name in ("result.json", "problem.json")):
        parser.error(f"{folder} has an outcome already")
    for name, value in WORKER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    limit_process()
    extra = dict(text.split("=", 1) for text in options.recipe if "=" in text)
    run_folder(folder, recipes={**RECIPES, **extra})
    outcome = folder / "result.json"
    if outcome.exists():
        sys.stdout.write(f"{outcome}\n")
        return 0
    problem = json.loads((folder / "problem.json").read_bytes())
    sys.stderr.write(f"{problem['title']}: {problem['detail']}\n{folder / 'problem.json'}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
