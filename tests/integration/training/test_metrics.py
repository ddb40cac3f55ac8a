"""``evaluate`` computes our metrics without a network, a hub or files elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import evaluate
import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import measure
from workbench.training.metrics.module import load_metric
from workbench.training.metrics.table import METRICS

INPUTS: dict[str, dict[str, Any]] = {
    "accuracy": {"predictions": [0, 1, 1], "references": [0, 1, 0]},
    "macro-f1": {"predictions": [0, 1, 1], "references": [0, 1, 0]},
    "log-loss": {"probabilities": [[0.9, 0.1], [0.3, 0.7]], "references": [0, 1]},
    "bits-per-byte": {"nats": [3.5, 8.0], "n_bytes": [4, 9]},
    "loss-per-token": {"nats": [3.5, 8.0], "n_tokens": [2, 3]},
    "perplexity": {"nats": [3.5, 8.0], "n_tokens": [2, 3]},
    "chrf": {"predictions": ["in atl", "tletl"], "references": [["atl"], ["tletl", "in tletl"]]},
}

# Nothing but loopback sockets, and every folder that a library might choose is a new one.
ALONE = """
import json, socket, sys
from pathlib import Path

def refuse(self, address):
    raise AssertionError(f"tried to reach {address}")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


def run_alone(code: str, root: Path, *arguments: str) -> Any:
    folders = {name: str(root) for name in ("HOME", "HF_HOME", "XDG_CACHE_HOME", "TMPDIR")}
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE + code, *arguments],
        env=os.environ | folders | {"HF_MODULES_CACHE": str(root / "modules")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize("name", METRICS)
def test_evaluate_gives_our_scores(name: str, tmp_path: Path) -> None:
    items = measure(name, **INPUTS[name])
    key = METRICS[name].key
    found = load_metric(name, tmp_path)
    assert found.name == key
    assert found.compute(**INPUTS[name]) == {
        key: items.score,
        f"{key}_per_item": items.per_item.tolist(),
        f"{key}_n_items": items.n_items,
    }


@pytest.mark.parametrize("name", METRICS)
def test_batches_add_up(name: str, tmp_path: Path) -> None:
    whole = load_metric(name, tmp_path).compute(**INPUTS[name])
    found = load_metric(name, tmp_path)
    for place in range(len(whole[f"{METRICS[name].key}_per_item"])):
        found.add_batch(**{key: values[place : place + 1] for key, values in INPUTS[name].items()})
    assert found.compute() == whole


def test_combine_of_two_gives_the_scores_of_both(tmp_path: Path) -> None:
    both = evaluate.combine([load_metric(name, tmp_path) for name in ("accuracy", "macro-f1")])
    both.add_batch(predictions=[0, 1], references=[0, 1])
    both.add_batch(predictions=[1], references=[0])
    found = both.compute()
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["macro_f1"] == pytest.approx(2 / 3)
    assert found["accuracy_per_item"] == found["macro_f1_per_item"] == [1, 1, 0]


def test_combine_leaves_each_metric_its_inputs(tmp_path: Path) -> None:
    names = ("perplexity", "bits-per-byte")
    both = evaluate.combine([load_metric(name, tmp_path) for name in names])
    found = both.compute(**(INPUTS["perplexity"] | INPUTS["bits-per-byte"]))
    for name in names:
        assert found[METRICS[name].key] == measure(name, **INPUTS[name]).score


def test_bad_inputs_are_refused_through_evaluate_too(tmp_path: Path) -> None:
    accuracy = load_metric("accuracy", tmp_path)
    with pytest.raises(InvalidInputError, match="item 1 has nan"):
        accuracy.compute(predictions=[0, float("nan")], references=[0, 0])
    accuracy = load_metric("accuracy", tmp_path)
    with pytest.raises(InvalidInputError, match=r"item 0 is 1\.5"):
        accuracy.compute(predictions=[1.5], references=[1])
    accuracy = load_metric("accuracy", tmp_path)
    with pytest.raises(InvalidInputError, match="predictions holds no item"):
        accuracy.compute(predictions=[], references=[])
    accuracy = load_metric("accuracy", tmp_path)
    with pytest.raises(InvalidInputError, match="accuracy was given normalize"):
        accuracy.compute(predictions=[0], references=[0], normalize=False)


def test_no_file_is_written_and_no_folder_outside_the_given_one(tmp_path: Path) -> None:
    root, given = tmp_path / "root", tmp_path / "given"
    root.mkdir()
    code = """
import evaluate
from workbench.training.metrics.module import load_metric
both = evaluate.combine([load_metric(n, Path(sys.argv[1])) for n in ("accuracy", "macro-f1")])
print(json.dumps(both.compute(predictions=[0, 1, 1], references=[0, 1, 0])))
"""
    assert run_alone(code, root, str(given))["macro_f1"] == pytest.approx(2 / 3)
    assert list(root.rglob("*")) == []
    assert [path for path in given.rglob("*") if path.is_file()] == []


def test_evaluate_loads_the_modules_by_their_paths(tmp_path: Path) -> None:
    code = """
import evaluate
import workbench.training.metrics as metrics
folder = Path(metrics.__file__).parent
inputs = json.loads(sys.argv[1])
scores = {}
for name, given in inputs.items():
    path = folder / f"{name.replace('-', '_')}.py"
    found = evaluate.load(str(path), cache_dir=sys.argv[2], keep_in_memory=True)
    scores[name] = found.compute(**given)[found.name]
print(json.dumps(scores))
"""
    found = run_alone(code, tmp_path / "root", json.dumps(INPUTS), str(tmp_path / "given"))
    assert found == {name: measure(name, **given).score for name, given in INPUTS.items()}
