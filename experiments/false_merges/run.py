"""How often do equal models merge, and how often does a better one? ``--smoke`` only tries.

Models are simulated: what they lose on an item is drawn. The gate is the real one.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import numpy as np

from workbench.registry.merge_gate import GateRule, Verdict, judge
from workbench.registry.paired_losses import PairedLosses

# Long after the merge: the margin is at its end, where it stops the fewest.
ELAPSED = timedelta(days=30)
RULE = GateRule()
N_ITEMS = 1_000
WRONG = 0.3
SWITCHING = 0.1
Draw = Callable[[np.random.Generator, float], PairedLosses]


def accuracy(rng: np.random.Generator, less: float) -> PairedLosses:
    """Return answers of two classifiers, 30 % wrong, that disagree on a tenth of the items.

    The challenger is wrong ``less`` of the champion's errors less often, on average.
    """
    # Items that only one model has right: both ways alike if models are equal.
    lost = (SWITCHING - WRONG * less) / 2
    won = lost + WRONG * less
    kinds = rng.choice(4, N_ITEMS, p=[1 - WRONG - lost, lost, won, WRONG - won])
    champion, challenger = np.isin(kinds, (2, 3)), np.isin(kinds, (1, 3))
    whole = [one[None].astype(np.int64) * 1_000_000 for one in (champion, challenger)]
    return _paired("accuracy", *whole, np.ones(N_ITEMS, dtype=np.int64), N_ITEMS, rng)


def documents(rng: np.random.Generator, less: float, n_documents: int = 200) -> PairedLosses:
    """Return losses on documents of some texts, which the models find hard in different ways.

    A document is easier for one model or the other by 10 %, a text by 20 % (standard deviations).
    """
    parts = rng.integers(5, 60, N_ITEMS)
    hard = 2.5e6 * rng.lognormal(0, 0.3, N_ITEMS)
    champion, challenger = (
        np.rint(parts * hard * part * _taste(rng, n_documents)).astype(np.int64)[None]
        for part in (1, 1 - less)
    )
    return _paired("loss", champion, challenger, parts, n_documents, rng)


def _taste(rng: np.random.Generator, n_documents: int) -> np.ndarray:
    by_document = np.repeat(rng.normal(0, 0.1, n_documents), N_ITEMS // n_documents)
    return np.maximum(1 + by_document + rng.normal(0, 0.2, N_ITEMS), 0.1)


def seeds(rng: np.random.Generator, less: float) -> PairedLosses:
    """Return losses of eight seeds: each moves a model's loss by 1 % and an item's by 5 %.

    There are 200 documents, which nobody finds harder than others.
    """
    parts = rng.integers(5, 60, N_ITEMS)
    hard = 2.5e6 * rng.lognormal(0, 0.3, N_ITEMS)
    both = []
    for part in (1, 1 - less):
        moved = 1 + rng.normal(0, 0.01, (8, 1)) + rng.normal(0, 0.05, (8, N_ITEMS))
        both.append(np.rint(parts * hard * part * np.maximum(moved, 0.1)).astype(np.int64))
    return _paired("loss", *both, parts, 200, rng)


def _paired(
    metric: str,
    champion: np.ndarray,
    challenger: np.ndarray,
    parts: np.ndarray,
    n_documents: int,
    rng: np.random.Generator,
) -> PairedLosses:
    names = np.repeat([str(k) for k in range(n_documents)], N_ITEMS // n_documents).tolist()
    slices = {"language": rng.choice(["nah", "es"], N_ITEMS).tolist()}
    return PairedLosses(metric, champion, challenger, parts, names, slices)  # type: ignore[arg-type]


CASES: dict[str, Draw] = {
    "McNemar": accuracy,
    "bootstrap": documents,
    "sign-flip": seeds,
    # The fewest that the gate takes.
    "bootstrap of 50": partial(documents, n_documents=50),
}
# 5 % fewer errors, and 5 points of accuracy where 30 % are wrong.
BETTER = {"5 %": 0.05, "10 %": 0.1, "5 points of 30": 1 / 6, "20 %": 0.2}


def main() -> None:
    """Simulate gates, print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="few gates: does it run?")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    n_equal, n_better = (4, 4) if options.smoke else (2_000, 200)
    answers: dict[str, float] = {}
    for number, (name, draw) in enumerate(CASES.items()):
        start = time.process_time()
        equal = [_judge(draw, [number, 0, k], 0.0) for k in range(n_equal)]
        answers |= _false(name, equal)
        for step, (words, less) in enumerate(BETTER.items(), start=1):
            better = [_judge(draw, [number, step, k], less) for k in range(n_better)]
            answers |= _power(f"{name}, {words} better", better)
        answers[f"{name}: CPU seconds"] = time.process_time() - start
    if options.json:
        print(json.dumps(answers))
        return
    for question, answer in answers.items():
        print(f"{question:<60} {answer:>12,.4g}")


def _judge(draw: Draw, seed: list[int], less: float) -> Verdict:
    rng = np.random.default_rng(seed)
    return judge(draw(rng, less), RULE, ELAPSED, rng)


def _false(name: str, verdicts: list[Verdict]) -> dict[str, float]:
    significant = np.mean([one.conditions[0].holds for one in verdicts])
    merged = np.mean([one.decision == "merged" for one in verdicts])
    return {
        f"{name}, equal: gates": len(verdicts),
        f"{name}, equal: % significant": 100 * float(significant),
        f"{name}, equal: % merged": 100 * float(merged),
        f"{name}, equal: standard error of %": 100 * math.sqrt(0.01 * 0.99 / len(verdicts)),
    }


def _power(name: str, verdicts: list[Verdict]) -> dict[str, float]:
    held = np.mean([[part.holds for part in one.conditions] for one in verdicts], axis=0)
    merged = np.mean([one.decision == "merged" for one in verdicts])
    return {
        f"{name}: % significant": 100 * float(held[0]),
        f"{name}: % with the margin": 100 * float(held[1]),
        f"{name}: % with all slices": 100 * float(held[2]),
        f"{name}: % merged": 100 * float(merged),
    }


if __name__ == "__main__":
    main()
