"""Recipes that do what training does, until their worker dies in the middle of it."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.jobs import Event, JobContext, JobSpec
from workbench.training import causal_lm


def tune_and_die(context: JobContext) -> dict[str, Any]:
    """Fine-tune; the first attempt is killed as it tells of the step named in a file."""
    return causal_lm.run(replace(context, emit=_Deadly(context)))


class _Deadly:
    """Passes events on, and ends the process at the step that a file of the cache names."""

    def __init__(self, context: JobContext) -> None:
        self._emit = context.emit
        self._order = context.cache / "die-at"

    def __call__(self, event: Event) -> None:
        """Pass an event on, or die."""
        self._emit(event)
        if event["type"] != "metric" or not self._order.exists():
            return
        if event["step"] == int(self._order.read_text()):
            self._order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def orders_to_die(cache: Path, step: int) -> None:
    """Have the next training that uses this cache die at a step."""
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "die-at").write_text(str(step))


def undisturbed(spec: JobSpec) -> JobSpec:
    """Return the same training for workers that live."""
    return replace(spec, recipe="causal-lm")
