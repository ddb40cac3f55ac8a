"""Fine-tuning on cached hidden states is fine-tuning of the whole model."""

import hashlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.integration.training.conftest import RECIPE, Jobs, sentences
from workbench.core.errors import InvalidInputError, JobCancelledError, TrainingDivergedError
from workbench.training import causal_lm


def full_model_loss(jobs: Jobs, adapter: Path | None, texts: list[str]) -> float:
    """The mean loss a token of the whole model, no cache, no packing, all its tokens."""
    folder = jobs.models_dir / jobs.base
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    if adapter is not None:
        with warnings.catch_warnings():
            # peft 0.21 asks transformers 5.23 by a name that 6 will drop.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            model = PeftModel.from_pretrained(model, adapter).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    total, n_tokens = 0.0, 0
    for text in texts:
        tokens = tokenizer(text, return_tensors="pt")["input_ids"][:, : RECIPE["max_tokens"]]
        with torch.no_grad():
            logits = model(input_ids=tokens).logits[0, :-1]
        loss = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum")
        total, n_tokens = total + loss.item(), n_tokens + len(logits)
    return total / n_tokens


def test_the_whole_model_with_the_adapter_has_the_same_loss(jobs: Jobs) -> None:
    context = jobs.context(RECIPE, jobs.texts())
    metrics = causal_lm.run(context)["metrics"]
    test = sentences(9, 16)
    assert metrics["base_loss_full"] == pytest.approx(full_model_loss(jobs, None, test), rel=1e-5)
    tuned = full_model_loss(jobs, context.output, test)
    assert metrics["loss_full"] == pytest.approx(tuned, rel=1e-5)


def test_tuning_lowers_the_loss_on_the_hidden_test(jobs: Jobs) -> None:
    inputs = jobs.texts()
    del inputs["rows:eva:0"]
    result = causal_lm.run(jobs.context(RECIPE | {"steps": 30}, inputs))
    assert result["metrics"]["loss"] < result["metrics"]["base_loss"] - 0.1
    assert [step for step, _ in result["curve"]] == list(range(1, 31))


def test_events_tell_every_step_and_both_evaluations(jobs: Jobs) -> None:
    causal_lm.run(jobs.context(RECIPE, jobs.texts()))
    told = [event for event in jobs.events if event["type"] in {"metric", "evaluation"}]
    assert [(event["type"], event["step"]) for event in told] == [
        *[("metric", step) for step in range(1, 7)],
        ("evaluation", 0),
        ("evaluation", 6),
    ]


def test_samples_come_from_the_base_and_the_tuned_model(jobs: Jobs) -> None:
    parameters = RECIPE | {"prompts": ["atl ", "se"], "new_tokens": 5}
    samples = causal_lm.run(jobs.context(parameters, jobs.texts()))["samples"]
    assert [sample["prompt"] for sample in samples] == ["atl ", "se"]
    assert samples[0]["base"] != samples[0]["tuned"]


def test_the_digest_is_that_of_the_adapter(jobs: Jobs) -> None:
    context = jobs.context(RECIPE, jobs.texts())
    digest = causal_lm.run(context)["model_digest"]
    weights = (context.output / "adapter_model.safetensors").read_bytes()
    assert digest == hashlib.sha256(weights).hexdigest()


def test_the_adapter_names_no_path_of_this_machine(jobs: Jobs) -> None:
    context = jobs.context(RECIPE, jobs.texts())
    causal_lm.run(context)
    written = b"".join(path.read_bytes() for path in context.output.iterdir())
    assert str(jobs.models_dir).encode() not in written
    assert str(Path.home()).encode() not in written
    config = json.loads((context.output / "adapter_config.json").read_bytes())
    assert config["base_model_name_or_path"] == f"model:{jobs.base}"


def test_another_seed_gives_another_adapter(jobs: Jobs) -> None:
    inputs = jobs.texts()
    digests = [
        causal_lm.run(jobs.context(RECIPE, inputs, seed=seed))["model_digest"] for seed in (1, 2, 1)
    ]
    assert digests[0] == digests[2] != digests[1]


_IN_ANOTHER_PROCESS = """
import json, sys
from pathlib import Path
from workbench.core.jobs import JobContext, JobSpec
from workbench.training import causal_lm

given = json.loads(sys.argv[1])
inputs = {name: Path(path) for name, path in given["inputs"].items()}
context = JobContext(
    JobSpec.from_json(given["spec"]), inputs, Path(given["output"]), Path(given["cache"]),
    lambda event: None, lambda: False,
)
print(causal_lm.run(context)["model_digest"])
"""


def test_two_processes_give_the_same_adapter(jobs: Jobs, tmp_path: Path) -> None:
    context = jobs.context(RECIPE, jobs.texts(), seed=3)
    here = causal_lm.run(context)["model_digest"]
    (tmp_path / "elsewhere").mkdir()
    given = {
        "spec": context.spec.to_json(),
        "inputs": {name: str(path) for name, path in context.inputs.items()},
        "output": str(tmp_path / "elsewhere"),
        "cache": str(tmp_path / "another-cache"),
    }
    # Another hash seed, so that nothing depends on the order of sets.
    there = subprocess.run(
        [sys.executable, "-c", _IN_ANOTHER_PROCESS, json.dumps(given)],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip().splitlines()[-1] == here
    for path in context.output.iterdir():
        assert path.read_bytes() == (tmp_path / "elsewhere" / path.name).read_bytes()


def test_a_learning_rate_that_explodes_is_an_error(jobs: Jobs) -> None:
    with pytest.raises(TrainingDivergedError) as caught:
        causal_lm.run(jobs.context(RECIPE | {"learning_rate": 1e38}, jobs.texts()))
    assert caught.value.facts["step"] > 1


@pytest.mark.parametrize("texts", [[], ["", "  ", "\t\n"], ["a"]])
def test_rows_without_text_are_refused_by_name(jobs: Jobs, texts: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="rows:ana:0"):
        causal_lm.run(jobs.context(RECIPE, jobs.texts() | {"rows:ana:0": jobs.rows(texts)}))


def test_a_row_that_is_no_text_is_named(jobs: Jobs) -> None:
    bad = jobs.rows(["atl calli", {"text": 7}])
    with pytest.raises(InvalidInputError) as caught:
        causal_lm.run(jobs.context(RECIPE, jobs.texts() | {"rows:ben:0": bad}))
    assert (caught.value.facts["input"], caught.value.facts["row"]) == ("rows:ben:0", 2)


def test_more_blocks_than_there_are_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="3 blocks"):
        causal_lm.run(jobs.context(RECIPE | {"last_blocks": 4}, jobs.texts()))


def test_more_tokens_than_the_model_sees_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="128 tokens"):
        causal_lm.run(jobs.context(RECIPE | {"max_tokens": 129}, jobs.texts()))


def test_a_cancelled_job_stops(jobs: Jobs) -> None:
    jobs.cancelled = True
    with pytest.raises(JobCancelledError):
        causal_lm.run(jobs.context(RECIPE, jobs.texts()))


def test_every_block_may_learn(jobs: Jobs) -> None:
    context = jobs.context(RECIPE | {"last_blocks": 3}, jobs.texts())
    metrics = causal_lm.run(context)["metrics"]
    tuned = full_model_loss(jobs, context.output, sentences(9, 16))
    assert metrics["loss_full"] == pytest.approx(tuned, rel=1e-5)
