"""How far values are off at 64, 128 and 256 evaluations, and whether their intervals know.

`python experiments/valuation_error/run.py [--smoke] [--json] [--part …]`. Games are
made from seeds (`games.py`), their true values come from enumeration, every row of
`results/*.csv` is one answer of `value_game`. `--smoke` only tries and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# One thread: answers depend on the last bits of BLAS, and timings are per core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy
import sklearn

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from games import KnownGame, data_games, structured_games  # noqa: E402
from labels import LOADERS as LABELLED  # noqa: E402
from labels import found_labels  # noqa: E402

from workbench.core.errors import InvalidInputError  # noqa: E402
from workbench.valuation import semivalue_from_table, value_game  # noqa: E402

Row = dict[str, Any]
COLUMNS = (
    "game", "n_players", "method", "budget", "seed", "n_evaluations", "squared_error",
    "covered", "answered_by", "cpu_seconds",
)  # fmt: skip
# Identical rows may leave so few coalitions that the surrogate asks all of them.
ANSWERS = ("surrogate", "exact")


def answer(game: KnownGame, method: str, budget: int, seed: int) -> Row | None:
    """Return how far one answer is off, or nothing where the method needs a larger budget."""
    truth = semivalue_from_table(game.table)
    start = time.process_time()
    try:
        values = value_game(
            game,
            game.n_players,
            method=method,
            budget=budget,
            seed=seed,
            player_sizes=game.sizes,
            same_data=game.same_data,
        )
    except InvalidInputError:
        return None
    seconds = time.process_time() - start
    # Errors below rounding count as rounding, so that geometric means exist.
    error = max(((values.value - truth) ** 2).sum() / (truth**2).sum(), 1e-12)
    return {
        "game": game.name,
        "n_players": game.n_players,
        "method": method,
        "budget": budget,
        "seed": seed,
        "n_evaluations": values.n_evaluations,
        "squared_error": float(error),
        "covered": float(((values.low <= truth) & (truth <= values.high)).mean()),
        "answered_by": values.method,
        "cpu_seconds": round(seconds, 4),
    }


def all_answers(
    games: Iterable[KnownGame], methods: list[str], budgets: list[int], seeds: list[int]
) -> Iterator[Row]:
    """Yield every method's answers to every game, as many at each budget as seeds says."""
    for game in games:
        for method in methods:
            for budget, n_seeds in zip(budgets, seeds, strict=True):
                for seed in range(n_seeds):
                    row = answer(game, method, budget, seed)
                    if row is not None:
                        yield row


def of(rows: list[Row], **wanted: Any) -> list[Row]:
    """Return the rows that have these entries."""
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def error_of(rows: list[Row]) -> float:
    """Return the geometric mean over games of the mean over seeds."""
    names = sorted({row["game"] for row in rows})
    means = [np.mean([row["squared_error"] for row in of(rows, game=name)]) for name in names]
    return float(np.exp(np.mean(np.log(means))))


def summary_of_data(rows: list[Row], methods: list[str], rivals: list[str]) -> dict[str, float]:
    """Return errors, their ratios, coverage, false alarms and seconds."""
    found: dict[str, float] = {}
    for budget in sorted({row["budget"] for row in rows}):
        at = of(rows, budget=budget)
        errors = {m: error_of(of(at, method=m)) for m in methods if of(at, method=m)}
        found |= {f"error of {method} at {budget}": error for method, error in errors.items()}
        own = errors["surrogate"]
        found[f"permutation over surrogate at {budget}"] = errors["permutation"] / own
        found[f"best rival over surrogate at {budget}"] = (
            min(errors[rival] for rival in rivals if rival in errors) / own
        )
        ours = of(at, method="surrogate")
        by_game = [
            np.mean([row["covered"] for row in of(ours, game=name)])
            for name in {row["game"] for row in ours}
        ]
        found[f"runs of surrogate at {budget}"] = len(ours)
        found[f"coverage at {budget}"] = float(np.mean([row["covered"] for row in ours]))
        found[f"coverage of the worst game at {budget}"] = float(min(by_game))
        found[f"misfit flagged at {budget}"] = float(
            np.mean([row["answered_by"] not in ANSWERS for row in ours])
        )
        found[f"cpu seconds of surrogate at {budget}"] = float(
            np.mean([row["cpu_seconds"] for row in ours])
        )
    return found


def summary_of_structured(rows: list[Row]) -> dict[str, float]:
    """Return how often misfit is flagged, and errors against antithetic permutation."""
    found: dict[str, float] = {}
    keys = sorted({(row["game"], row["n_players"], row["budget"]) for row in rows})
    for name, n_players, budget in keys:
        at = of(rows, game=name, n_players=n_players, budget=budget)
        ours, other = of(at, method="surrogate"), of(at, method="antithetic")
        where = f"{name}, {n_players} players at {budget}"
        flagged = np.mean([row["answered_by"] not in ANSWERS for row in ours])
        found[f"misfit flagged: {where}"] = float(flagged)
        if other:
            ratio = np.mean([row["squared_error"] for row in ours]) / np.mean(
                [row["squared_error"] for row in other]
            )
            found[f"error over antithetic: {where}"] = float(ratio)
    return found


def summary_of_labels(config: Row) -> dict[str, float]:
    """Return how well wrong labels are found, mean and standard deviation over seeds."""
    runs = [
        found_labels(dataset, seed, config["n_bags"] if seed < config["bag_seeds"] else 0)
        for dataset in LABELLED
        for seed in range(config["label_seeds"])
    ]
    found: dict[str, float] = {}
    for name in dict.fromkeys(name for run in runs for name in run):
        scores = [run[name] for run in runs if name in run]
        found[name] = float(np.mean(scores))
        found[f"{name}, spread over seeds"] = float(np.std(scores))
    return found


def structured_answers(config: Row) -> Iterator[Row]:
    """Yield answers to structured games, each seed another game and other choices."""
    for n_players in config["structured_players"]:
        for seed in range(config["structured_seeds"]):
            for game in structured_games(n_players, seed):
                for method in ("antithetic", "surrogate"):
                    for budget in config["budgets"][:2]:
                        row = answer(game, method, budget, seed)
                        if row is not None:
                            yield row


def write(rows: list[Row], summary: dict[str, float], part: str) -> None:
    """Write the answers, their summary and what they were computed with."""
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    if rows:
        with (results / f"{part}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    with (results / f"{part}_summary.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["what", "value"])
        lines.writerows([what, f"{value:.6g}"] for what, value in summary.items())
    versions = {
        "python": platform.python_version(), "numpy": np.__version__,
        "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }  # fmt: skip
    (results / f"{part}_versions.json").write_text(json.dumps(versions, indent=2) + "\n")


def main() -> None:
    """Run what is asked and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--part", choices=["data", "structured", "labels"])
    asked = parser.parse_args()
    configs = tomllib.loads((HERE / "config.toml").read_text())
    config, names = configs["smoke" if asked.smoke else "full"], configs["estimators"]
    summary: dict[str, float] = {}
    if asked.part in (None, "data"):
        games = data_games(config["game_seeds"], small=asked.smoke)
        rows = list(all_answers(games, names["names"], config["budgets"], config["seeds"]))
        found = summary_of_data(rows, names["names"], names["rivals"])
        summary |= found
        if not asked.smoke:
            write(rows, found, "data")
    if asked.part in (None, "structured"):
        rows = list(structured_answers(config))
        found = summary_of_structured(rows)
        summary |= found
        if not asked.smoke:
            write(rows, found, "structured")
    if asked.part in (None, "labels"):
        found = summary_of_labels(config)
        summary |= found
        if not asked.smoke:
            write([], found, "labels")
    print(
        json.dumps(summary)
        if asked.json
        else "\n".join(f"{value:12.5g}  {what}" for what, value in summary.items())
    )


if __name__ == "__main__":
    main()
