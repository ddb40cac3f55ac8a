"""How much better does a fine-tune on a few hundred pairs translate Spanish to Nahuatl.

`python experiments/translation/run.py [--owner NAME] [--smoke] [--json]`; one thread. The task
translate-nahuatl on SmolLM2-135M with one variant's pairs and two numbers of steps; the hidden
test is a document of that variant that nobody contributed. `--smoke` only tries, on a tiny
GPT-2 with made-up pairs, and writes nothing.
"""

import argparse
import csv
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

# One thread: what a worker has.
os.environ["OMP_NUM_THREADS"] = "1"

from workbench.core.jobs import JobContext, JobSpec
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2, obtain
from workbench.demo.nahuatl import VARIANTS, corpora
from workbench.demo.scene import Row, Scene
from workbench.demo.translation import translation_scene
from workbench.training import base_model, causal_lm
from workbench.training.tiny_gpt2 import tiny_gpt2

HERE: Final = Path(__file__).parent
STEPS: Final = (20, 60)
Answers = dict[str, float]


def main() -> None:
    """Measure, print a table or ``--json``, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owner", default="puebla", choices=list(VARIANTS), help="whose pairs")
    parser.add_argument("--smoke", action="store_true", help="only try, write nothing")
    parser.add_argument("--json", action="store_true", help="for machines")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = folder / (tiny_gpt2(folder, width=32) if asked.smoke else smollm2(folder))
        answers = measure(
            folder, base, made_up() if asked.smoke else real(asked.owner), smoke=asked.smoke
        )
    if not asked.smoke:
        write(answers, HERE / "results" / asked.owner)
    if asked.json:
        print(json.dumps(answers))
    else:
        for question, answer in answers.items():
            print(f"{question:<60} {answer:>10,.4g}")


def measure(folder: Path, base: Path, scene: Scene, *, smoke: bool) -> Answers:
    """Return loss and chrF of the base model and of a fine-tune of each size, and its time."""
    answers: Answers = {}
    for steps in STEPS[:1] if smoke else STEPS:
        since = time.process_time()
        result = causal_lm.run(context(folder, base, scene, {"steps": steps}))
        metrics = result["metrics"]
        answers |= {
            "rows": result["n_rows"],
            "rows left out": result["n_rows_left_out"],
            "rows of the test": result["n_test_rows"],
            "rows translated": metrics["n_translated"],
            "chrF of the base model": metrics["base_chrf"],
            f"chrF after {steps} steps": metrics["chrf"],
            "nats a token, base model": metrics["base_loss_full"],
            f"nats a token after {steps} steps": metrics["loss_full"],
            f"CPU seconds of the job of {steps} steps": time.process_time() - since,
        }
    return answers


def context(folder: Path, base: Path, scene: Scene, changes: dict[str, Any]) -> JobContext:
    """Return the context of a fine-tune on all owners' rows."""
    inputs = {
        f"rows:{owner}:0": written(folder, owner, rows) for owner, rows in scene.owners.items()
    }
    inputs |= {"test": written(folder, "test", scene.test), "base": base}
    output = folder / f"output-{changes['steps']}"
    output.mkdir()
    parameters = dict(scene.rules["recipe"]) | changes
    return JobContext(
        spec=JobSpec("causal-lm", {"base": f"model:{base.name}"}, parameters, scene.rules["seed"]),
        inputs=inputs,
        output=output,
        cache=folder / "cache",
        emit=lambda _event: None,
        cancelled=lambda: False,
    )


def written(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """Write rows as intake leaves them."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def real(owner: str) -> Scene:
    """Return the task on the demo's pairs of one variant."""
    texts = corpora()
    if texts is None:
        sys.exit("the texts are not installed: pip install -e '.[demo]'")
    return translation_scene(texts, owners=[owner])


def smollm2(folder: Path) -> str:
    """Convert the real base model into a folder and return its digest."""
    gguf = obtain(SMOLLM2, Settings.from_environment(os.environ).cache_dir / "demo")
    found = JobContext(
        spec=JobSpec("import-model", {}, {"models_dir": str(folder), "name": SMOLLM2.name}),
        inputs={"gguf": gguf},
        output=folder,
        cache=folder,
        emit=lambda _event: None,
        cancelled=lambda: False,
    )
    return str(base_model.run(found)["digest"])


def made_up() -> Scene:
    """Return a task whose translations are the words in capitals."""
    words = ["atl", "calli", "tlacatl", "siwatl", "nochi", "se"]
    texts = [f"{first} {second}" for first in words for second in words]
    rows = [{"text": text, "translation": text.upper(), "source": ""} for text in texts]
    recipe = {
        "learning_rate": 0.02, "rank": 2, "last_blocks": 1, "max_tokens": 64,
        "dtype": "float32", "n_translated": 2, "new_tokens": 8, "template": "{text}:",
    }  # fmt: skip
    return Scene("smoke", "Smoke", "translation", {"ana": rows[:24]}, rows[24:], "MPL-2.0", "0",
                 rules={"recipe": recipe, "seed": 0})  # fmt: skip


def write(answers: Answers, results: Path) -> None:
    """Write the answers and what they were computed with."""
    results.mkdir(parents=True, exist_ok=True)
    with (results / "summary.csv").open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["what", "value"])
        lines.writerows([what, f"{value:.6g}"] for what, value in answers.items())
    names = ("torch", "transformers", "peft", "sacrebleu", "elotl")
    versions = {"python": platform.python_version()} | {name: version(name) for name in names}
    versions |= {
        "base model": SMOLLM2.requirement,
        "OMP_NUM_THREADS": os.environ["OMP_NUM_THREADS"],
    }
    (results / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
