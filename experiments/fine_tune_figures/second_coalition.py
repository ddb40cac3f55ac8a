"""What a second coalition's training spends its time on, in one worker's process."""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from scene import Lab

from workbench.core.jobs import JobContext, JobSpec
from workbench.training import causal_lm_utility

_REPETITIONS: Final = 5


def second_coalition(lab: Lab) -> dict[str, float]:
    """Return the shares of a coalition's time that are not optimiser steps.

    Everything is cached, as after the first coalition of a study: that one, of all owners,
    comes before in the same worker. Medians of several coalitions.
    """
    watched = _Watched(causal_lm_utility.fine_tune)
    causal_lm_utility.fine_tune = watched  # type: ignore[assignment]  (only watched)
    ends: list[float] = []
    try:
        causal_lm_utility.run(_context(lab, lambda _event: ends.append(time.perf_counter())))
    finally:
        causal_lm_utility.fine_tune = watched.plain
    spans = list(itertools.pairwise(ends))[-_REPETITIONS:]
    whole = np.array([end - begin for begin, end in spans])
    steps = np.array(watched.steps[-_REPETITIONS:])
    trainings = np.array(watched.trainings[-_REPETITIONS:])
    return {
        "second coalition: seconds, evaluation included": float(np.median(whole)),
        "second coalition: share of its training not in steps": float(
            np.median(1 - steps / trainings)
        ),
        "second coalition: share not in steps, evaluation included": float(
            np.median(1 - steps / whole)
        ),
    }


class _Watched:
    """``fine_tune`` with a clock: seconds of each call, and of its steps."""

    def __init__(self, plain: Callable[..., None]) -> None:
        self.plain = plain
        self.trainings: list[float] = []
        self.steps: list[float] = []

    def __call__(self, *given: Any) -> None:
        *others, parameters, seed, on_step = given
        at: list[float] = []

        def listen(step: int, loss: float, n_tokens: int) -> None:
            at.append(time.perf_counter())
            on_step(step, loss, n_tokens)

        began = time.perf_counter()
        self.plain(*others, parameters, seed, listen)
        self.trainings.append(time.perf_counter() - began)
        # The first step starts with the training; the others tell how long a step takes.
        self.steps.append((at[-1] - at[0]) * len(at) / max(len(at) - 1, 1))


def _context(lab: Lab, on_utility: Callable[[dict[str, Any]], None]) -> JobContext:
    folder = lab.folder / "second"
    (folder / "output").mkdir(parents=True)
    inputs = {"base": lab.models_dir / lab.base.digest, "test": folder / "test"}
    _write(inputs["test"], lab.scene.test)
    owners = list(lab.scene.owners)
    for owner in owners:
        inputs[f"rows:{owner}:0"] = folder / owner
        _write(inputs[f"rows:{owner}:0"], lab.scene.owners[owner])
    everybody = 2 ** len(owners) - 1
    others = [everybody ^ 1 << k for k in range(len(owners))] + [everybody]
    recipe = {
        name: value
        for name, value in lab.scene.rules["recipe"].items()
        if name not in {"prompts", "new_tokens"}
    }
    parameters = recipe | {
        "players": [
            {"position": k, "owner": owner, "rows": [f"rows:{owner}:0"]}
            for k, owner in enumerate(owners)
        ],
        "coalitions": [str(mask) for mask in [everybody, *(others * 2)[:_REPETITIONS]]],
    }
    return JobContext(
        spec=JobSpec("causal-lm-utility", {"base": f"model:{lab.base.digest}"}, parameters),
        inputs=inputs,
        output=folder / "output",
        cache=folder / "cache",
        emit=lambda event: on_utility(event) if event["type"] == "utility" else None,
        cancelled=lambda: False,
    )


def _write(path: Path, rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
