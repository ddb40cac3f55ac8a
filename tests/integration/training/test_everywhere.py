"""LoRA on all linear layers trains any causal model, from token ids to its own softmax."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.integration.training.any_models import FAMILIES, tiny_model
from tests.integration.training.conftest import RECIPE, Jobs, sentences
from workbench.core.errors import (
    InvalidInputError,
    TrainingDivergedError,
    UnsupportedFormatError,
)
from workbench.training import (
    causal_lm,
    causal_lm_cache,
    causal_lm_compare,
    causal_lm_generate,
    causal_lm_preview,
    causal_lm_utility,
    causal_lm_vocabulary,
)
from workbench.training.base import load_base
from workbench.training.fine_tuning import fine_tune, send_back
from workbench.training.lora import load_lora, lora_weights
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import load_pool

EVERYWHERE: dict[str, Any] = {
    name: value for name, value in RECIPE.items() if name != "last_blocks"
} | {"lora": "everywhere", "steps": 8}  # fmt: skip


def plainly_loaded(jobs: Jobs, base: str, adapter: Path | None) -> tuple[Any, Any]:
    """A model and its tokenizer as transformers and peft load them by themselves."""
    folder = jobs.models_dir / base
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    if adapter is not None:
        with warnings.catch_warnings():
            # peft 0.21 asks transformers 5.23 by a name that 6 will drop.
            warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
            model = PeftModel.from_pretrained(model, adapter).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def whole_model_loss(jobs: Jobs, base: str, adapter: Path | None, texts: list[str]) -> float:
    """The mean loss a token as transformers and peft compute it, row by row."""
    model, tokenizer = plainly_loaded(jobs, base, adapter)
    total, n_tokens = 0.0, 0
    for text in texts:
        tokens = tokenizer(text, return_tensors="pt")["input_ids"][:, : RECIPE["max_tokens"]]
        with torch.no_grad():
            logits = model(input_ids=tokens, use_cache=False).logits[0, :-1]
        loss = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum")
        total, n_tokens = total + loss.item(), n_tokens + len(logits)
    return total / n_tokens


@pytest.mark.parametrize("family", FAMILIES)
def test_any_causal_model_learns_and_its_adapter_is_peft_s(jobs: Jobs, family: str) -> None:
    base = tiny_model(jobs.models_dir, family)
    inputs = jobs.texts()
    del inputs["rows:eva:0"]
    context = jobs.context(EVERYWHERE | {"steps": 20, "prompts": ["atl "]}, inputs, base=base)
    result = causal_lm.run(context)
    metrics = result["metrics"]

    # Of a random model with a frozen head, little can be moved.
    assert metrics["loss"] < metrics["base_loss"] - 0.05
    assert (metrics["loss"], metrics["base_loss"]) == (
        metrics["loss_full"],
        metrics["base_loss_full"],
    )
    assert result["vocabulary_size"] == 257
    assert result["samples"][0]["base"] is not None
    test = sentences(9, 16)
    base_loss = whole_model_loss(jobs, base, None, test)
    assert metrics["base_loss"] == pytest.approx(base_loss, rel=1e-5)
    tuned_loss = whole_model_loss(jobs, base, context.output, test)
    assert metrics["loss"] == pytest.approx(tuned_loss, rel=1e-5)


@pytest.mark.parametrize("family", ["gpt2", "gpt_neox", "qwen2"])
def test_a_saved_adapter_has_the_same_losses_to_the_bit(jobs: Jobs, family: str) -> None:
    base = tiny_model(jobs.models_dir, family)
    context = jobs.context(EVERYWHERE, jobs.texts(), base=base)
    causal_lm.run(context)
    parameters = read_parameters(CausalLmParameters, EVERYWHERE)
    pool = load_pool(context, parameters)
    before = pool.learner.row_losses(pool.test).total
    with torch.no_grad():
        for weight in lora_weights(pool.base.model).values():
            weight.fill_(0.25)
    assert not torch.equal(pool.learner.row_losses(pool.test).total, before)
    load_lora(pool.base.model, context.output / "adapter_model.safetensors")
    assert torch.equal(pool.learner.row_losses(pool.test).total, before)


@pytest.mark.parametrize("family", ["gpt2", "opt"])
def test_one_seed_gives_one_digest_and_no_path(jobs: Jobs, family: str) -> None:
    base = tiny_model(jobs.models_dir, family)
    contexts = [jobs.context(EVERYWHERE, jobs.texts(), seed=s, base=base) for s in (1, 2, 1)]
    digests = [causal_lm.run(context)["model_digest"] for context in contexts]
    assert digests[0] == digests[2] != digests[1]
    written = [
        b"".join(path.read_bytes() for path in sorted(context.output.iterdir()))
        for context in contexts
    ]
    assert written[0] == written[2]
    assert str(jobs.models_dir).encode() not in written[0]
    weights = (contexts[0].output / "adapter_model.safetensors").read_bytes()
    assert digests[0] == hashlib.sha256(weights).hexdigest()
    config = json.loads((contexts[0].output / "adapter_config.json").read_bytes())
    assert config["base_model_name_or_path"] == f"model:{base}"


def test_nothing_is_cached(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "gpt2")
    causal_lm.run(jobs.context(EVERYWHERE, jobs.texts(), base=base))
    assert not (jobs.cache / "prefix").exists()
    with pytest.raises(InvalidInputError, match="no frozen blocks"):
        causal_lm_cache.run(jobs.context(EVERYWHERE, jobs.texts(), base=base))


def test_a_row_s_loss_hardly_depends_on_its_batch(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "opt")
    context = jobs.context(EVERYWHERE, jobs.texts(), base=base)
    pool = load_pool(context, read_parameters(CausalLmParameters, EVERYWHERE))
    together = pool.learner.row_losses(pool.test).total
    alone = [float(pool.learner.row_losses([row]).total[0]) for row in pool.test]
    assert together.tolist() == pytest.approx(alone, rel=1e-5)


@pytest.mark.parametrize("lora", ["last-blocks", "everywhere"])
@pytest.mark.parametrize("n_parts", [2, 3, 8])
def test_accumulated_parts_have_the_gradient_of_the_whole_step(
    jobs: Jobs, lora: str, n_parts: int
) -> None:
    recipe = EVERYWHERE | {"lora": lora, "batch_rows": 8}
    context = jobs.context(recipe, jobs.texts())
    parameters = read_parameters(CausalLmParameters, recipe)
    pool = load_pool(context, parameters)
    rows = [row for digest in sorted(pool.rows) for row in pool.rows[digest]][:8]
    assert len({row.n_predicted for row in rows}) > 1  # or the weights would not matter
    fine_tune(pool.base.model, pool.learner, rows, parameters, 0, lambda *_: None)

    def gradient(parts: int) -> tuple[float, int, torch.Tensor]:
        weights = lora_weights(pool.base.model).values()
        for weight in weights:
            weight.grad = None
        loss, n_tokens = send_back(pool.learner, rows, parts, step=1)
        return loss, n_tokens, torch.cat([w.grad.flatten() for w in weights if w.grad is not None])

    loss, n_tokens, whole = gradient(1)
    found, n_found, cut = gradient(n_parts)
    assert (found, n_found) == (pytest.approx(loss, rel=1e-6), n_tokens)
    assert float(whole.abs().max()) > 0
    assert torch.allclose(cut, whole, rtol=1e-4, atol=1e-7)


def test_parts_without_a_row_are_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="accumulate 9 is more than the batch_rows 4"):
        causal_lm.run(jobs.context(EVERYWHERE | {"accumulate": 9}, jobs.texts()))


def test_bfloat16_trains_too(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "qwen2")
    context = jobs.context(EVERYWHERE | {"dtype": "bfloat16"}, jobs.texts(), base=base)
    result = causal_lm.run(context)
    assert result["metrics"]["loss"] < result["metrics"]["base_loss"]
    assert result["fingerprint"]["dtype"] == "bfloat16"


def test_coalitions_are_trained_everywhere_with_all_tokens(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "gpt_neox")
    inputs = jobs.texts()
    frozen = jobs.context(EVERYWHERE | {"n_blocks": 4}, inputs, base=base)
    assert causal_lm_vocabulary.run(frozen)["size"] == 257
    players = [
        {"position": 0, "owner": "ana", "rows": ["rows:ana:0"]},
        {"position": 1, "owner": "ben", "rows": ["rows:ben:0"]},
    ]
    game = EVERYWHERE | {"players": players, "coalitions": ["0", "3"], "n_blocks": 4}
    vocabulary = {"vocabulary": frozen.output / "vocabulary.json"}
    result = causal_lm_utility.run(jobs.context(game, inputs | vocabulary, base=base))
    nobody, all_owners = (found["utility"] for found in result["evaluations"])
    assert all_owners > nobody
    assert nobody == pytest.approx(-whole_model_loss(jobs, base, None, sentences(9, 16)), rel=1e-5)


def test_adapters_of_both_kinds_are_compared_with_one_softmax(jobs: Jobs) -> None:
    inputs = jobs.texts()
    last = jobs.context(RECIPE, inputs)
    everywhere = jobs.context(EVERYWHERE, inputs)
    losses = [causal_lm.run(context)["metrics"]["loss_full"] for context in (last, everywhere)]
    models = {
        f"model:{place}:adapter_model.safetensors": context.output / "adapter_model.safetensors"
        for place, context in ((1, last), (2, everywhere))
    }
    asked = {"models": ["base", "last", "everywhere"], "trained": RECIPE}
    result = causal_lm_compare.run(jobs.context(asked, inputs | models))
    assert result["softmax"] == "full"
    assert [row["loss"] for row in result["rows"][1:]] == pytest.approx(losses, rel=1e-6)


@pytest.mark.parametrize("family", ["gpt2", "mamba"])
def test_an_adapter_writes(jobs: Jobs, family: str) -> None:
    base = tiny_model(jobs.models_dir, family)
    inputs = jobs.texts()
    tuned = jobs.context(EVERYWHERE | {"steps": 30}, inputs, base=base)
    causal_lm.run(tuned)
    asked = {
        "models": ["base", "mine"], "prompts": ["atl "], "new_tokens": 6, "trained": EVERYWHERE,
    }  # fmt: skip
    weights = {"model:1:adapter_model.safetensors": tuned.output / "adapter_model.safetensors"}
    result = causal_lm_generate.run(jobs.context(asked, inputs | weights, base=base))
    for row, adapter in zip(result["rows"], (None, tuned.output), strict=True):
        model, tokenizer = plainly_loaded(jobs, base, adapter)
        tokens = tokenizer("atl ", return_tensors="pt")["input_ids"]
        for _ in range(6):
            with torch.no_grad():
                logits = model(input_ids=tokens, use_cache=False).logits[0, -1]
            if logits.argmax() == tokenizer.eos_token_id:
                break
            tokens = torch.cat([tokens, logits.argmax()[None, None]], dim=1)
        assert row["text"] == tokenizer.decode(tokens[0, 4:])


def test_no_preview_watches_it(jobs: Jobs) -> None:
    players = [{"position": 0, "owner": "ana", "rows": ["rows:ana:0"]}]
    for recipe, next_step in (
        (EVERYWHERE, "value the task"),
        (RECIPE | {"accumulate": 2}, "accumulate=1"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            causal_lm_preview.run(jobs.context(recipe | {"players": players}, jobs.texts()))
        assert next_step in caught.value.next_step


@pytest.mark.parametrize("family", ["gpt_neox", "bloom", "mamba"])
def test_last_blocks_of_a_model_that_cannot_be_cut_are_refused(jobs: Jobs, family: str) -> None:
    base = tiny_model(jobs.models_dir, family)
    with pytest.raises(UnsupportedFormatError, match="cannot be cut") as caught:
        causal_lm.run(jobs.context(RECIPE, jobs.texts(), base=base))
    assert "use lora: everywhere" in caught.value.next_step


def test_rows_are_cut_and_the_context_is_not_passed(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "opt")
    inputs = jobs.texts() | {"rows:ana:0": jobs.rows(["atl " * 500])}
    longest = EVERYWHERE | {"max_tokens": 64}
    context = jobs.context(longest, inputs, base=base)
    causal_lm.run(context)
    pool = load_pool(context, read_parameters(CausalLmParameters, longest))
    assert max(len(row.targets) for rows in pool.rows.values() for row in rows) == 63
    with pytest.raises(InvalidInputError, match="sees 64 tokens") as caught:
        causal_lm.run(jobs.context(EVERYWHERE | {"max_tokens": 65}, inputs, base=base))
    assert "lower max_tokens" in caught.value.next_step


def test_a_model_without_a_limit_takes_any_length(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "mamba")
    parameters = read_parameters(CausalLmParameters, EVERYWHERE | {"max_tokens": 4_000})
    assert load_base(jobs.context({}, jobs.texts(), base=base), parameters).longest is None


def test_a_learning_rate_that_explodes_is_an_error(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "gpt_neox")
    with pytest.raises(TrainingDivergedError) as caught:
        causal_lm.run(jobs.context(EVERYWHERE | {"learning_rate": 1e38}, jobs.texts(), base=base))
    assert caught.value.facts["step"] > 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is at hand")
def test_a_gpu_trains_to_the_same_loss(jobs: Jobs) -> None:
    base = tiny_model(jobs.models_dir, "llama")
    context = jobs.context(EVERYWHERE, jobs.texts(), base=base)
    result = causal_lm.run(context)
    assert result["fingerprint"]["device"] == torch.cuda.get_device_name()
    tuned = whole_model_loss(jobs, base, context.output, sentences(9, 16))
    assert result["metrics"]["loss"] == pytest.approx(tuned, rel=1e-4)
    again = causal_lm.run(jobs.context(EVERYWHERE, jobs.texts(), base=base))
    assert again["model_digest"] == result["model_digest"]
