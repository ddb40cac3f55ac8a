"""From a notebook: a folder of any causal model is imported, trained, compared and writes."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.training.any_models import tiny_model
from workbench.client.bench import Bench
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.core.settings import Settings

RECIPE: dict[str, Any] = {
    "lora": "everywhere", "steps": 6, "batch_rows": 6, "accumulate": 2, "learning_rate": 0.05,
    "rank": 2, "max_tokens": 32, "dtype": "float32",
}  # fmt: skip
WORDS = ("atl", "kalli", "tlakatl", "siwatl", "nochi", "tepetl", "xochitl", "mistli")


def texts(seed: int, n_rows: int = 12) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    rows = {" ".join(rng.choice(WORDS, size=5)) for _ in range(n_rows)}
    return [{"text": row} for row in sorted(rows)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-NeoX as somebody downloaded it."""
    made = tmp_path_factory.mktemp("downloads")
    digest = tiny_model(made, "gpt_neox")
    (made / digest / "workbench.json").unlink()
    return (made / digest).rename(made / "tiny-neox")


def test_a_folder_of_any_causal_model_goes_the_whole_way(
    bench: Bench, lab: Settings, folder: Path
) -> None:
    model = bench.import_model(folder, "tiny-neox")
    assert bench.import_model(folder, "tiny-neox", sha256=model.digest) == model
    about: dict[str, Any] = {
        "title": "Speech", "kind": "causal-lm", "test": texts(99, 16), "licenses": ["CC-BY-4.0"],
        "base": "tiny-neox", "sign": True,
    }  # fmt: skip
    with pytest.raises(InvalidInputError, match="GPTNeoXForCausalLM") as caught:
        bench.open_task("cut", recipe={"steps": 2}, **about)
    assert "use lora: everywhere" in caught.value.next_step

    task = bench.open_task("speech", recipe=RECIPE, **about)
    for seed, owner in enumerate(("ana", "ben")):
        person = bench.as_(owner)
        given = person.task("speech").contribute(texts(seed), license="CC-BY-4.0", sign=True)
        assert given.state == "accepted"
    run = bench.train(task, "quick", steps=20)
    assert run.metrics["loss"] < run.metrics["base_loss"]
    assert len(run.curve) == 20
    assert not (lab.cache_dir / "prefix").exists()

    found = bench.compare("base", run, on=task)
    assert found.rows[1]["loss"] == pytest.approx(run.metrics["loss"], rel=1e-6)
    assert found.rows[0]["loss"] == pytest.approx(run.metrics["base_loss"], rel=1e-6)
    written = bench.generate(["base", run], ["atl "], task=task, new_tokens=4)
    assert len(written.texts) == 2
    assert bench.reproduce(run).outcome == "identical"

    study = bench.value(task)
    values = study.values.set_index("owner")["value"]
    assert set(values.index) == {"ana", "ben"}
    with pytest.raises(InvalidInputError, match="lora everywhere"):
        bench.preview(task)


def test_a_model_that_is_refused_is_not_listed(bench: Bench, folder: Path, tmp_path: Path) -> None:
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    weights = (spoilt / "model.safetensors").read_bytes()
    (spoilt / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(UnsupportedFormatError, match="weights cannot be read") as caught:
        bench.import_model(spoilt, "spoilt")
    assert "SHA-256" in caught.value.next_step
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF" + b"\0" * 40)
    with pytest.raises(UnsupportedFormatError, match="GGUF file cannot be read"):
        bench.import_model(file, "m", sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    assert "spoilt" not in set(bench.models()["name"])
