"""Recipes for the executor's tests; between them they do everything a job should not do."""

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from workbench.core.errors import NotFoundError
from workbench.core.jobs import JobContext

_STATE: dict[str, Any] = {"n_jobs": 0}


def echo(context: JobContext) -> dict[str, Any]:
    """Give back what arrived, one event and one file an input."""
    _STATE["n_jobs"] += 1
    for i, (name, path) in enumerate(sorted(context.inputs.items()), start=1):
        context.progress(i, len(context.inputs), name)
        (context.output / f"copy-{i}.txt").write_bytes(path.read_bytes())
    return {"parameters": context.spec.parameters, "seed": str(context.spec.seed)}


def where(_: JobContext) -> dict[str, Any]:
    """Tell in which process the job runs, and what that process has."""
    _STATE["n_jobs"] += 1
    return {
        "pid": os.getpid(),
        "n_jobs": _STATE["n_jobs"],
        "environment": dict(os.environ),
        "open_files": [
            str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()
        ],
        "numpy_was_imported": "numpy" in sys.modules,
    }


def count(context: JobContext) -> dict[str, Any]:
    """Send numbered events."""
    for i in range(context.spec.parameters["n_events"]):
        context.emit({"type": "number", "number": i})
    return {}


def wait(context: JobContext) -> dict[str, Any]:
    """Say that it runs, then wait until a file is there or the job is cancelled."""
    context.emit({"type": "started", "pid": os.getpid()})
    gate = Path(context.spec.parameters["gate"])
    pause = threading.Event()
    while not gate.exists():
        context.check_cancelled()
        pause.wait(0.01)
    return {"pid": os.getpid()}


def die_once(context: JobContext) -> dict[str, Any]:
    """Die as if the kernel had ended the process, unless a marker tells that it did before."""
    marker = Path(context.spec.parameters["marker"])
    context.emit({"type": "number", "number": 0})
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    context.emit({"type": "number", "number": 1})
    return {"pid": os.getpid()}


def die(context: JobContext) -> dict[str, Any]:
    """Die each time."""
    with Path(context.spec.parameters["count"]).open("a") as file:
        file.write("x")
    os.write(1, b"the last words\n")
    os._exit(3)


def hog(context: JobContext) -> dict[str, Any]:
    """Take memory, in a child process if asked to, and keep it."""
    if context.spec.parameters["in_child"]:
        program = "import signal; block = bytearray(400 * 2**20); signal.pause()"
        child = subprocess.Popen([sys.executable, "-c", program])
        context.emit({"type": "started", "pid": child.pid})
        child.wait()
    block = bytearray(400 * 2**20)
    signal.pause()
    return {"n": len(block)}


def loop(context: JobContext) -> dict[str, Any]:
    """Ignore every wish to stop."""
    context.emit({"type": "started", "pid": os.getpid()})
    while True:
        pass


def refuse(context: JobContext) -> dict[str, Any]:
    """Raise an error of ours, a path among its facts."""
    sys.stdout.write("looking\n")
    raise NotFoundError(
        "no such row", wanted="a row", next_step="look again", row=7, path=context.output
    )


def fail(_: JobContext) -> dict[str, Any]:
    """Print, then raise an error that is not ours."""
    for i in range(30):
        sys.stdout.write(f"line {i}\n")
    os.write(2, b"from a C library\n")
    raise ValueError("seven is no colour")


def raise_named(context: JobContext) -> dict[str, Any]:
    """Raise one of the errors that stand for a cause."""
    error = context.spec.parameters["error"]
    if error == "exit":
        sys.exit(0)
    if error == "memory":
        raise MemoryError
    if error == "torch memory":
        import torch

        torch.empty(2**60)
    if error == "gpu memory":
        import torch

        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
    if error == "rust full":
        from safetensors import SafetensorError

        # Its words on a full disk. Never save to a device: the file takes the device's place.
        raise SafetensorError("I/O error: No space left on device (os error 28)")
    if error == "rust long":
        from safetensors.torch import save_file
        from torch import zeros

        resource.setrlimit(
            resource.RLIMIT_FSIZE, (30_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
        )
        save_file({"a": zeros(10_000)}, context.output / "long.safetensors")
    if error == "full":
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")
    if error == "long":
        with (context.output / "long.bin").open("wb") as file:
            file.truncate(2**40)
    return {}


def return_named(context: JobContext) -> Any:
    """Return what no recipe may return."""
    return {
        "list": [1],
        "nan": {"loss": float("nan")},
        "path": {"path": context.output},
        "long": {"text": "x" * (17 * 2**20)},
    }[context.spec.parameters["what"]]


def emit_named(context: JobContext) -> dict[str, Any]:
    """Send what no recipe may send."""
    events: dict[str, Any] = {
        "list": [1],
        "untyped": {"loss": 1.0},
        "nan": {"type": "metric", "loss": float("nan")},
        "long": {"type": "note", "message": "x" * (2 * 2**20)},
    }
    context.emit(events[context.spec.parameters["what"]])
    return {}


def leave(context: JobContext) -> dict[str, Any]:
    """Leave something in the output folder that is no plain file."""
    target = Path(context.spec.parameters["target"])
    path = context.output / "folder"
    path.mkdir()
    (path / "plain.txt").write_text("plain")
    what = context.spec.parameters["what"]
    if what == "link":
        (path / "odd").symlink_to(target)
    if what == "folder-link":
        (path / "odd").symlink_to(target.parent, target_is_directory=True)
    if what == "second-name":
        os.link(target, path / "odd")
    if what == "pipe":
        os.mkfifo(path / "odd")
    return {}


def fake_outcome(context: JobContext) -> dict[str, Any]:
    """Put a link where the result belongs, and go."""
    folder = context.output.parent
    (folder / "result.json").symlink_to(context.spec.parameters["target"])
    os._exit(0)


def keep_memory(_: JobContext) -> dict[str, Any]:
    """Keep memory after the job is done."""
    _STATE["block"] = bytearray(120 * 2**20)
    return {"pid": os.getpid()}
