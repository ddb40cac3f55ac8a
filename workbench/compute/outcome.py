"""What a job leaves behind, read as the work of a stranger."""

import json
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from workbench.compute.folder import MAX_RESULT_BYTES
from workbench.core.errors import JobError, WorkbenchError

LOG_LINES: Final = 20
_LOG_BYTES: Final = 64 * 2**10
_LOG_LINE_LETTERS: Final = 500


@dataclass(frozen=True)
class Outcome:
    """A finished job.

    Attributes
    ----------
    result : JSON object that the recipe returned.
    output : path inside the output folder → file; there until ``discard``.
    seconds : wall-clock time the job ran, without waiting for a worker.
    folder : the job's folder.
    """

    result: dict[str, Any]
    output: dict[str, Path]
    seconds: float
    folder: Path

    def discard(self) -> None:
        """Delete the job's folder, and the output with it."""
        discard_folder(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


def read_outcome(folder: Path, seconds: float) -> Outcome | None:
    """Return a folder's outcome; None when the job left neither result nor problem.

    Raises
    ------
    WorkbenchError
        What the recipe raised, of its own class, with the end of the log among its facts.
    JobError
        The outcome is not what a worker of ours writes.
    """
    problem = _read_json(folder / "problem.json")
    if problem is not None:
        raise WorkbenchError.from_problem(problem)
    result = _read_json(folder / "result.json")
    if result is None:
        return None
    return Outcome(result, output_files(folder / "output"), seconds, folder)


def output_files(output: Path) -> dict[str, Path]:
    """Return the files below a folder by their relative paths; all must be plain files.

    Raises
    ------
    JobError
        There is a link, a pipe, a device, or a file with a second name elsewhere: reading it
        could hand out, and deleting it destroy, what is not the job's.
    """
    found: dict[str, Path] = {}
    folders = [output]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                path = Path(entry.path)
                name = path.relative_to(output).as_posix()
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(path)
                elif stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
                    found[name] = path
                else:
                    raise JobError(
                        f"the job's output {name!r} is no plain file",
                        wanted="plain files, no links",
                    )
    return found


def log_tail(folder: Path) -> list[str]:
    """Return the last lines that the job printed, at most ``LOG_LINES``."""
    try:
        with _open_plain(folder / "log.txt") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LOG_BYTES))
            text = file.read(_LOG_BYTES).decode(errors="replace")
    except OSError:
        return []
    return [line[:_LOG_LINE_LETTERS] for line in text.splitlines()[-LOG_LINES:]]


def discard_folder(folder: Path) -> None:
    """Delete a job's folder; what its links point to stays."""
    shutil.rmtree(folder, ignore_errors=True)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        with _open_plain(path) as file:
            content = file.read(MAX_RESULT_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JobError(f"the job's {path.name} is no plain file") from error
    if len(content) > MAX_RESULT_BYTES:
        raise JobError(f"the job's {path.name} has more than {MAX_RESULT_BYTES:,} bytes")
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise JobError(f"the job's {path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise JobError(f"the job's {path.name} is a {type(value).__name__}, no JSON object")
    return value


def _open_plain(path: Path) -> Any:
    # Neither follows a link nor waits for the writer of a pipe.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no plain file")
    return os.fdopen(descriptor, "rb")
