"""What cannot be trained or imported is refused in words, and leaves nothing behind."""

import itertools
import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.task import Task
from workbench.core.errors import (
    InvalidInputError,
    NotFoundError,
    TrainingDivergedError,
    UnsupportedFormatError,
    WorkbenchError,
)
from workbench.core.settings import Settings
from workbench.training.tiny_gpt2 import tiny_gpt2

LICENSE = "CC-BY-4.0"
WORDS = ("atl", "kalli", "tlakatl", "siwatl", "nochi", "tepetl", "xochitl", "mistli")
RECIPE: dict[str, Any] = {
    "steps": 2, "batch_rows": 6, "learning_rate": 0.02, "rank": 2, "last_blocks": 1,
    "max_tokens": 32, "dtype": "float32",
}  # fmt: skip
CONTEXT = 128
_STEPS = itertools.count(1)


def texts(seed: int, n_rows: int) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    rows = {" ".join(rng.choice(WORDS, size=5)) for _ in range(n_rows)}
    return [{"text": row} for row in sorted(rows)]


@pytest.fixture(scope="module")
def speech(bench: Bench, lab: Settings) -> Task:
    """A task of a tiny language model with the rows of one owner."""
    base = Model("tiny", tiny_gpt2(lab.models_dir, width=32))
    task = bench.open_task(
        "speech", title="Speech", kind="causal-lm", base=base, recipe=RECIPE,
        test=texts(99, 16), licenses=[LICENSE], sign=True,
    )  # fmt: skip
    given = bench.as_("ana").task("speech").contribute(texts(1, 12), license=LICENSE, sign=True)
    assert given.state == "accepted"
    return task


@pytest.fixture(scope="module")
def one_class(bench: Bench, task: Task) -> str:
    """An owner in the table's task whose rows have all the same label."""
    rows = pd.DataFrame({"f0": np.arange(9) / 7, "f1": 5.0, "label": "low"})
    given = bench.as_("uno").task(task.id).contribute(rows, license=LICENSE, sign=True)
    assert given.state == "accepted"
    return "uno"


def registered(bench: Bench, lab: Settings) -> dict[str, Any]:
    """Return all that a job could have half registered."""
    return {
        "runs": set(bench.sql("select id from run")["id"]),
        "accepted": set(bench.sql("select id from contribution where state = 'accepted'")["id"]),
        "tasks": set(bench.tasks()["id"]),
        "models": set(bench.models()["name"]),
        "folders": {path.name for path in lab.models_dir.iterdir()},
    }


@pytest.fixture(autouse=True)
def leaves_nothing(bench: Bench, lab: Settings, speech: Task, one_class: str) -> Iterator[None]:
    """Afterwards all is as it was, nothing runs, and a good request still works."""
    assert one_class
    before = registered(bench, lab)
    yield
    assert registered(bench, lab) == before
    jobs = bench.jobs()
    assert set(jobs[jobs["verb"] != "track"]["state"]) <= {"done", "failed"}
    run = bench.train(speech, steps=next(_STEPS))
    assert run.metrics["loss"] > 0


def n_jobs(bench: Bench) -> int:
    jobs = bench.jobs()
    return int((jobs["verb"] != "track").sum())


@pytest.mark.parametrize(
    ("asked", "found", "told"),
    [
        ({"stepps": 3}, "'stepps' is unknown", "did you mean steps?"),
        ({"steps": 0}, "steps is 0", "greater than or equal to 1"),
        ({"learning_rate": -1}, "learning_rate is -1", "greater than 0"),
        ({"lora": "nowhere"}, "lora is 'nowhere'", "'last-blocks' or 'everywhere'"),
        ({"accumulate": 9}, "accumulate 9 is more than the batch_rows 6", "recipe"),
        ({"metric": "accuracy"}, "the run asks for metric", "leave it out"),
        ({"classes": ["a", "b"]}, "the run asks for classes", "leave it out"),
        ({"size": "huge"}, "size is 'huge'", "'quick', 'standard' or 'thorough'"),
        ({"priority": "soon"}, "priority is 'soon'", "'low', 'normal' or 'high'"),
        ({"owners": ["anna"]}, "'anna' has no accepted contribution", "owners among: ana"),
        ({"owners": []}, "no owner is named", "one owner"),
    ],
)
def test_what_no_fine_tune_takes_is_refused_before_it_is_queued(
    bench: Bench, speech: Task, asked: dict[str, Any], found: str, told: str
) -> None:
    before = n_jobs(bench)
    with pytest.raises((InvalidInputError, NotFoundError), match=found) as caught:
        bench.train(speech, **asked)
    assert told in str(caught.value)
    assert n_jobs(bench) == before


def test_features_of_a_table_are_as_many_as_the_rules_say(bench: Bench, task: Task) -> None:
    before = n_jobs(bench)
    with pytest.raises(InvalidInputError, match="asks for n_features"):
        bench.train(task, n_features=3)
    with pytest.raises(InvalidInputError, match="'steps' is unknown") as caught:
        bench.train(task, steps=3)
    assert "n_trees" in caught.value.wanted
    assert "n_features" not in caught.value.wanted
    assert n_jobs(bench) == before


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"number": [1, 2], "other": [3, 4]}),
        pd.DataFrame({"one": ["se atl", "se kalli"], "other": ["two atl", "two kalli"]}),
    ],
)
def test_rows_without_a_text_column_are_refused(
    bench: Bench, speech: Task, rows: pd.DataFrame
) -> None:
    with pytest.raises(InvalidInputError, match="a column named text") as caught:
        bench.as_("zoe").task(speech.id).contribute(rows, license=LICENSE, sign=True)
    assert caught.value.next_step


def test_a_text_column_that_is_all_empty_gives_no_row(bench: Bench, speech: Task) -> None:
    rows = pd.DataFrame({"text": ["", "  ", None]})
    given = bench.as_("zoe").task(speech.id).contribute(rows, license=LICENSE, sign=True)
    assert (given.state, given.n_rows) == ("refused", 0)
    assert {"empty-row", "no-rows-left"} <= set(given.findings["code"])
    with pytest.raises(InvalidInputError, match="the hidden test is not accepted"):
        bench.open_task(
            "silent", title="Silence", kind="tabular-classification", licenses=[LICENSE], sign=True,
            test=[{"features": [], "label": ""}], classes=["low", "high"], n_features=2,
        )  # fmt: skip


def test_one_class_only_trains_no_model(bench: Bench, task: Task, one_class: str) -> None:
    with pytest.raises(InvalidInputError, match="all 9 rows are labelled 'low'") as caught:
        bench.train(task, owners=[one_class])
    assert caught.value.wanted


def test_more_tokens_than_the_context_are_refused_and_longer_rows_are_cut(
    bench: Bench, speech: Task
) -> None:
    with pytest.raises(InvalidInputError, match=f"the base model sees {CONTEXT} tokens") as caught:
        bench.train(speech, max_tokens=CONTEXT + 1)
    assert f"2 to {CONTEXT}" in caught.value.wanted
    with pytest.raises(InvalidInputError, match=r"prompt 0 has .* tokens"):
        bench.generate("base", ["atl " * CONTEXT], task=speech, new_tokens=8)


def test_a_loss_that_diverges_ends_the_job_and_registers_no_model(
    bench: Bench, speech: Task
) -> None:
    with pytest.raises(TrainingDivergedError, match=r"became (nan|inf) at step") as caught:
        bench.train(speech, learning_rate=1e30, steps=8)
    assert "learning rate" in caught.value.next_step
    failed = bench.job(caught.value.facts["job"])
    assert (failed.state, failed.result) == ("failed", {})


Spoil = Callable[[Path], Path]


def _cut(folder: Path) -> Path:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    return folder


def _configured(**changes: Any) -> Spoil:
    def spoil(folder: Path) -> Path:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
        return folder

    return spoil


def _nan(folder: Path) -> Path:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    first = min(tensors)
    tensors[first] = np.full_like(tensors[first], np.nan)
    save_file(tensors, path, metadata={"format": "pt"})
    return folder


def _pickled(folder: Path) -> Path:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": [1.0]}))
    return folder


def _a_pickle_alone(folder: Path) -> Path:
    path = folder.parent / "model.bin"
    path.write_bytes(pickle.dumps({"weights": [1.0]}))
    return path


def _without_tokenizer(folder: Path) -> Path:
    for path in folder.glob("tokenizer*"):
        path.unlink()
    return folder


def _a_damaged_gguf(folder: Path) -> Path:
    path = folder.parent / "m.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 4000)
    return path


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (_cut, "weights cannot be read"),
        (_configured(architectures=["BertForMaskedLM"], model_type="bert"), "weights lack"),
        (_configured(architectures=["T5Model"], model_type="t5"), "T5Model"),
        (_configured(model_type="nobody-knows"), "nobody-knows"),
        (_configured(auto_map={"AutoModelForCausalLM": "x.Y"}), "code of its own"),
        (_nan, "hold NaN or infinity"),
        (_pickled, r"pytorch_model\.bin"),
        (_a_pickle_alone, "is a pickle, which can run code"),
        (_without_tokenizer, "tokenizer"),
        (_a_damaged_gguf, "GGUF file cannot be read"),
    ],
)
def test_a_spoilt_model_is_refused(
    bench: Bench, lab: Settings, tmp_path: Path, spoil: Spoil, found: str
) -> None:
    sound = lab.models_dir / tiny_gpt2(lab.models_dir, width=32)
    folder = shutil.copytree(sound, tmp_path / "model")
    (folder / "workbench.json").unlink(missing_ok=True)
    with pytest.raises((InvalidInputError, UnsupportedFormatError), match=found) as caught:
        bench.import_model(spoil(folder), "spoilt")
    error: WorkbenchError = caught.value
    assert error.wanted
    assert error.next_step
    assert str(lab.home) not in str(error)


def test_a_gguf_of_another_digest_is_refused_before_it_is_sent(
    bench: Bench, tmp_path: Path
) -> None:
    before = n_jobs(bench)
    with pytest.raises(InvalidInputError, match=r"m\.gguf has the SHA-256") as caught:
        bench.import_model(_a_damaged_gguf(tmp_path / "x"), "m", sha256="0" * 64)
    assert caught.value.wanted == "0" * 64
    assert "download it again" in caught.value.next_step
    assert n_jobs(bench) == before


def test_a_model_that_is_nowhere_is_told_apart_from_a_table(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no file") as caught:
        bench.import_model(tmp_path / "nowhere", "m")
    assert "GGUF" in caught.value.wanted
