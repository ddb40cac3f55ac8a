"""What a fine-tune was predicted to cost, and what it did cost."""

import time
from collections.abc import Callable
from typing import Final

import psutil
from scene import Lab

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings

SIZES: Final = ("quick", "standard")


def predicted(lab: Lab, n_workers: int, peak_of: Callable[[Settings], int]) -> dict[str, float]:
    """Return real over predicted seconds and memory, each predicted right before it starts.

    A cold cache at first; the server starts anew for each, so that its workers' memory is
    that of the one training.
    """
    settings = lab.settings("predicted", n_workers)
    lab.set_up(settings)
    answers: dict[str, float] = {}
    for size in SIZES:
        with Bench.on(settings, quiet=True) as bench:
            table = bench.sizes(lab.scene.task).frame.set_index("size").loc[size]
        stop_server(settings)
        with Bench.on(settings, quiet=True) as bench:
            began = time.perf_counter()
            run = bench.train(lab.scene.task, size)
            wall = time.perf_counter() - began
            peak = peak_of(settings)
        stop_server(settings)
        seconds = float(run.view.details["seconds"])
        answers |= {
            f"{size}: seconds predicted": float(table["seconds"]),
            f"{size}: seconds of the worker": seconds,
            f"{size}: seconds from asking to the run, server start included": wall,
            f"{size}: real over predicted seconds": seconds / float(table["seconds"]),
            f"{size}: within the predicted range (1 is yes)": float(
                table["seconds_low"] <= seconds <= table["seconds_high"]
            ),
            f"{size}: real over predicted memory": peak / float(table["memory_bytes"]),
        }
    return answers | {"load of the machine at the end": psutil.getloadavg()[0]}
