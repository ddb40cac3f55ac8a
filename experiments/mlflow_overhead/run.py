"""What logging to MLflow costs whoever waits for a fine-tune, and what it takes by itself.

`python experiments/mlflow_overhead/run.py [--smoke] [--json]`. Two homes run the same standard
fine-tunes in turns, one that logs to SQLite and one whose MLflow never answers; the first
fine-tune of each is left out, since workers start then. `--smoke` only tries, on a table.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.errors import MissingExtraError
from workbench.core.settings import Settings
from workbench.demo.nahuatl import corpora, nahuatl_scene
from workbench.demo.scene import Scene
from workbench.demo.staging import contribute_all, open_scene, smollm2
from workbench.demo.tumour import tumour_scene

OWNERS: Final = ("classical", "puebla", "otomi")
NOWHERE: Final = "http://127.0.0.1:9"


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    found = measure(smoke=asked.smoke)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:45} {value:9.3f}")


def measure(*, smoke: bool) -> dict[str, float]:
    """Run the same fine-tunes with and without MLflow, in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        homes = {
            "logged": _settings(folder / "logged", f"sqlite:///{folder / 'mlflow.db'}"),
            "not logged": _settings(folder / "not", NOWHERE),
        }
        try:
            benches = {name: Bench.on(settings, quiet=True) for name, settings in homes.items()}
            scene = _scene(smoke=smoke)
            for which, bench in benches.items():
                _join(bench, homes[which], scene)
            return _in_turns(benches, scene)
        finally:
            for settings in homes.values():
                stop_server(settings)


def _in_turns(benches: dict[str, Bench], scene: Scene) -> dict[str, float]:
    owners = sorted(scene.owners)
    # Each set of owners is another run; the first one starts workers and fills caches.
    chosen = [owners, *([owner] for owner in owners), owners[:2], owners[1:]]
    waited: dict[str, list[float]] = {"logged": [], "not logged": []}
    logging: list[float] = []
    for turn, named in enumerate(chosen):
        # Who goes first changes: other work on the machine disturbs both alike.
        for which in sorted(benches, reverse=turn % 2 == 1):
            bench = benches[which]
            began = time.perf_counter()
            bench.train(scene.task, "standard", owners=named)
            waited[which].append(time.perf_counter() - began)
            seconds = _wait_for_tracking(bench)
            if which == "logged":
                logging.append(seconds)
    with_mlflow, without = (sum(waited[which][1:]) for which in ("logged", "not logged"))
    return {
        "fine-tunes": float(len(chosen) - 1),
        "seconds waited for one, with MLflow": with_mlflow / (len(chosen) - 1),
        "seconds waited for one, without": without / (len(chosen) - 1),
        "overhead, % of waiting": 100 * (with_mlflow / without - 1),
        "seconds of logging and sealing, first": logging[0],
        "seconds of logging and sealing, later (median)": median(logging[1:]),
        "the same, % of a fine-tune": 100 * sum(logging[1:]) / without,
    }


def _wait_for_tracking(bench: Bench) -> float:
    """Return the seconds that the newest logging took, once nothing is being logged."""
    jobs = bench.jobs()
    for job in jobs[jobs["verb"] == "track"]["id"]:
        bench.job(job).wait()
    jobs = bench.jobs()
    last = jobs[jobs["verb"] == "track"].sort_values("created_at").iloc[-1]
    return float((last["finished_at"] - last["created_at"]).total_seconds())


def _settings(folder: Path, tracking_uri: str) -> Settings:
    usual = Settings.from_environment()
    return Settings(
        home=folder / "home",
        keys_dir=folder / "keys",
        cache_dir=usual.cache_dir,
        tracking_uri=tracking_uri,
    )


def _scene(*, smoke: bool) -> Scene:
    if smoke:
        return tumour_scene(n_owners=3)
    texts = corpora()
    if texts is None:
        raise MissingExtraError(
            "the package elotl with the texts is not installed",
            next_step="pip install 'merit-workbench[demo]', or try with --smoke",
        )
    return nahuatl_scene(texts, owners=OWNERS, n_rows=100)


def _join(bench: Bench, settings: Settings, scene: Scene) -> None:
    base = smollm2(bench, settings) if scene.kind == "causal-lm" else None
    open_scene(bench, scene, base)
    contribute_all(bench, scene)


if __name__ == "__main__":
    main()
