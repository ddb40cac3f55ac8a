"""Recipe ``import-model``: a GGUF file becomes a safetensors folder, once."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import Field
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from workbench.core.errors import UnsupportedFormatError
from workbench.core.jobs import JobContext
from workbench.training.architecture import split
from workbench.training.fingerprint import prepare_torch
from workbench.training.inputs import required_input
from workbench.training.loading import check_finite
from workbench.training.parameters import Parameters, read_parameters

_CARD: Final = "workbench.json"


class ImportParameters(Parameters):
    """Where base models are kept, and what people call this one."""

    models_dir: Path
    name: str = Field(min_length=1, max_length=200)


def run(context: JobContext) -> dict[str, Any]:
    """Convert the input ``gguf`` to ``<models_dir>/<sha256 of the file>/``, unless it is there.

    Returns
    -------
    dict
        ``digest`` (of the GGUF file), ``name``, ``n_parameters``.
    """
    parameters = read_parameters(ImportParameters, context.spec.parameters)
    gguf = required_input(context.inputs, "gguf")
    with gguf.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise UnsupportedFormatError(
                "the base model's file does not begin as a GGUF file does",
                wanted="a GGUF file of the Llama or GPT-2 family",
                next_step="check the download's digest",
            )
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = parameters.models_dir / digest
    if not (folder / _CARD).exists():
        with placed(folder) as partial:
            _convert(context, gguf, partial)
    card = json.loads((folder / _CARD).read_bytes())
    return {"digest": digest, "name": parameters.name, "n_parameters": card["n_parameters"]}


def _convert(context: JobContext, gguf: Path, folder: Path) -> None:
    prepare_torch()
    context.progress(0, 3, "reading the GGUF file")
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
        local_files_only=True,
        trust_remote_code=False,
    )
    split(model)
    check_finite(model)
    context.progress(1, 3, "reading the tokenizer")
    tokenizer = AutoTokenizer.from_pretrained(
        gguf.parent, gguf_file=gguf.name, local_files_only=True, trust_remote_code=False
    )
    context.progress(2, 3, "writing safetensors")
    save_base(model, tokenizer, folder)
    context.progress(3, 3, "writing safetensors")


def save_base(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a base model as every base model is kept: weights, tokenizer and a card."""
    # Names inside a GGUF file may be paths of the machine that made it.
    for name in ("_name_or_path", "_model_name_or_path"):
        if hasattr(model.config, name):
            setattr(model.config, name, "")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    card = {"architecture": type(model).__name__, "n_parameters": model.num_parameters()}
    (folder / _CARD).write_text(json.dumps(card, sort_keys=True))


@contextmanager
def placed(folder: Path) -> Iterator[Path]:
    """Give a folder to fill, and put it in place whole, or not at all.

    When another process was faster, its folder stays: both hold the same content.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for path in partial.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
