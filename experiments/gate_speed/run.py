"""How long does the gate of two LoRA adapters take on 1,000 hidden items, and what does it see.

`python experiments/gate_speed/run.py [--smoke] [--json]`; SmolLM2 and the demo's texts, a real
server with two workers. One gate begins with an empty cache of the prefix, the next one finds it.
Then challengers that are better by a true 5 % are drawn, as different from the champion as the
measured one was. `--smoke` tries on a tiny model.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

# One thread a worker, as the server has it.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import psutil

from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.client.models import Model
from workbench.client.proposal import ProposedModel
from workbench.core.errors import MissingExtraError
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2
from workbench.demo.nahuatl import OWNERS, TASK, corpora, nahuatl_scene
from workbench.demo.scene import Scene, drawn
from workbench.demo.staging import contribute_all, open_scene
from workbench.registry.merge_gate import GateRule, judge
from workbench.registry.paired_losses import PairedLosses
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of

Answers = dict[str, float]
SEED: Final = 0
BETTER: Final = 0.05
_N_SHOWN: Final = 96


def main() -> None:
    """Measure, print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, on a tiny model")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    asked = parser.parse_args()
    answers: Answers = {}
    with tempfile.TemporaryDirectory() as name:
        for found in measure(Path(name), smoke=asked.smoke):
            answers |= found
            if not asked.json:
                for question, answer in found.items():
                    print(f"{question:<64} {answer:>12,.5g}", flush=True)
    if asked.json:
        packages = ("torch", "transformers", "peft", "numpy")
        versions: dict[str, Any] = {name: version(name) for name in packages}
        print(json.dumps(answers | {"versions": versions}))


def measure(folder: Path, *, smoke: bool) -> Iterator[Answers]:
    """Yield what a gate with a cold cache took, then with a warm one, then what a gate sees."""
    scene, base, models = _set(folder, smoke=smoke)
    settings = Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        # Nobody listens there: MLflow waits, and nothing else may suffer.
        tracking_uri="http://127.0.0.1:9", n_workers=2,
    )  # fmt: skip
    settings.cache_dir.mkdir()
    settings.models_dir.symlink_to(models)
    yield {
        "hidden items of a gate": len(scene.gate_test),
        "load of the machine before": psutil.getloadavg()[0],
    }
    with Bench.on(settings, "sponsor", quiet=True) as bench:
        open_scene(bench, scene, base)
        contribute_all(bench, scene)
        bench.train(TASK, "quick")
        proposer = bench.as_("proposer")
        slow, fast = (0.02, 0.05) if smoke else (2e-3, 3e-3)
        first = proposer.train(TASK, "standard", learning_rate=slow)
        # No training has read what gates ask: the first gate reads it once, for both.
        found, cold = _judged(settings, proposer, first.id, "cold cache")
        yield cold
        # Only now: a better model that nobody has proposed yet would be the champion.
        second = proposer.train(TASK, "standard", learning_rate=fast)
        _, warm = _judged(settings, proposer, second.id, "warm cache")
        yield warm
    stop_server(settings)
    with closing(Home.open(settings)) as home:
        losses = losses_of(home, found.id)
    yield power(losses, 4 if smoke else 200)
    yield {"load of the machine after": psutil.getloadavg()[0]}


def power(losses: PairedLosses, n_gates: int) -> Answers:
    """Return how often a challenger merges that is better by a true 5 %.

    What it gains on an item is what the measured challenger gained on some item, moved so that
    the mean is 5 %. Items are drawn anew for each gate, as another hidden test would be.
    """
    champion, challenger = losses.champion[0], losses.challenger[0]
    relative = 1 - challenger / champion
    weighed = np.average(relative, weights=champion)
    rng = np.random.default_rng(SEED)
    merged = {"early": 0, "late": 0}
    significant = 0
    for _ in range(n_gates):
        items = rng.integers(0, len(champion), len(champion))
        gains = relative[items] - weighed + BETTER
        after = np.rint(champion[items] * np.maximum(1 - gains, 0)).astype(np.int64)
        names = [str(place) for place in range(len(items))]
        drawn_losses = PairedLosses(
            losses.metric, champion[items][None], after[None], losses.parts[items], names
        )
        for when, elapsed in (("early", timedelta()), ("late", timedelta(days=30))):
            verdict = judge(drawn_losses, GateRule(), elapsed, np.random.default_rng(SEED))
            merged[when] += verdict.decision == "merged"
        significant += verdict.conditions[0].holds
    return {
        f"{n_gates} challengers 5 % better: % significant": 100 * significant / n_gates,
        "of them: % merged at once, where ε is 5 %": 100 * merged["early"] / n_gates,
        "of them: % merged in the end, where ε is 1 %": 100 * merged["late"] / n_gates,
        "standard deviation of what an item gains, %": 100 * float(relative.std()),
    }


def _set(folder: Path, *, smoke: bool) -> tuple[Scene, Model, Path]:
    texts = corpora()
    if texts is None:
        raise MissingExtraError("the texts are not here", next_step="pip install -e '.[demo]'")
    if smoke:
        models = folder / "models"
        scene = nahuatl_scene(texts, owners=OWNERS[:2], n_rows=12, n_test=54)
        return scene, Model("tiny", tiny_gpt2(models, seed=0)), models
    models = Settings.from_environment(os.environ).models_dir
    if not (models / SMOLLM2.sha256 / "config.json").is_file():
        raise MissingExtraError(
            "the converted base model is not here",
            next_step="run the demo once, or try with --smoke",
        )
    # Some held-out documents are short: the others give more.
    scene = nahuatl_scene(texts, n_test=1_800)
    chosen = set(drawn((row["text"] for row in scene.test), 1_000, SEED))
    asked = [row for row in scene.test if row["text"] in chosen]
    others = [row for row in scene.test if row["text"] not in chosen]
    return (
        replace(scene, test=others[:_N_SHOWN], gate_test=asked),
        Model(SMOLLM2.name, SMOLLM2.sha256),
        models,
    )


def _judged(
    settings: Settings, proposer: Bench, run: str, case: str
) -> tuple[ProposedModel, Answers]:
    """Propose a run, and return what its gate took beside the proposal."""
    spent, began = _cpu_seconds(settings), time.perf_counter()
    found = proposer.propose(run, claim=case, sign=True)
    seconds = time.perf_counter() - began
    if not found.view.verdicts or not found.view.verdicts[-1].conditions:
        raise RuntimeError(f"the gate did not measure: {found}")
    kept = sum(path.stat().st_size for path in settings.cache_dir.rglob("prefix/*/*"))
    return found, {
        f"{case}: seconds from proposing to the verdict": seconds,
        f"{case}: CPU seconds of server and workers": _cpu_seconds(settings) - spent,
        f"{case}: passed its gate (1 is yes)": float(found.state == "evaluated"),
        f"{case}: MB of prefix kept": kept / 1e6,
        f"{case}: MiB of the largest worker at its peak, trainings too": _peak(settings) / 2**20,
    }


def _family(settings: Settings) -> list[psutil.Process]:
    status = server_status(settings)
    if status is None:
        return []
    server = psutil.Process(status.pid)
    return [server, *server.children(recursive=True)]


def _cpu_seconds(settings: Settings) -> float:
    # Workers that ended are counted in their parent's.
    times = [process.cpu_times() for process in _family(settings)]
    return sum(t.user + t.system for t in times) + (
        times[0].children_user + times[0].children_system if times else 0.0
    )


def _peak(settings: Settings) -> int:
    peaks = []
    for worker in _family(settings)[1:]:
        lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
        [line] = [line for line in lines if line.startswith("VmHWM")]
        peaks.append(int(line.split()[1]) * 1024)
    return max(peaks, default=0)


if __name__ == "__main__":
    main()
