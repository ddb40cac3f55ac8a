"""How well other libraries do on the same games, and how fast their KNN-Shapley is.

`python experiments/valuation_peers/run.py --setup [--python PATH]` once: it makes the peers'
environments in the user's cache. Then `run.py [--json] [--part errors|slow|knn]`. `--smoke`
needs no peer, tries our own side on small games and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Any

# One thread: answers depend on the last bits of BLAS, and timings are per core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import scipy

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "valuation_error")]

from distinct import CountedGame, within  # noqa: E402
from environments import run_in, set_up, versions_of  # noqa: E402
from games import KnownGame, data_games  # noqa: E402

from workbench.valuation import knn_shapley, semivalue_from_table, value_game  # noqa: E402

Row = dict[str, Any]
COLUMNS = (
    "game", "library", "method", "budget", "seed", "n_distinct", "told", "squared_error",
    "cpu_seconds",
)  # fmt: skip
OURS = "ours"


def row_of(game: KnownGame, library: str, answer: Row) -> Row:
    """Return how far one answer is off."""
    truth = semivalue_from_table(game.table)
    off = ((np.array(answer["values"]) - truth) ** 2).sum() / (truth**2).sum()
    # Errors below rounding count as rounding, so that geometric means exist.
    found = answer | {"library": library, "squared_error": float(max(off, 1e-12))}
    found["cpu_seconds"] = round(found["cpu_seconds"], 3)
    return {column: found[column] for column in COLUMNS}


def our_answers(games: list[KnownGame], budgets: list[int], n_seeds: int) -> list[Row]:
    """Return the surrogate's answers."""
    rows = []
    for game in games:
        for budget in budgets:
            for seed in range(n_seeds):
                counted = CountedGame(game.table)
                start = time.process_time()
                values = value_game(
                    counted,
                    game.n_players,
                    method="surrogate",
                    budget=budget,
                    seed=seed,
                    player_sizes=game.sizes,
                )
                answer = {
                    "game": game.name, "method": "surrogate", "budget": budget, "seed": seed,
                    "values": values.value, "n_distinct": counted.n_distinct, "told": budget,
                    "cpu_seconds": time.process_time() - start,
                }  # fmt: skip
                rows.append(row_of(game, OURS, answer))
    return rows


def peer_answers(
    name: str, peer: Row, games: list[KnownGame], asked: Row, methods: list[str]
) -> list[Row]:
    """Return a peer's answers, asked for in its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder) / "questions.json", Path(folder) / "answers.json"
        tables = {game.name: str(Path(folder) / f"{g}.npy") for g, game in enumerate(games)}
        for game in games:
            np.save(tables[game.name], game.table)
        facts = {"tables": tables, "methods": methods}
        facts |= {key: asked[key] for key in ("budgets", "seeds")}
        questions.write_text(json.dumps(facts))
        run_in(name, peer, str(questions), str(answers))
        found = json.loads(answers.read_text())
    by_name = {game.name: game for game in games}
    return [row_of(by_name[answer["game"]], name, answer) for answer in found]


def error_of(rows: list[Row]) -> float:
    """Return the geometric mean over games of the mean over seeds."""
    names = sorted({row["game"] for row in rows})
    means = [np.mean([r["squared_error"] for r in rows if r["game"] == name]) for name in names]
    return float(np.exp(np.mean(np.log(means))))


def summary_of(rows: list[Row]) -> dict[str, float]:
    """Return every method's error and how many times ours each library's best is."""
    found: dict[str, float] = {}
    n_games = len({row["game"] for row in rows})
    for budget in sorted({row["budget"] for row in rows}):
        at = [row for row in rows if row["budget"] == budget]
        errors: dict[tuple[str, str], float] = {}
        for key in dict.fromkeys((row["library"], row["method"]) for row in at):
            own = [row for row in at if (row["library"], row["method"]) == key]
            # Where a method has no answer within the budget for some game, it has no error.
            if len({row["game"] for row in own}) == n_games:
                errors[key] = error_of(own)
                where = f"{key[0]}: {key[1]} at {budget}"
                found[f"error, {where}"] = errors[key]
                found[f"cpu seconds, {where}"] = float(np.mean([r["cpu_seconds"] for r in own]))
        ours = errors[OURS, "surrogate"]
        for library in dict.fromkeys(library for library, _ in errors if library != OURS):
            best = min(error for key, error in errors.items() if key[0] == library)
            found[f"best of {library} over ours at {budget}"] = best / ours
    return found


def knn_facts(sizes: Row, peer: Row | None) -> dict[str, float]:
    """Return CPU seconds of exact KNN-Shapley, ours and the peer's, and how far they differ."""
    rng = np.random.default_rng(0)
    table: dict[str, Any] = {}
    for part in ("train", "test"):
        n_rows = sizes[f"n_{part}"]
        table[f"x_{part}"] = rng.normal(size=(n_rows, sizes["n_features"]))
        table[f"y_{part}"] = rng.integers(0, 2, n_rows).astype(np.float64)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        ours = knn_shapley(**table, n_neighbors=sizes["n_neighbors"])
        seconds.append(time.process_time() - start)
    # The median: the machine is shared, and pyDVL's minute averages over what disturbs it.
    found = {"KNN-Shapley, cpu seconds of ours": float(np.median(seconds))}
    if peer is not None:
        with tempfile.TemporaryDirectory() as folder:
            rows, answer = Path(folder) / "rows.npz", Path(folder) / "answer.npz"
            np.savez(rows, allow_pickle=False, **table)
            run_in("pydvl", peer, str(rows), str(answer), str(sizes["n_neighbors"]))
            theirs = np.load(answer)
            found["KNN-Shapley, cpu seconds of pyDVL"] = float(theirs["cpu_seconds"])
            found["KNN-Shapley, pyDVL over ours"] = float(
                theirs["cpu_seconds"] / found["KNN-Shapley, cpu seconds of ours"]
            )
            found["KNN-Shapley, largest difference"] = float(abs(theirs["values"] - ours).max())
    return found


def write(rows: list[Row], summary: dict[str, float], part: str, peers: Row) -> None:
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
    versions: Row = {
        "ours": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
        },
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }
    for name, peer in peers.items():
        packages = [text.split("==")[0] for text in peer["requires"]]
        versions[name] = versions_of(name, [*packages, "numpy", "scipy", "scikit-learn"])
    (results / f"{part}_versions.json").write_text(json.dumps(versions, indent=2) + "\n")


def smoke_facts(config: Row) -> dict[str, float]:
    """Return our own side on small games, without a peer."""
    games, (budget,) = data_games(config["game_seeds"], small=True), config["budgets"]

    def counted(game: CountedGame, effort: int, seed: int) -> np.ndarray:
        return value_game(
            game, game.n_players, method="permutation", budget=effort, seed=seed
        ).value

    found = within(counted, games[0].table, budget, 0, [*range(12, 2 * budget)])
    assert found is not None  # noqa: S101, the smallest effort of these fits
    summary = summary_of(our_answers(games, [budget], config["seeds"]))
    summary["distinct evaluations of permutation"] = found[1]
    return summary | knn_facts(config["knn"], None)


def full_facts(configs: Row, parts: list[str]) -> dict[str, float]:
    """Run what is asked against the peers and write the results."""
    config, peers, slow = configs["full"], configs["peers"], configs["slow"]
    summary: dict[str, float] = {}
    if "errors" in parts:
        games = data_games(config["game_seeds"])
        rows = our_answers(games, config["budgets"], config["seeds"])
        for name, peer in peers.items():
            rows += peer_answers(name, peer, games, config, peer["names"])
        found = summary_of(rows)
        write(rows, found, "errors", peers)
        summary |= found
    if "slow" in parts:
        made = data_games(slow["game_seeds"])
        games = [made[g] for g in slow["games"]]
        asked = config | {"seeds": slow["seeds"]}
        rows = our_answers(games, asked["budgets"], asked["seeds"])
        rows += peer_answers("shapiq", peers["shapiq"], games, asked, slow["names"])
        found = summary_of(rows)
        write(rows, found, "slow", {"shapiq": peers["shapiq"]})
        summary |= {f"slow, {what}": value for what, value in found.items()}
    if "knn" in parts:
        found = knn_facts(config["knn"], peers["pydvl"])
        write([], found, "knn", {"pydvl": peers["pydvl"]})
        summary |= found
    return summary


def main() -> None:
    """Run what is asked and print the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, no peer, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--setup", action="store_true", help="make the peers' environments")
    parser.add_argument("--python", help="interpreter to make them with")
    parser.add_argument("--part", choices=["errors", "slow", "knn"])
    asked = parser.parse_args()
    configs = tomllib.loads((HERE / "config.toml").read_text())
    if asked.setup:
        for name, peer in configs["peers"].items():
            set_up(name, peer, asked.python)
        return
    parts = [asked.part] if asked.part else ["errors", "slow", "knn"]
    summary = smoke_facts(configs["smoke"]) if asked.smoke else full_facts(configs, parts)
    print(
        json.dumps(summary)
        if asked.json
        else "\n".join(f"{value:12.5g}  {what}" for what, value in summary.items())
    )


if __name__ == "__main__":
    main()
