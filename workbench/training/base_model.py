"""Recipe ``import-model``: a GGUF file or a zipped folder becomes a base model, once."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import Field
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from workbench.core.errors import UnsupportedFormatError
from workbench.core.jobs import JobContext
from workbench.training.architecture import can_split
from workbench.training.encoder_model import encodes, read_encoder
from workbench.training.fingerprint import prepare_torch
from workbench.training.inputs import required_input
from workbench.training.loading import (
    check_finite,
    load_tokenizer,
    read_config,
    read_model,
    sound,
)
from workbench.training.model_archive import unpack
from workbench.training.model_checks import check_fits, check_sees_no_future
from workbench.training.model_folder import check_tokenizer
from workbench.training.parameters import Parameters, read_parameters

_CARD: Final = "workbench.json"
_MOST_LETTERS: Final = 200


class ImportParameters(Parameters):
    """Where base models are kept, and what people call this one."""

    models_dir: Path
    name: str = Field(min_length=1, max_length=200)


def run(context: JobContext) -> dict[str, Any]:
    """Convert the input ``file`` to ``<models_dir>/<sha256 of the file>/``, unless it is there.

    Returns
    -------
    dict
        ``digest`` (of the file), ``name``, ``n_parameters``; ``licenses``, as the file names them.

    Raises
    ------
    UnsupportedFormatError
        It is neither a GGUF file nor a zip of safetensors, or holds neither a causal model nor
        a text encoder.
    InvalidInputError
        Weights are NaN or infinite, or tokenizer and model do not fit.
    """
    parameters = read_parameters(ImportParameters, context.spec.parameters)
    path = required_input(context.inputs, "file")
    with path.open("rb") as file:
        read = _reader(file.read(4))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    folder = parameters.models_dir / digest
    if not (folder / _CARD).exists():
        with placed(folder) as partial:
            _convert(context, path, read, partial)
    card = json.loads((folder / _CARD).read_bytes())
    return {
        "digest": digest,
        "name": parameters.name,
        "n_parameters": card["n_parameters"],
        "licenses": _gguf_licenses(path) if read is _read_gguf else [],
    }


Read = Callable[[Path, Path], tuple[PreTrainedModel, PreTrainedTokenizerBase]]
"""From a file, with a folder to work in, to a model and its tokenizer."""


def _reader(first: bytes) -> Read:
    if first == b"GGUF":
        return _read_gguf
    if first == b"PK\x03\x04":
        return _read_zip
    is_pickle = first[:1] == b"\x80"
    found = "is a pickle, which can run code" if is_pickle else f"begins with {first!r}"
    raise UnsupportedFormatError(
        f"the base model's file {found}",
        wanted="a GGUF file, or the zip of a folder of safetensors",
        next_step="give the model's folder: workbench model import FOLDER --name NAME; for a "
        "GGUF file, compare the download's SHA-256",
    )


def _convert(context: JobContext, path: Path, read: Read, folder: Path) -> None:
    prepare_torch()
    context.progress(0, 2, "reading the model")
    work = folder / "unpacked"
    work.mkdir()
    model, tokenizer = read(path, work)
    check_fits(model, tokenizer)
    if not encodes(model.config):
        check_sees_no_future(model)
    context.progress(1, 2, "writing safetensors")
    shutil.rmtree(work)
    save_base(model, tokenizer, folder)
    context.progress(2, 2, "writing safetensors")


def _read_gguf(path: Path, _work: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    given = {"gguf_file": path.name, "local_files_only": True, "trust_remote_code": False}
    with sound("the GGUF file"):
        model = AutoModelForCausalLM.from_pretrained(
            path.parent,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            **given,
        )
        tokenizer = AutoTokenizer.from_pretrained(path.parent, **given)
    check_finite(model)
    return model, tokenizer


def _gguf_licenses(path: Path) -> list[str]:
    """Return the licence that a GGUF file's metadata name; nothing where they do not."""
    from gguf import GGUFReader  # noqa: PLC0415

    with sound("the GGUF file"):
        fields = GGUFReader(path).fields
        said = [
            fields[name].contents() if name in fields else ""
            for name in ("general.license", "general.license.name")
        ]
    named = said[1] if str(said[0]).lower() == "other" and said[1] else said[0]
    return [named] if isinstance(named, str) and 0 < len(named) <= _MOST_LETTERS else []


def _read_zip(path: Path, work: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    unpack(path, work)
    check_tokenizer(work)
    is_encoder = encodes(read_config(work))
    model = read_encoder(work) if is_encoder else read_model(work, torch.float32, packed=False)
    with sound("the model's tokenizer"):
        return model, load_tokenizer(work)


def save_base(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a base model as every base model is kept: weights, tokenizer and a card."""
    # Names inside a GGUF file may be paths of the machine that made it.
    for name in ("_name_or_path", "_model_name_or_path"):
        if hasattr(model.config, name):
            setattr(model.config, name, "")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    card: dict[str, Any] = {"architecture": type(model).__name__}
    card |= {"n_parameters": model.num_parameters()}
    if encodes(model.config):
        card["encodes"] = True
    elif not can_split(model.config):
        card["lora"] = ["everywhere"]
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
        for path in sorted(partial.iterdir()):
            with path.open("rb") as file:
                os.fsync(file.fileno())
        try:
            partial.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
