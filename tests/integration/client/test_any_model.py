"""From a notebook: a folder of any causal model is imported, trained, compared and writes."""

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.training.any_models import tiny_model
from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.core.settings import Settings
from workbench.training.tiny_gpt2 import tiny_gpt2

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
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Tiny\n")
    model = bench.import_model(folder, "tiny-neox")
    assert (model.license, model.license_from) == ("MIT", "README.md")
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
    licence = run.view.details["licence"]
    assert (licence["base"], licence["expression"], licence["why"]) == ("MIT", "CC-BY-4.0", [])
    assert "It comes under MIT." in bench.card(run).text
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


def test_a_base_that_clashes_with_its_data_is_named(bench: Bench, folder: Path) -> None:
    assert bench.import_model(folder, "tiny-neox").license_from == "README.md"
    with pytest.raises(InvalidInputError, match="no licence") as caught:
        bench.import_model(folder, "tiny-neox", license="CC-BY-NC 4")
    assert "CC-BY-NC-4.0" in caught.value.next_step
    model = bench.import_model(folder, "tiny-neox", license="cc-by-nc-4.0")
    assert (model.license, model.license_from) == ("CC-BY-NC-4.0", "person")
    listed = bench.models().set_index("name").loc["tiny-neox"]
    assert (listed["digest"], listed["license"]) == (model.digest, "CC-BY-NC-4.0")

    about: dict[str, Any] = {
        "title": "Speech", "kind": "causal-lm", "test": texts(99, 16), "licenses": ["CC-BY-SA-4.0"],
        "recipe": RECIPE, "sign": True,
    }  # fmt: skip
    task = bench.open_task("clash", base="tiny-neox", **about)
    assert task.view.spec["base"]["license"] == "CC-BY-NC-4.0"
    person = bench.as_("ana").task("clash")
    person.contribute(texts(5), license="CC-BY-SA-4.0", sign=True)
    run = bench.train(task, "quick", steps=2)
    said = (
        "CC-BY-NC-4.0 of the base model tiny-neox and CC-BY-SA-4.0 of the data of ana cannot be "
        "met together: one forbids commercial use, the other forbids any further restriction"
    )
    assert run.view.details["licence"]["why"] == [said]
    assert f"No licence fits: {said}" in bench.card(run).text

    with pytest.raises(InvalidInputError, match="allows no adaptations"):
        bench.open_task("still", base=replace(model, license="CC-BY-ND-4.0"), **about)
    # The one that was imported last is what the name means, though it was imported before.
    assert bench.import_model(folder, "tiny-neox").license == "MIT"
    assert bench.models().set_index("name").loc["tiny-neox"]["license"] == "MIT"


def test_a_base_whose_licence_nobody_named_makes_models_of_unknown_licence(
    bench: Bench, lab: Settings
) -> None:
    model = Model("tiny-gpt2", tiny_gpt2(lab.models_dir, width=16))
    task = bench.open_task(
        "unknown", title="Speech", kind="causal-lm", test=texts(99, 16), licenses=["CC-BY-4.0"],
        recipe=RECIPE, base=model, sign=True,
    )  # fmt: skip
    assert "license" not in task.view.spec["base"]
    bench.as_("ana").task("unknown").contribute(texts(6), license="CC-BY-4.0", sign=True)
    run = bench.train(task, "quick", steps=2)
    licence = run.view.details["licence"]
    assert (licence["base"], licence["expression"]) == ("NOASSERTION", "NOASSERTION")
    assert "Unknown (NOASSERTION): nobody has named" in bench.card(run).text


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


@pytest.mark.parametrize("lora", ["last-blocks", "everywhere"])
def test_an_owner_whose_rows_teach_nothing_stops_nobody_else(
    bench: Bench, lab: Settings, lora: str
) -> None:
    base = Model("tiny-gpt2", tiny_gpt2(lab.models_dir, width=32))
    task = bench.open_task(
        f"letters-{lora}", title="Letters", kind="causal-lm", licenses=["CC-BY-4.0"], base=base,
        recipe=RECIPE | {"lora": lora, "last_blocks": 1}, test=texts(99, 16), sign=True,
    )  # fmt: skip
    for owner, rows in (("ana", texts(41)), ("eve", [{"text": "a"}, {"text": "b"}])):
        given = bench.as_(owner).task(task.id).contribute(rows, license="CC-BY-4.0", sign=True)
        assert given.state == "accepted"
    with pytest.raises(InvalidInputError, match="rows:eve:0 has no row with text of at least two"):
        bench.train(task, owners=["eve"])
    run = bench.train(task, steps=4)
    assert run.view.details["n_rows_left_out"] == 2
    values = bench.value(task, method="exact").values.set_index("owner")["value"]
    assert values["eve"] < values["ana"]
