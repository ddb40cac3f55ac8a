"""Models are compared on the same hidden rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.training.conftest import RECIPE, Jobs, sentences
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training import causal_lm, causal_lm_compare


def tune(jobs: Jobs, **changes: Any) -> tuple[dict[str, Any], Path]:
    context = jobs.context(RECIPE | changes, jobs.texts())
    return causal_lm.run(context)["metrics"], context.output


def compare(
    jobs: Jobs, models: dict[str, Path | None], *, pool: bool, test: Path | None = None
) -> dict[str, Any]:
    texts = jobs.texts()
    texts["test"] = test or texts["test"]
    inputs = texts if pool else {"test": texts["test"]}
    for position, folder in enumerate(models.values()):
        if folder is not None:
            for path in folder.iterdir():
                inputs = inputs | {f"model:{position}:{path.name}": path}
    parameters = {"models": list(models), "trained": RECIPE | {"prompts": ["atl"]}}
    result: dict[str, Any] = causal_lm_compare.run(jobs.context(parameters, inputs))
    return result


@pytest.mark.parametrize("pool", [True, False])
def test_losses_are_those_of_training(jobs: Jobs, pool: bool) -> None:
    metrics, folder = tune(jobs)
    base, tuned = compare(jobs, {"base": None, "tuned": folder}, pool=pool)["rows"]
    ending = "" if pool else "_full"
    assert base["loss"] == pytest.approx(metrics[f"base_loss{ending}"], rel=1e-12)
    assert tuned["loss"] == pytest.approx(metrics[f"loss{ending}"], rel=1e-12)
    assert tuned["difference"] == pytest.approx(tuned["loss"] - base["loss"])
    assert tuned["p"] < 0.05


def test_adapters_of_other_shapes_are_compared_too(jobs: Jobs) -> None:
    first, one = tune(jobs)
    second, two = tune(jobs, rank=3, last_blocks=2)
    rows = compare(jobs, {"one": one, "two": two, "base": None}, pool=True)["rows"]
    assert [row["model"] for row in rows] == ["one", "two", "base"]
    assert [row["loss"] for row in rows] == pytest.approx(
        [first["loss"], second["loss"], first["base_loss"]], rel=1e-6
    )


def test_each_rows_loss_is_kept(jobs: Jobs) -> None:
    _, folder = tune(jobs)
    result = compare(jobs, {"base": None, "tuned": folder}, pool=True)
    output = sorted(jobs.folder.glob("output-*"), key=lambda p: int(p.name.split("-")[1]))[-1]
    losses = json.loads((output / "losses.json").read_bytes())
    assert sum(losses["tuned"]) / result["n_tokens"] == pytest.approx(result["rows"][1]["loss"])


def test_every_metric_and_what_models_say_and_none_of_the_hidden_texts(jobs: Jobs) -> None:
    _, folder = tune(jobs)
    texts = sentences(9, 16)
    rows = [{"text": text, "source": f"book {k % 2}"} for k, text in enumerate(texts)]
    rows.insert(3, {"text": "  ", "source": "nowhere"})
    test = jobs.rows(rows)
    found = compare(jobs, {"base": None, "tuned": folder}, pool=True, test=test)
    metrics = [m["metric"] for m in found["metrics"]]
    assert metrics == ["loss-per-token", "bits-per-byte", "perplexity"]
    scores = {(s["metric"], s["model"]): s for s in found["scores"]}
    loss = scores["loss-per-token", "tuned"]["score"]
    # A letter is a token here, and the first one is not predicted.
    n_bytes = sum(min(len(text), RECIPE["max_tokens"]) - 1 for text in texts)
    bits = loss * found["n_tokens"] / n_bytes / np.log(2)
    assert scores["bits-per-byte", "tuned"]["score"] == pytest.approx(bits)
    assert scores["perplexity", "tuned"]["score"] == pytest.approx(np.exp(loss))
    assert {s["verdict"] for key, s in scores.items() if key[1] == "tuned"} == {"better"}
    assert {(s["value"], s["n_items"]) for s in found["slices"]} == {("book 0", 8), ("book 1", 8)}
    assert 3 not in {one["item"] for one in found["disagreements"]}
    assert [(g["prompt"], g["model"]) for g in found["generations"]] == [
        ("atl", "base"), ("atl", "tuned"),
    ]  # fmt: skip
    base_said, tuned_said = (g["text"] for g in found["generations"])
    assert base_said != tuned_said
    said = json.dumps(found)
    assert not [text for text in texts if text in said]


def test_a_comparison_done_again_is_the_same(jobs: Jobs) -> None:
    _, folder = tune(jobs)
    asked = {"base": None, "tuned": folder}
    assert compare(jobs, asked, pool=True) == compare(jobs, asked, pool=True)


def test_the_base_alone_is_measured(jobs: Jobs) -> None:
    [row] = compare(jobs, {"base": None}, pool=False)["rows"]
    assert row["low"] < row["loss"] < row["high"]


def test_an_adapter_of_another_base_is_refused(jobs: Jobs) -> None:
    _, folder = tune(jobs)
    weights = folder / "adapter_model.safetensors"
    inputs = {"test": jobs.texts()["test"], "model:0:adapter_model.safetensors": weights}
    parameters = {"models": ["tuned"], "trained": RECIPE}
    context = jobs.context(parameters, inputs)
    context.spec.inputs["base"] = f"model:{'0' * 64}"
    with pytest.raises(InvalidInputError, match=jobs.base[:12]):
        causal_lm_compare.run(context)


def test_a_model_without_weights_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="position 1"):
        compare(jobs, {"base": None, "tuned": None}, pool=False)


def test_a_file_that_is_no_adapter_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "adapter_model.safetensors").write_bytes(b"no such thing")
    with pytest.raises(UnsupportedFormatError):
        compare(jobs, {"tuned": tmp_path / "bad"}, pool=False)
