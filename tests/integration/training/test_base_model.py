"""A GGUF file becomes a base model once."""

import hashlib
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training import base_model, causal_lm
from workbench.training.loading import load_model

WIDTH, HEADS, INNER, BLOCKS = 32, 2, 64, 2
WORDS = ["<|endoftext|>", *(chr(code) for code in range(33, 127)), "Ġ", "at", "Ġa"]


def write_llama(
    path: Path, *, poison: bool = False, family: str = "llama", license: str = ""
) -> Path:
    """Write a llama, or a cousin, of two blocks as llama.cpp's converter does."""
    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(path, family)
    writer.add_name("/home/somebody/secret-checkpoint")
    if license:
        writer.add_license(license)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(BLOCKS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(WORDS)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(WORDS))
    writer.add_token_merges(["a t", "Ġ a"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)

    def add(name: str, *shape: int) -> None:
        weight = rng.normal(scale=0.1, size=shape).astype(np.float32)
        if poison and name == "blk.1.ffn_up.weight":
            weight[0, 0] = np.nan
        writer.add_tensor(name, weight)

    add("token_embd.weight", len(WORDS), WIDTH)
    add("output_norm.weight", WIDTH)
    for block in range(BLOCKS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{block}.{name}.weight", WIDTH, WIDTH)
            if family == "qwen2" and name != "attn_output":
                add(f"blk.{block}.{name}.bias", WIDTH)
        add(f"blk.{block}.ffn_gate.weight", INNER, WIDTH)
        add(f"blk.{block}.ffn_up.weight", INNER, WIDTH)
        add(f"blk.{block}.ffn_down.weight", WIDTH, INNER)
        add(f"blk.{block}.attn_norm.weight", WIDTH)
        add(f"blk.{block}.ffn_norm.weight", WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def convert(jobs: Jobs, file: Path, models_dir: Path) -> dict[str, object]:
    parameters = {"models_dir": str(models_dir), "name": "tiny llama"}
    return base_model.run(jobs.context(parameters, {"file": file}))


@pytest.mark.parametrize(("said", "licenses"), [("apache-2.0", ["apache-2.0"]), ("", [])])
def test_its_metadata_may_name_a_licence(
    jobs: Jobs, tmp_path: Path, said: str, licenses: list[str]
) -> None:
    file = write_llama(tmp_path / "llama.gguf", license=said)
    for _ in range(2):
        assert convert(jobs, file, tmp_path / "converted")["licenses"] == licenses


def test_it_is_placed_under_the_files_digest(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "llama.gguf")
    result = convert(jobs, file, tmp_path / "converted")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (result["digest"], result["name"]) == (digest, "tiny llama")
    assert [path.name for path in (tmp_path / "converted").iterdir()] == [digest]
    model = load_model(tmp_path / "converted" / digest, torch.float32)
    assert model.num_parameters() == result["n_parameters"]


def test_a_second_import_converts_nothing(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "llama.gguf")
    first = convert(jobs, file, tmp_path / "converted")
    told = len(jobs.events)
    assert convert(jobs, file, tmp_path / "converted") == first
    assert len(jobs.events) == told


def test_no_path_of_the_files_maker_is_kept(jobs: Jobs, tmp_path: Path) -> None:
    convert(jobs, write_llama(tmp_path / "llama.gguf"), tmp_path / "converted")
    kept = b"".join(p.read_bytes() for p in (tmp_path / "converted").rglob("*.json"))
    assert b"somebody" not in kept
    assert str(tmp_path).encode() not in kept


def test_a_llama_is_tuned_as_a_gpt2_is(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "llama.gguf")
    digest = str(convert(jobs, file, jobs.models_dir)["digest"])
    metrics = causal_lm.run(jobs.context(RECIPE, jobs.texts(), base=digest))["metrics"]
    assert metrics["loss"] < metrics["base_loss"]


@pytest.mark.parametrize(
    ("first", "said"), [(b"PK\x03\x04", "zip"), (b"\x80\x04.", "pickle"), (b"<html>", "<htm")]
)
def test_a_file_that_is_no_model_is_refused(
    jobs: Jobs, tmp_path: Path, first: bytes, said: str
) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(first)
    with pytest.raises(UnsupportedFormatError, match=said):
        convert(jobs, file, tmp_path / "converted")
    assert list(tmp_path.glob("converted/*")) == []


def test_a_gguf_of_another_family_is_trained_everywhere(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "qwen.gguf", family="qwen2")
    digest = str(convert(jobs, file, jobs.models_dir)["digest"])
    everywhere = RECIPE | {"lora": "everywhere"}
    metrics = causal_lm.run(jobs.context(everywhere, jobs.texts(), base=digest))["metrics"]
    assert metrics["loss"] < metrics["base_loss"]
    with pytest.raises(UnsupportedFormatError, match="Qwen2ForCausalLM") as caught:
        causal_lm.run(jobs.context(RECIPE, jobs.texts(), base=digest))
    assert "use lora: everywhere" in caught.value.next_step


@pytest.mark.parametrize("family", ["t5", "rwkv6"])
def test_a_gguf_of_no_known_causal_family_is_refused(
    jobs: Jobs, tmp_path: Path, family: str
) -> None:
    file = write_llama(tmp_path / "model.gguf", family=family)
    with pytest.raises(UnsupportedFormatError) as caught:
        convert(jobs, file, tmp_path / "converted")
    assert family in caught.value.found.lower()
    assert caught.value.next_step
    assert list((tmp_path / "converted").iterdir()) == []


def test_a_truncated_gguf_is_refused(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "llama.gguf")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(UnsupportedFormatError, match="GGUF file cannot be read"):
        convert(jobs, file, tmp_path / "converted")
    assert list((tmp_path / "converted").iterdir()) == []


def test_a_poisoned_file_leaves_nothing(jobs: Jobs, tmp_path: Path) -> None:
    file = write_llama(tmp_path / "llama.gguf", poison=True)
    with pytest.raises(InvalidInputError, match="NaN"):
        convert(jobs, file, tmp_path / "converted")
    assert list((tmp_path / "converted").iterdir()) == []
