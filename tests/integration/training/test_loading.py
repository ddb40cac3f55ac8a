"""Only sound safetensors of a known architecture become base models."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training import causal_lm
from workbench.training.architecture import split
from workbench.training.loading import load_model, load_tokenizer
from workbench.training.model_folder import check_folder
from workbench.training.tiny_gpt2 import tiny_gpt2


@pytest.fixture
def folder(jobs: Jobs, tmp_path: Path) -> Iterator[Path]:
    """A copy of the tiny model, to be spoilt."""
    copied = tmp_path / "copied"
    shutil.copytree(jobs.models_dir / jobs.base, copied)
    yield copied
    shutil.rmtree(copied)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.pkl", "modeling.py"])
def test_a_folder_that_can_run_code_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"\x80\x04.")
    with pytest.raises(UnsupportedFormatError, match=name):
        load_model(folder, torch.float32)


def test_a_configuration_that_names_code_is_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_bytes())
    config["auto_map"] = {"AutoModelForCausalLM": "somewhere--modeling.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedFormatError, match="auto_map"):
        load_model(folder, torch.float32)


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(UnsupportedFormatError, match="lacks"):
        check_folder(folder)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(folder: Path, poison: float) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["transformer.h.1.mlp.c_fc.weight"][3, 4] = poison
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InvalidInputError) as caught:
        load_model(folder, torch.float32)
    assert caught.value.facts["tensors"] == ["transformer.h.1.mlp.c_fc.weight"]


def test_an_unknown_architecture_is_named() -> None:
    model = GPTNeoXForCausalLM(
        GPTNeoXConfig(
            vocab_size=8,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=8,
        )
    )
    with pytest.raises(UnsupportedFormatError, match="GPTNeoXForCausalLM"):
        split(model)


def test_a_base_named_without_a_digest_is_refused(jobs: Jobs) -> None:
    context = jobs.context(RECIPE, jobs.texts())
    context.spec.inputs["base"] = "smollm2"
    with pytest.raises(InvalidInputError, match="smollm2"):
        causal_lm.run(context)


def test_equal_seeds_make_equal_models(tmp_path: Path) -> None:
    digests = [tiny_gpt2(tmp_path, seed, n_layers=1, width=16) for seed in (0, 0, 1)]
    assert digests[0] == digests[1] != digests[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(set(digests))


def test_the_tiny_models_tokens_are_bytes(jobs: Jobs) -> None:
    tokenizer = load_tokenizer(jobs.models_dir / jobs.base)
    text = "Ñuu ndäte: ¿cuix tēhuān? 漢"
    tokens = tokenizer(text)["input_ids"]
    assert len(tokens) == len(text.encode())
    assert tokenizer.decode(tokens) == text
