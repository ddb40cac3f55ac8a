"""Twelve owners of speak-nahuatl at budget 64: minutes, intervals, kills, workers.

`python experiments/twelve_owners/run.py [--smoke] [--json]` values the same owners three times,
each time in a home of its own: with two workers, with one, and with two that are killed in the
middle with their server and client. All three must tell the same bytes. `--smoke` compares the
last two on a small made-up table and writes nothing. Texts are read, never written to `results/`.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

# One thread: the other core is a worker's.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from matplotlib.figure import Figure

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from homes import Question, Told, run  # noqa: E402
from scenes import nahuatl_of_twelve, table_of_twelve  # noqa: E402

from workbench.client.study import Study  # noqa: E402
from workbench.core.settings import Settings  # noqa: E402

RESULTS = HERE / "results"
TWO, ONE, KILLED = "two workers", "one worker", "two workers, killed in the middle"
PACKAGES = ("numpy", "scipy", "torch", "transformers", "duckdb", "elotl", "matplotlib")


def main() -> None:
    """Run the study three times, print numbers, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small table; write nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    told = smoke_runs() if asked.smoke else full_runs()
    found = answers(told)
    if not asked.smoke:
        write(told)
    if asked.json:
        print(json.dumps(found))
    else:
        for question, answer in found.items():
            print(f"{question:<68} {answer:>10,.5g}")
    if not found["equal"]:
        sys.exit("the runs differ: see the column digest")


def full_runs() -> dict[str, Told]:
    """Return what each of the three runs told."""
    with tempfile.TemporaryDirectory(prefix="twelve-") as name:
        cache_dir = Settings.from_environment().cache_dir
        question = Question(nahuatl_of_twelve(), 64, Path(name), cache_dir)
        return {
            TWO: run(question, "two", n_workers=2, on_study=draw),
            ONE: run(question, "one", n_workers=1),
            KILLED: run(question, "killed", n_workers=2, kill_at=20),
        }


def smoke_runs() -> dict[str, Told]:
    """Return what one worker, and two that are killed, told of a small table."""
    with tempfile.TemporaryDirectory(prefix="twelve-") as name:
        question = Question(table_of_twelve(), 40, Path(name), Path(name) / "cache")
        return {
            ONE: run(question, "one", n_workers=1),
            KILLED: run(question, "killed", n_workers=2, kill_at=8),
        }


def answers(told: dict[str, Told]) -> dict[str, float]:
    """Return the figures, and whether all runs told the same."""
    found: dict[str, float] = {"equal": int(len({one.answer for one in told.values()}) == 1)}
    for name, one in told.items():
        found[f"{name}: wall seconds"] = round(one.wall_seconds, 1)
        found[f"{name}: wall seconds of the valuation"] = round(one.value_seconds, 1)
        found[f"{name}: CPU seconds of server and workers"] = round(one.cpu_seconds, 1)
        found[f"{name}: evaluations"] = one.n_evaluations
    found[f"{KILLED}: utilities stored before"] = told[KILLED].n_stored_at_kill
    found[f"{KILLED}: workers left behind"] = told[KILLED].n_left_behind
    values = told[ONE].values
    found["owners"] = len(values)
    found["owners with an interval"] = sum(v["low"] < v["value"] < v["high"] for v in values)
    return found


def write(told: dict[str, Told]) -> None:
    """Write values, figures and versions."""
    RESULTS.mkdir(exist_ok=True)
    _write_table("values.csv", told[TWO].values)
    rows: list[dict[str, Any]] = [
        {
            "run": name,
            "n_workers": one.n_workers,
            "wall_seconds": round(one.wall_seconds, 1),
            "value_seconds": round(one.value_seconds, 1),
            "cpu_seconds": round(one.cpu_seconds, 1),
            "n_evaluations": one.n_evaluations,
            "n_stored_at_kill": one.n_stored_at_kill,
            "n_left_behind": one.n_left_behind,
            "digest": one.digest,
        }
        for name, one in told.items()
    ]
    _write_table("summary.csv", rows)
    versions = {"python": platform.python_version()}
    versions |= {name: importlib.metadata.version(name) for name in PACKAGES}
    (RESULTS / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


def draw(study: Study) -> None:
    """Draw the values with their intervals, and how they moved."""
    RESULTS.mkdir(exist_ok=True)
    for name, plot in (("values", study.plot), ("convergence", study.plot_convergence)):
        figure = Figure(figsize=(7.5, 4.5), layout="constrained", facecolor="white")
        plot(figure.subplots())
        figure.savefig(RESULTS / f"{name}.png", dpi=90)


def _write_table(name: str, rows: list[dict[str, Any]]) -> None:
    with (RESULTS / name).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
