"""How many coalitions a CPU second the cheap utilities evaluate, and whether they are right.

`python experiments/cheap_utilities/run.py [--smoke] [--json]`; one thread, CPU seconds. Rivals
are measured in turns in the same run, since other work on a machine disturbs them alike.
`--smoke` only tries and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

# One thread: what a worker has.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.core.jobs import JobContext, JobSpec
from workbench.training import ridge_utility
from workbench.training.linear_game import Learner, LinearGame, utilities
from workbench.training.logistic import LogisticLearner
from workbench.training.ngram_parameters import NgramParameters
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular import scores
from workbench.training.tabular_model import fit
from workbench.training.tabular_rows import Table, TabularParameters
from workbench.training.text_features import text_table

HERE = Path(__file__).parent
N_OWNERS: Final = 10
N_ROWS: Final = 400
Answers = dict[str, float]


def main() -> None:
    """Measure, print a table or ``--json``, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    answers: Answers = {}
    for found in measure(smoke=asked.smoke):
        answers |= found
    if not asked.smoke:
        write(answers)
    if asked.json:
        print(json.dumps(answers))
    else:
        for question, answer in answers.items():
            print(f"{question:<76} {answer:>12,.5g}")


def measure(*, smoke: bool) -> Iterator[Answers]:
    """Yield the answers of one part after another."""
    turns = 1 if smoke else 5
    for n_features in (10, 30):
        features, labels = load_breast_cancer(return_X_y=True)
        name = f"breast cancer, {n_features} features"
        table = Table(features[:, :n_features], labels)
        yield tabular_answers(name, table, 60 if smoke else 1023, 10 if smoke else 60, turns)
    digits = Table(*load_digits(return_X_y=True))
    name = "digits, 10 classes, 64 features"
    yield tabular_answers(name, digits, 10 if smoke else 200, 2 if smoke else 40, turns)
    yield whole_job(100 if smoke else 1024)
    yield text_answers(40 if smoke else 4000)


def tabular_answers(
    name: str, table: Table, n_coalitions: int, n_plain: int, turns: int
) -> Answers:
    """Return speeds and agreement on one table, dealt out to owners by seed."""
    rng = np.random.default_rng(0)
    order = rng.permutation(len(table))
    table = Table(table.features[order], table.labels[order])
    owners = [
        Table(table.features[k:N_ROWS:N_OWNERS], table.labels[k:N_ROWS:N_OWNERS])
        for k in range(N_OWNERS)
    ]
    test = Table(table.features[N_ROWS:600], table.labels[N_ROWS:600])
    n_classes = int(table.labels.max()) + 1
    masks = rng.permutation(np.arange(1, 2**N_OWNERS))[:n_coalitions]
    members = (masks[:, None] >> np.arange(N_OWNERS) & 1).astype(bool)
    unions = [
        Table.joined([owners[k] for k in np.flatnonzero(chosen)]) for chosen in members[:n_plain]
    ]
    game = LinearGame.of(owners, test, n_classes, "accuracy")
    learners: dict[str, Learner] = {
        "ridge": RidgeLearner(game, 1.0),
        "logistic": LogisticLearner(game),
    }
    parameters = TabularParameters(classes=[str(k) for k in range(n_classes)], metric="accuracy")

    def batched(learner: Learner) -> Callable[[], NDArray[np.float64]]:
        return lambda: utilities(learner, members, 8)[0]

    def plain() -> NDArray[np.float64]:
        return np.array([scores(fit(union, parameters), test)[1] for union in unions])

    scaled = [StandardScaler().fit_transform(union.features) for union in unions]

    def bare() -> NDArray[np.float64]:
        for features, union in zip(scaled, unions, strict=True):
            LogisticRegression().fit(features, union.labels)
        return np.zeros(len(unions))

    work = {kind: batched(learner) for kind, learner in learners.items()}
    work |= {"tabular-utility": plain, "scikit-learn's fit alone": bare}
    seconds, found = in_turns(work, turns)
    speed = {kind: len(found[kind]) / seconds[kind] for kind in work}
    far = np.abs(found["logistic"][:n_plain] - found["tabular-utility"])
    answers = {f"{name}: coalitions a CPU second, {kind}": s for kind, s in speed.items()}
    answers[f"{name}: logistic over tabular-utility"] = speed["logistic"] / speed["tabular-utility"]
    answers[f"{name}: logistic over scikit-learn's fit alone"] = (
        speed["logistic"] / speed["scikit-learn's fit alone"]
    )
    answers[f"{name}: mean difference of logistic accuracies"] = float(far.mean())
    answers[f"{name}: largest difference of logistic accuracies"] = float(far.max())
    far = np.abs(found["logistic"][:n_plain] - to_the_end(unions, test))
    answers[f"{name}: largest, scikit-learn's tolerance 1e-8"] = float(far.max())
    for kind, learner in learners.items():
        answers[f"{name}: coalitions of {kind} with other bits in other batches"] = sum(
            other_bits(learner, members, found[kind], size) for size in (7, 64)
        )
    return answers


def to_the_end(unions: list[Table], test: Table) -> NDArray[np.float64]:
    """Return accuracies of scikit-learn's regressions, followed much further than usual."""
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8, max_iter=10_000))
    return np.array(
        [model.fit(u.features, u.labels).score(test.features, test.labels) for u in unions]
    )


def other_bits(
    learner: Learner, members: NDArray[np.bool_], together: NDArray[np.float64], size: int
) -> int:
    """Return how many of the coalitions, shuffled into batches of a size, change a bit."""
    order = np.random.default_rng(size).permutation(len(members))
    parts = [
        utilities(learner, members[order[k : k + size]], 8)[0] for k in range(0, len(order), size)
    ]
    return int((np.concatenate(parts) != together[order]).sum())


def in_turns(
    work: dict[str, Callable[[], NDArray[np.float64]]], turns: int
) -> tuple[dict[str, float], dict[str, NDArray[np.float64]]]:
    """Return the median CPU seconds of each, taken in turns, and what they return."""
    taken: dict[str, list[float]] = {kind: [] for kind in work}
    found = {kind: do() for kind, do in work.items()}
    for _ in range(turns):
        for kind, do in work.items():
            taken[kind].append(cpu_seconds(do))
    return {kind: float(np.median(seconds)) for kind, seconds in taken.items()}, found


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of doing it once."""
    start = time.process_time()
    work()
    return time.process_time() - start


def whole_job(n_coalitions: int) -> Answers:
    """Return the speed of a whole ``ridge-utility`` job: reading, evaluating and telling."""
    features, labels = load_breast_cancer(return_X_y=True)
    classes = ["malignant", "benign"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {}
        for k in range(N_OWNERS):
            part = range(k, N_ROWS, N_OWNERS)
            inputs[f"rows:{k}:0"] = written(folder / f"{k}.jsonl", features, labels, part, classes)
        test = range(N_ROWS, len(labels))
        inputs["test"] = written(folder / "test.jsonl", features, labels, test, classes)
        players = [
            {"position": k, "owner": str(k), "rows": [f"rows:{k}:0"]} for k in range(N_OWNERS)
        ]
        coalitions = [str(mask) for mask in range(n_coalitions)]
        parameters = {"classes": classes, "players": players, "coalitions": coalitions}
        told: list[str] = []
        context = JobContext(
            spec=JobSpec("ridge-utility", {}, parameters),
            inputs=inputs,
            output=folder,
            cache=folder,
            emit=lambda event: told.append(json.dumps(event)),
            cancelled=lambda: False,
        )
        seconds = cpu_seconds(lambda: ridge_utility.run(context))
    return {
        "a whole job of ridge-utility, 30 features: coalitions a CPU second": len(told) / seconds
    }


def written(
    path: Path,
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    part: range,
    classes: list[str],
) -> Path:
    """Write canonical rows and return where they are."""
    rows = ({"features": features[k].tolist(), "label": classes[labels[k]]} for k in part)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def text_answers(n_rows: int) -> Answers:
    """Return rows a CPU second of n-grams, computed and taken from the cache."""
    rng = np.random.default_rng(0)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    words = ["".join(rng.choice(letters, size=rng.integers(2, 10))) for _ in range(2000)]
    lines = [
        json.dumps({"text": " ".join(rng.choice(words, size=20)), "label": "ab"[k % 2]}) + "\n"
        for k in range(n_rows)
    ]
    parameters = NgramParameters(classes=["a", "b"])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.jsonl"
        path.write_text("".join(lines))
        seconds = [
            cpu_seconds(lambda: text_table(path, "rows:a:0", parameters, Path(name) / "cache"))
            for _ in range(2)
        ]
    return {
        "texts of 20 words: rows a CPU second, uncached": n_rows / seconds[0],
        "texts of 20 words: rows a CPU second, cached": n_rows / seconds[1],
        "texts of 20 words: cached over uncached": seconds[0] / seconds[1],
    }


def write(answers: Answers) -> None:
    """Write the answers and what they were computed with."""
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    with (results / "summary.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["what", "value"])
        lines.writerows([what, f"{value:.6g}"] for what, value in answers.items())
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }
    (results / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
