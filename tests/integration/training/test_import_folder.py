"""A zipped folder of safetensors becomes a base model, or a clear error and nothing."""

import hashlib
import json
import os
import pickle
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertLMHeadModel, T5Config

from tests.integration.training.any_models import FAMILIES, tiny_model
from tests.integration.training.conftest import Jobs
from tests.integration.training.test_everywhere import EVERYWHERE, RECIPE
from workbench.client.model_source import model_source
from workbench.core.errors import (
    DiskFullError,
    InvalidInputError,
    TooLargeError,
    UnsupportedFormatError,
    WorkbenchError,
)
from workbench.core.model_files import WANTED
from workbench.training import base_model, causal_lm, model_archive
from workbench.training.tiny_gpt2 import byte_tokenizer

Spoil = Callable[[Path], None]


@pytest.fixture
def folder(jobs: Jobs, tmp_path: Path) -> Path:
    """A tiny GPT-NeoX as a stranger's folder."""
    return copied(jobs, "gpt_neox", tmp_path)


def copied(jobs: Jobs, family: str, tmp_path: Path) -> Path:
    made = tmp_path / family
    shutil.copytree(jobs.models_dir / tiny_model(jobs.models_dir, family), made)
    (made / "workbench.json").unlink()
    return made


def packed(folder: Path, tmp_path: Path) -> Path:
    """The zip that the client makes of a folder."""
    kept = tmp_path / f"{folder.name}.zip"
    with model_source(folder, 10**9) as source:
        assert isinstance(source.content, Path)
        shutil.copy(source.content, kept)
    return kept


def imported(jobs: Jobs, file: Path, models_dir: Path) -> dict[str, Any]:
    parameters = {"models_dir": str(models_dir), "name": "tiny"}
    return base_model.run(jobs.context(parameters, {"file": file}))


def refused(jobs: Jobs, file: Path, models_dir: Path, kind: type[WorkbenchError]) -> WorkbenchError:
    """The error of an import that leaves nothing."""
    with pytest.raises(kind) as caught:
        imported(jobs, file, models_dir)
    assert list(models_dir.glob("*")) == []
    assert caught.value.found
    assert caught.value.wanted
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_imported_and_trained(jobs: Jobs, tmp_path: Path, family: str) -> None:
    file = packed(copied(jobs, family, tmp_path), tmp_path)
    result = imported(jobs, file, jobs.models_dir)
    assert result["digest"] == hashlib.sha256(file.read_bytes()).hexdigest()
    made = jobs.models_dir / result["digest"]
    assert not (made / "unpacked").exists()
    source = jobs.models_dir / tiny_model(jobs.models_dir, family)
    weights, wanted = (load_file(place / "model.safetensors") for place in (made, source))
    assert weights.keys() == wanted.keys()
    assert all(torch.equal(weights[name], wanted[name]) for name in wanted)
    card = json.loads((made / "workbench.json").read_bytes())
    assert ("lora" in card) == (family not in {"gpt2", "llama"})

    metrics = causal_lm.run(jobs.context(EVERYWHERE, jobs.texts(), base=result["digest"]))
    assert metrics["metrics"]["loss"] < metrics["metrics"]["base_loss"]


def test_a_llama_folder_is_trained_in_its_last_blocks(jobs: Jobs, tmp_path: Path) -> None:
    digest = imported(jobs, packed(copied(jobs, "llama", tmp_path), tmp_path), jobs.models_dir)
    result = causal_lm.run(jobs.context(RECIPE, jobs.texts(), base=digest["digest"]))
    assert result["metrics"]["loss"] < result["metrics"]["base_loss"]


def test_weights_in_several_files_are_one_model(jobs: Jobs, folder: Path, tmp_path: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    half = len(weights) // 2
    parts = {"model-00001-of-00002.safetensors": sorted(weights)[:half],
             "model-00002-of-00002.safetensors": sorted(weights)[half:]}  # fmt: skip
    for name, tensors in parts.items():
        save_file({tensor: weights[tensor] for tensor in tensors}, folder / name, {"format": "pt"})
    index = {"metadata": {}, "weight_map": {t: name for name, ts in parts.items() for t in ts}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    made = tmp_path / "converted" / imported(
        jobs, packed(folder, tmp_path), tmp_path / "converted"
    )["digest"]  # fmt: skip
    found = load_file(made / "model.safetensors")
    assert all(torch.equal(found[name], weights[name]) for name in weights)

    (folder / "model-00002-of-00002.safetensors").unlink()
    error = refused(jobs, packed(folder, tmp_path), tmp_path / "none", UnsupportedFormatError)
    assert "model-00002-of-00002" in error.found


def _truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size // 2)


def _overwrite(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps({"a": 1}))


def _change(folder: Path, name: str, **changes: Any) -> None:
    config = json.loads((folder / name).read_bytes())
    (folder / name).write_text(json.dumps(config | changes))


def _lose_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


SPOILT: dict[str, tuple[Spoil, str]] = {
    "truncated weights": (_truncate, "weights cannot be read"),
    "a pickle called safetensors": (_overwrite, "weights cannot be read"),
    "a tensor is missing": (_lose_a_tensor, "lack 1 tensors of GPTNeoXForCausalLM"),
    "weights of another width": (
        lambda f: _change(f, "config.json", hidden_size=32), "weights cannot be read",
    ),
    "no JSON": (lambda f: (f / "config.json").write_text("{"), r"config.json is no JSON"),
    "a list": (lambda f: (f / "config.json").write_text("[]"), "config.json is a list"),
    "an unknown architecture": (
        lambda f: _change(f, "config.json", model_type="sesame"), "sesame",
    ),
    "a classifier": (
        lambda f: _change(f, "config.json", architectures=["GPTNeoXForSequenceClassification"]),
        "GPTNeoXForSequenceClassification, which is no causal",
    ),
    "code of its own": (
        lambda f: _change(f, "config.json", text_config={"auto_map": {"AutoModel": "a.B"}}),
        "auto_map",
    ),
    "a tokenizer's code": (
        lambda f: _change(f, "tokenizer_config.json", auto_map={"AutoTokenizer": ["a.B", None]}),
        "tokenizer_config.json asks for code",
    ),
    "a kernel from a hub": (
        lambda f: _change(f, "config.json", attn_implementation="somebody/kernel"), "code",
    ),
    "quantised weights": (
        lambda f: _change(f, "config.json", quantization_config={"quant_method": "gptq"}),
        "quantised",
    ),
    "no tokenizer": (
        lambda f: [(f / n).unlink() for n in ("tokenizer.json", "tokenizer_config.json")],
        "tokenizer",
    ),
    "a broken tokenizer": (
        lambda f: (f / "tokenizer.json").write_text("{}"), "tokenizer cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_folder_is_refused_by_name(
    jobs: Jobs, folder: Path, tmp_path: Path, what: str
) -> None:
    spoil, said = SPOILT[what]
    spoil(folder)
    file = packed(folder, tmp_path)
    error = refused(jobs, file, tmp_path / "converted", UnsupportedFormatError)
    assert said in error.found


def test_poisoned_weights_are_named(jobs: Jobs, folder: Path, tmp_path: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"][0, 0] = float("nan")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    error = refused(jobs, packed(folder, tmp_path), tmp_path / "converted", InvalidInputError)
    assert error.facts["tensors"] == ["gpt_neox.layers.1.mlp.dense_h_to_4h.weight"]


def test_a_tokenizer_of_another_model_is_refused(jobs: Jobs, folder: Path, tmp_path: Path) -> None:
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["atl", "calli"])
    tokenizer.save_pretrained(folder)
    error = refused(jobs, packed(folder, tmp_path), tmp_path / "converted", InvalidInputError)
    assert "ids up to 258, and the model knows 257" in error.found


def test_an_encoder_that_passes_for_a_decoder_is_no_causal_model(
    jobs: Jobs, tmp_path: Path
) -> None:
    config = BertConfig(
        vocab_size=257, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, is_decoder=False,
    )  # fmt: skip
    # It warns that it looks both ways; so do we.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRANSFORMERS_VERBOSITY", "error")
        model = BertLMHeadModel(config)
    model.save_pretrained(tmp_path / "bert")
    byte_tokenizer().save_pretrained(tmp_path / "bert")
    file = packed(tmp_path / "bert", tmp_path)
    error = refused(jobs, file, tmp_path / "converted", UnsupportedFormatError)
    assert "BertLMHeadModel" in error.found


def test_an_encoder_and_decoder_is_no_causal_model(
    jobs: Jobs, folder: Path, tmp_path: Path
) -> None:
    config = T5Config(architectures=["T5ForConditionalGeneration"])
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    error = refused(jobs, packed(folder, tmp_path), tmp_path / "none", UnsupportedFormatError)
    assert "T5ForConditionalGeneration" in error.found


def rezipped(folder: Path, tmp_path: Path, *more: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """A zip of anybody's making: the folder's files and more."""
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        for member, content in more:
            archive.writestr(member, content)
    return path


def test_a_deflated_zip_of_anybodys_making_is_read(
    jobs: Jobs, folder: Path, tmp_path: Path
) -> None:
    assert imported(jobs, rezipped(folder, tmp_path), tmp_path / "converted")["n_parameters"] > 0


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "archive/data.pkl", "modeling.py", "sub/config.json", "../config.json",
     "/etc/passwd", "..\\config.json", ".safetensors", "model.safetensors\n.bin", "README.md"],
)  # fmt: skip
def test_members_of_other_names_are_refused(
    jobs: Jobs, folder: Path, tmp_path: Path, name: str
) -> None:
    file = rezipped(folder, tmp_path, (name, b"\x80\x04."))
    error = refused(jobs, file, tmp_path / "converted", UnsupportedFormatError)
    assert error.wanted == WANTED


def test_a_torch_checkpoint_is_refused_and_never_unpickled(jobs: Jobs, tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "model.pt")
    error = refused(jobs, tmp_path / "model.pt", tmp_path / "converted", UnsupportedFormatError)
    assert "data.pkl" in error.found


def test_links_and_doubles_are_refused(jobs: Jobs, folder: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("vocab.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = rezipped(folder, tmp_path, (link, b"/etc/passwd"))
    assert "link" in refused(jobs, file, tmp_path / "none", UnsupportedFormatError).found
    with pytest.warns(UserWarning, match="Duplicate"):
        file = rezipped(folder, tmp_path, ("config.json", b"{}"))
    assert "twice" in refused(jobs, file, tmp_path / "none", UnsupportedFormatError).found


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    jobs: Jobs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_archive, "MAX_TEXT_BYTES", 2**20)
    file = rezipped(folder, tmp_path, ("merges.txt", b"a b\n" * 2**19))
    assert "merges.txt" in refused(jobs, file, tmp_path / "none", TooLargeError).found
    monkeypatch.setattr(model_archive, "MAX_BYTES", 2**20)
    file = rezipped(folder, tmp_path, ("more.safetensors", b"\0" * 2**21))
    assert file.stat().st_size < 2**20
    refused(jobs, file, tmp_path / "none", TooLargeError)


def test_a_damaged_zip_is_said(jobs: Jobs, folder: Path, tmp_path: Path) -> None:
    content = bytearray(packed(folder, tmp_path).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "bad.zip").write_bytes(content)
    error = refused(jobs, tmp_path / "bad.zip", tmp_path / "none", UnsupportedFormatError)
    assert "damaged" in error.found


def test_too_little_room_is_said_before_anything_is_unpacked(
    jobs: Jobs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: room)
    error = refused(jobs, packed(folder, tmp_path), tmp_path / "none", DiskFullError)
    assert "1,000 are free" in error.found


def test_a_disk_that_fills_meanwhile_leaves_nothing(
    jobs: Jobs, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = packed(folder, tmp_path)
    request.getfixturevalue("little_space")
    # The worker's boundary gives it its name: see the executor's tests of known causes.
    with pytest.raises(OSError, match="File too large"):
        imported(jobs, file, tmp_path / "converted")
    assert list((tmp_path / "converted").iterdir()) == []
