"""A recipe that does what its task says, or what no recipe should do when a file asks for it."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from workbench.core.jobs import JobContext

_ORDER = "misbehave.txt"


def misbehave(cache: Path, how: str) -> None:
    """Have the trainings that use this cache go wrong, until it is ``""``."""
    (cache / _ORDER).write_text(how)


def tune(context: JobContext) -> dict[str, Any]:
    """Make a small model, or go wrong as the file says."""
    order = context.cache / _ORDER
    how = order.read_text() if order.exists() else ""
    sys.stdout.write(f"about to {how or 'work'}\n")
    sys.stdout.flush()
    if how == "exit":
        os._exit(7)
    if how.startswith("SIG"):
        os.kill(os.getpid(), signal.Signals[how])
    if how == "raise MemoryError":
        raise MemoryError("no room for the rows")
    if how == "take all memory":
        block = bytearray(600 * 2**20)
        signal.pause()
        return {"n": len(block)}
    if how == "fill the disk":
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")
    if how == "wait":
        context.emit({"type": "note", "message": "waiting"})
        while (context.cache / _ORDER).read_text() == "wait":
            context.check_cancelled()
            signal.sigtimedwait([], 0.01)
    (context.output / "model.json").write_bytes(b"{}")
    return {"model_digest": "0" * 64, "metrics": {"loss": 1.0, "base_loss": 2.0}}
