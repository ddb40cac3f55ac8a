"""A job's folder: all that a job reads and writes, on any machine, in any process.

.. code-block:: text

    job.json       the specification, canonical: its SHA-256 is the job's id
    inputs/0 …     links to the inputs, in the order of their names; names never become paths
    cache          link to the folder of features that jobs share
    output/        the files the recipe makes
    events.jsonl   one event a line
    log.txt        what the recipe and its libraries printed
    pid            the process that runs it
    cancel         there when somebody asked the job to stop
    stop           there when somebody asked its training to end early
    resume.json    where the job keeps what it goes on from; without it, it starts over
    result.json    what the recipe returned, or
    problem.json   why it did not
"""

import contextlib
import errno
import io
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from workbench.compute.recipes import RECIPES, load_recipe
from workbench.core.canonical import canonical_bytes
from workbench.core.errors import (
    DiskFullError,
    JobError,
    MemoryLimitError,
    TooLargeError,
    WorkbenchError,
)
from workbench.core.jobs import CheckpointPlace, Event, JobContext, JobSpec

MAX_EVENT_BYTES: Final = 2**20
MAX_RESULT_BYTES: Final = 16 * 2**20
# How Rust libraries (safetensors, tokenizers) tell of the system's errors.
_RUST_ERROR: Final = re.compile(r"\(os error (\d+)\)")


def create_folder(
    folder: Path,
    spec: JobSpec,
    inputs: Mapping[str, Path],
    cache_dir: Path,
    checkpoints: CheckpointPlace | None = None,
) -> None:
    """Lay out an existing empty folder for a job.

    Parameters
    ----------
    inputs : name → file or folder, for every name in ``spec.inputs``.
    cache_dir : made when missing.
    checkpoints : where the job finds what it goes on from; made when missing.
    """
    cache_dir.mkdir(parents=True, exist_ok=True)
    (folder / "inputs").mkdir()
    (folder / "output").mkdir()
    (folder / "cache").symlink_to(cache_dir.resolve(), target_is_directory=True)
    for name, path in _input_paths(folder, spec).items():
        path.symlink_to(inputs[name].resolve())
    if checkpoints is not None:
        checkpoints.folder.mkdir(parents=True, exist_ok=True)
        place = {"folder": str(checkpoints.folder.resolve()), "seconds": checkpoints.seconds}
        (folder / "resume.json").write_bytes(canonical_bytes(place))
    (folder / "job.json").write_bytes(canonical_bytes(spec.to_json()))


def run_folder(
    folder: Path,
    *,
    recipes: Mapping[str, str] = RECIPES,
    on_event: Callable[[bytes], None] | None = None,
) -> None:
    """Run the job of a folder in this process and leave ``result.json`` or ``problem.json``.

    Parameters
    ----------
    folder : laid out by ``create_folder``.
    recipes : the allow list.
    on_event : called with each event's JSON as it is written.
    """
    (folder / "pid").write_text(f"{os.getpid()}\n")
    with _printing_to(folder / "log.txt"):
        try:
            result = _run(folder, recipes, on_event)
        except WorkbenchError as error:
            problem = error
        except MemoryError as error:
            traceback.print_exc()
            problem = _out_of_memory(error)
        except OSError as error:
            traceback.print_exc()
            problem = _from_os_error(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the boundary of foreign code:
            # whatever a recipe or its libraries raise becomes this job's problem, not the worker's.
            traceback.print_exc()
            problem = _from_library(error)
        else:
            _write_atomically(folder / "result.json", result)
            return
        _write_atomically(folder / "problem.json", _encode_problem(problem))


def _run(
    folder: Path, recipes: Mapping[str, str], on_event: Callable[[bytes], None] | None
) -> bytes:
    spec = JobSpec.from_json(json.loads((folder / "job.json").read_bytes()))
    recipe = load_recipe(spec.recipe, recipes)
    with (folder / "events.jsonl").open("ab", buffering=0) as events:
        lock = threading.Lock()

        def emit(event: Event) -> None:
            line = _encode(event, "an event", MAX_EVENT_BYTES)
            with lock:
                events.write(line + b"\n")
                if on_event is not None:
                    on_event(line)

        result = recipe(
            JobContext(
                spec=spec,
                inputs=_input_paths(folder, spec),
                output=folder / "output",
                cache=(folder / "cache").resolve(),
                emit=emit,
                cancelled=(folder / "cancel").exists,
                stopping=(folder / "stop").exists,
                checkpoints=_checkpoints(folder),
            )
        )
    return _encode(result, f"the result of the recipe {spec.recipe!r}", MAX_RESULT_BYTES)


def _checkpoints(folder: Path) -> CheckpointPlace | None:
    path = folder / "resume.json"
    if not path.exists():
        return None
    place = json.loads(path.read_bytes())
    return CheckpointPlace(Path(place["folder"]), place["seconds"])


def _input_paths(folder: Path, spec: JobSpec) -> dict[str, Path]:
    return {name: folder / "inputs" / str(i) for i, name in enumerate(sorted(spec.inputs))}


def _encode(value: Any, what: str, max_bytes: int) -> bytes:
    if not isinstance(value, dict):
        raise JobError(f"{what} is a {type(value).__name__}", wanted="a JSON object")
    try:
        encoded = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise JobError(
            f"{what} is not JSON: {error}",
            wanted="strings, booleans, null, finite numbers, lists and objects",
        ) from error
    if len(encoded) > max_bytes:
        raise JobError(
            f"{what} has {len(encoded):,} bytes",
            wanted=f"at most {max_bytes:,} bytes; more belongs into a file of the output",
        )
    return encoded


def _encode_problem(problem: WorkbenchError) -> bytes:
    # An error must arrive even when somebody put a path or an array among its facts.
    return json.dumps(problem.to_problem(), default=str).encode(errors="replace")


def _from_os_error(error: OSError) -> WorkbenchError:
    return _from_errno(error.errno, error) or JobError(f"the recipe failed: {_last_line(error)}")


def _from_errno(number: int | None, error: BaseException) -> WorkbenchError | None:
    if number in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(
            f"no space is left for the job's files: {_last_line(error)}",
            next_step="free some space and start the job again",
        )
    if number == errno.EFBIG:
        return TooLargeError(f"a file of the job grew past the limit: {_last_line(error)}")
    return None


def _from_library(error: BaseException) -> WorkbenchError:
    """Return the error for what a library raised; torch and safetensors have their own words."""
    said = str(error)
    if type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in said:
        return _out_of_memory(error)
    told = _RUST_ERROR.search(said)
    known = _from_errno(int(told[1]), error) if told else None
    return known or JobError(f"the recipe failed: {_last_line(error)}")


def _out_of_memory(error: BaseException) -> MemoryLimitError:
    return MemoryLimitError(
        f"memory ran out: {_last_line(error)[:500]}",
        wanted="a job that fits into the memory that is free",
        next_step="lower max_tokens or batch_rows, cut each step with accumulate, choose a "
        "smaller base model, or run fewer workers (WORKBENCH_WORKERS)",
    )


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip()


def _write_atomically(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


@contextlib.contextmanager
def _printing_to(path: Path) -> Iterator[None]:
    """Send what is printed meanwhile, by C libraries too, to a file."""
    # Line by line, so that the log has Python's lines and others' in the order of their making.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    saved = os.dup(1), os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    _flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    try:
        yield
    finally:
        _flush()
        for target, descriptor in enumerate(saved, start=1):
            os.dup2(descriptor, target)
            os.close(descriptor)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
