"""How long the engine itself takes: the surrogate, an evaluation that costs nothing, SQL.

`python experiments/valuation_speed/run.py [--smoke] [--json]`. CPU seconds; wall seconds where
two cores work. `--smoke` only tries and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# One thread: the goals are per core. Only DuckDB may take two.
os.environ["OMP_NUM_THREADS"] = "1"

import duckdb
import numpy as np
import scipy
from numpy.typing import NDArray

from workbench.valuation import value_game

HERE = Path(__file__).parent
Facts = Iterator[tuple[str, float]]
WIDTH = 1.959963984540054


def surrogate(sizes: list[list[int]], n_repeats: int) -> Facts:
    """Yield seconds and memory of the whole estimator and of its last step alone."""
    for n_players, budget in sizes:
        for kind in ("equal", "unequal"):
            where = f"surrogate, {n_players} players, {budget} evaluations, {kind} sizes"
            with tempfile.TemporaryDirectory() as folder:
                path = str(Path(folder) / "coalitions.npy")
                for what, label in (("whole", "value_game"), ("last", "fit, values, intervals")):
                    asked = [what, str(n_players), str(budget), kind, path]
                    runs = [_in_a_process(asked) for _ in range(n_repeats)]
                    seconds = [run["cpu_seconds"] for run in runs]
                    yield f"{where}: {label}, cpu seconds, best", min(seconds)
                    yield f"{where}: {label}, cpu seconds, median", float(np.median(seconds))
                    megabytes = max(run["megabytes"] for run in runs)
                    yield f"{where}: {label}, MB more at the peak", megabytes


def _in_a_process(asked: list[str]) -> dict[str, float]:
    """Return what `surrogate.py` measured in a fresh process."""
    command = [sys.executable, str(HERE / "surrogate.py"), *asked]
    found: dict[str, float] = json.loads(subprocess.check_output(command))  # noqa: S603 our code
    if not found["is_surrogate"]:
        sys.exit(f"another estimator answered {asked}, so nothing was measured")
    return found


def overhead(sizes: list[list[int]], n_repeats: int) -> Facts:
    """Yield microseconds that an evaluation costs when its utility is free."""
    for method in ("permutation", "antithetic"):
        for n_players, budget in sizes:
            worth = np.random.default_rng(0).random(n_players)

            def utility(
                coalitions: NDArray[np.bool_], worth: NDArray[np.float64] = worth
            ) -> NDArray[np.float64]:
                return np.sqrt(coalitions @ worth)

            runs = []
            for _ in range(n_repeats):
                start = time.process_time()
                values = value_game(utility, n_players, method=method, budget=budget)
                runs.append(1e6 * (time.process_time() - start) / values.n_evaluations)
            where = f"{method}, {n_players} players, {values.n_evaluations} evaluations"
            yield f"overhead of {where}: µs an evaluation, median", float(np.median(runs))


def marginals(n_marginals: int, n_players: int, n_repeats: int) -> Facts:
    """Yield seconds from stored marginal contributions to values, errors and ranks."""
    rng = np.random.default_rng(0)
    player = rng.integers(0, n_players, n_marginals).astype(np.int32)
    marginal = rng.normal(player / n_players, 1.0)
    connection = duckdb.connect(config={"threads": 2})
    connection.register("rows", {"player": player, "marginal": marginal})
    connection.execute("create table marginal as select * from rows")
    query = (HERE / "values.sql").read_text()
    wall, cpu, by_numpy = [], [], []
    for _ in range(n_repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        by_sql = connection.execute(query, {"width": WIDTH}).fetchnumpy()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
        start_cpu = time.process_time()
        value, error, rank = _by_numpy(player, marginal, n_players)
        by_numpy.append(time.process_time() - start_cpu)
    order = by_sql["player"]
    what = f"{n_marginals:,} marginals"
    yield f"{what}, SQL on two threads: wall seconds, best", min(wall)
    yield f"{what}, SQL on two threads: wall seconds, median", float(np.median(wall))
    yield f"{what}, SQL on two threads: cpu seconds, median", float(np.median(cpu))
    yield f"{what}, numpy on one thread: cpu seconds, median", float(np.median(by_numpy))
    off = max(
        abs(by_sql["value"] - value[order]).max(),
        abs(by_sql["standard_error"] - error[order]).max(),
    )
    yield f"{what}, largest difference of SQL and numpy", float(off)
    yield f"{what}, ranks that differ", int((by_sql["rank"] != rank[order]).sum())


def _by_numpy(
    player: NDArray[np.int32], marginal: NDArray[np.float64], n_players: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return values, standard errors and ranks by sums over players."""
    count = np.bincount(player, minlength=n_players)
    value = np.bincount(player, marginal, n_players) / count
    away = marginal - value[player]
    variance = np.bincount(player, away * away, n_players) / (count - 1)
    rank = np.empty(n_players, dtype=np.int64)
    rank[np.argsort(-value)] = np.arange(1, n_players + 1)
    return value, np.sqrt(variance / count), rank


def measure(config: dict[str, Any]) -> Facts:
    """Yield every question with its answer."""
    yield from surrogate(config["surrogate"], config["n_repeats"])
    yield from overhead(config["overhead"], config["n_repeats"])
    yield from marginals(config["n_marginals"], config["n_players"], config["n_repeats"])


def write(answers: dict[str, float]) -> None:
    """Write the answers and what they were computed with."""
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "speed.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["what", "value"])
        lines.writerows([what, f"{value:.4g}"] for what, value in answers.items())
    versions = {
        "python": platform.python_version(), "numpy": np.__version__,
        "scipy": scipy.__version__, "duckdb": duckdb.__version__,
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }  # fmt: skip
    (results / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


def main() -> None:
    """Measure, print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    configs = tomllib.loads((HERE / "config.toml").read_text())
    answers = dict(measure(configs["smoke" if asked.smoke else "full"]))
    if not asked.smoke:
        write(answers)
    print(
        json.dumps(answers)
        if asked.json
        else "\n".join(f"{value:12.5g}  {what}" for what, value in answers.items())
    )


if __name__ == "__main__":
    main()
