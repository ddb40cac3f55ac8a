"""Models write after prompts: the base and adapters on one base that is loaded once."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.core.errors import InvalidInputError, JobCancelledError
from workbench.training import base, causal_lm, causal_lm_generate

PROMPTS = ["atl calli", "se"]


def tune(jobs: Jobs, **changes: Any) -> tuple[dict[str, Any], Path]:
    context = jobs.context(RECIPE | {"prompts": PROMPTS, "new_tokens": 12} | changes, jobs.texts())
    return causal_lm.run(context), context.output


def generate(jobs: Jobs, models: dict[str, Path | None], **changes: Any) -> list[dict[str, Any]]:
    inputs = {
        f"model:{position}:{path.name}": path
        for position, folder in enumerate(models.values())
        if folder is not None
        for path in folder.iterdir()
    }
    seed = changes.pop("seed", 0)
    parameters = {
        "models": list(models), "prompts": PROMPTS, "new_tokens": 12, "trained": RECIPE
    } | changes  # fmt: skip
    found = causal_lm_generate.run(jobs.context(parameters, inputs, seed=seed))
    rows: list[dict[str, Any]] = found["rows"]
    return rows


def test_each_model_writes_what_its_run_has_shown(jobs: Jobs) -> None:
    run, folder = tune(jobs)
    rows = generate(jobs, {"tuned": folder, "base": None})
    assert [(row["model"], row["prompt"]) for row in rows] == [
        ("tuned", 0), ("tuned", 1), ("base", 0), ("base", 1),
    ]  # fmt: skip
    texts = [row["text"].strip() for row in rows]
    assert texts == [s["tuned"] for s in run["samples"]] + [s["base"] for s in run["samples"]]


def test_models_of_one_shape_share_a_base_that_is_loaded_once(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, one = tune(jobs)
    _, two = tune(jobs, steps=2)
    loaded = []
    real = base.load_model
    monkeypatch.setattr(base, "load_model", lambda *a: loaded.append(a) or real(*a))
    generate(jobs, {"one": one, "base": None, "two": two})
    assert len(loaded) <= 1


def test_the_text_is_told_while_it_is_written(jobs: Jobs) -> None:
    [first, *_] = generate(jobs, {"base": None}, new_tokens=20, prompts=["atl"])
    told = [event for event in jobs.events if event["type"] == "text"]
    assert "".join(event["text"] for event in told) == first["text"]
    assert {event["model"] for event in told} == {"base"}


def test_what_is_drawn_depends_on_the_seed_and_the_place_alone(jobs: Jobs) -> None:
    drawn = generate(jobs, {"base": None}, temperature=1.0, seed=5)
    assert generate(jobs, {"base": None}, temperature=1.0, seed=5) == drawn
    assert generate(jobs, {"base": None}, temperature=1.0, seed=6) != drawn
    assert generate(jobs, {"base": None}, temperature=1.0, seed=5, prompts=PROMPTS[:1]) == drawn[:1]


def test_a_prompt_that_is_too_long_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match=r"prompt 0 has .* tokens and 1000 may follow"):
        generate(jobs, {"base": None}, new_tokens=1_000, prompts=["atl " * 1_500])


def test_writing_stops_when_it_is_cancelled(jobs: Jobs) -> None:
    jobs.cancelled = True
    with pytest.raises(JobCancelledError):
        generate(jobs, {"base": None})


@pytest.mark.parametrize("wrong", [{"prompts": []}, {"prompts": [""]}, {"temperature": -1.0}])
def test_what_cannot_be_written_is_refused(jobs: Jobs, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="parameters are not accepted"):
        generate(jobs, {"base": None}, **wrong)
