"""Ask shapiq's approximators; run by `run.py` in shapiq's own environment.

`python ask_shapiq.py QUESTIONS ANSWERS`: a JSON file of tables, methods, budgets and seeds in,
one of values, distinct evaluations and CPU seconds out.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from distinct import Answer, CountedGame, answer_file
from shapiq import approximator as peers

# Says in every run that an optional library is missing, or that a budget is small.
warnings.simplefilter("ignore")


def approximator(kind: str, **options: object) -> Answer:
    """Return an approximator of Shapley values as an answer to a counted game."""

    def answer(game: CountedGame, effort: int, seed: int) -> np.ndarray:
        peer = getattr(peers, kind)(n=game.n_players, random_state=seed, **options)
        found = peer.approximate(budget=effort, game=game)
        return np.array([found[(player,)] for player in range(game.n_players)])

    return answer


METHODS: dict[str, Answer] = {
    "permutation": approximator("PermutationSamplingSV"),
    "stratified": approximator("StratifiedSamplingSV"),
    "Owen": approximator("OwenSamplingSV"),
    "SVARM, stratified": approximator("SVARM"),
    "unbiased KernelSHAP": approximator("UnbiasedKernelSHAP", pairing_trick=True),
    "KernelSHAP, paired": approximator("KernelSHAP", pairing_trick=True),
    "LeverageSHAP": approximator("LeverageSHAP"),
    "kADD-SHAP": approximator("kADDSHAP", max_order=2, pairing_trick=True),
    "PolySHAP": approximator("PolySHAP", max_order=2, pairing_trick=True),
    "OddSHAP": approximator("OddSHAP"),
    "RegressionMSR, xgboost": approximator("RegressionMSR", index="SV"),
    "RegressionMSR, linear": approximator("RegressionMSR", index="SV", proxy_model="linear"),
    "ProxySHAP, xgboost": approximator(
        "ProxySHAP", index="SV", max_order=1, proxy_model="xgboost", adjustment=True
    ),
    "ProxySPEX": approximator("ProxySPEX", index="SV", max_order=1, hpo=False),
    "ShaplEIG": approximator("ShaplEIG", show_progress=False),
}
# Slow ones, which ask for exactly as many as they are told.
ASKED_AS_TOLD = {"ShaplEIG", "ProxySPEX"}


def efforts(method: str, budget: int) -> list[int]:
    """Return the settings to try: how many evaluations the peer is told it may ask for."""
    if method in ASKED_AS_TOLD:
        return [budget]
    return [*range(budget // 2, budget + 4), *range(budget + 4, 4 * budget, max(1, budget // 32))]


if __name__ == "__main__":
    answer_file(Path(sys.argv[1]), Path(sys.argv[2]), METHODS, efforts)
