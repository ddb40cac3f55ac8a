"""Recipes that do what training does, until something happens to it in the middle.

A file in the cache says what and at which step; it is gone once that has happened.
"""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.jobs import Event, JobContext
from workbench.training import causal_lm

_ORDER = "order.txt"


def give_order(cache: Path, what: str, step: int) -> None:
    """Have the next training that uses this cache ``die`` or ``wait`` at a step."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / _ORDER).write_text(f"{what} {step}")


def tune(context: JobContext) -> dict[str, Any]:
    """Fine-tune as ``causal-lm`` does, with a checkpoint after every step, and obey orders."""
    places = context.checkpoints and replace(context.checkpoints, seconds=0.0)
    return causal_lm.run(replace(context, emit=_Obedient(context), checkpoints=places))


class _Obedient:
    """Passes events on, and obeys as it has told of the step of an order."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._order = context.cache / _ORDER

    def __call__(self, event: Event) -> None:
        """Pass an event on; the checkpoint of its step is not written yet."""
        self._context.emit(event)
        if event["type"] != "metric" or not self._order.exists():
            return
        what, step = self._order.read_text().split()
        if event["step"] != int(step):
            return
        self._order.unlink()
        if what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        pause = threading.Event()
        while not (self._context.cancelled() or self._context.stopping()):
            pause.wait(0.01)
