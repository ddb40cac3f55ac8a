"""A model's folder that a stranger may have made: what it may hold before anything is loaded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import UnsupportedFormatError
from workbench.core.model_files import VOCABULARIES

_INDEX: Final = "model.safetensors.index.json"
_PICKLES: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})


def check_folder(folder: Path) -> None:
    """Refuse a model folder that could run code or holds no safetensors.

    Raises
    ------
    UnsupportedFormatError
        A file is a pickle or Python, a configuration names code or quantised weights, or
        weights are missing.
    """
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    unsafe = [name for name in files if Path(name).suffix in _PICKLES | {".py"}]
    if unsafe:
        raise UnsupportedFormatError(
            f"the model folder holds {', '.join(unsafe)}, which can run code when loaded",
            wanted="weights as safetensors only",
            next_step="convert the checkpoint to safetensors where you trust it",
            files=unsafe,
        )
    if "config.json" not in files or not any(name.endswith(".safetensors") for name in files):
        raise UnsupportedFormatError(
            "the model folder lacks config.json or weights",
            wanted="config.json, model.safetensors and a tokenizer",
            next_step="import the base model again",
        )
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        if name in files:
            _check_configuration(name, folder / name)
    if _INDEX in files:
        named = set(_read_json(folder / _INDEX).get("weight_map", {}).values())
        if strange := named - set(files):
            raise UnsupportedFormatError(
                f"{_INDEX} names {min(map(str, strange))[:80]}, which the folder lacks",
                wanted="every file of weights that the index names",
                next_step="get the model again, all of it",
            )


def check_tokenizer(folder: Path) -> None:
    """Refuse a model folder without a tokenizer's vocabulary.

    Raises
    ------
    UnsupportedFormatError
        Without one, transformers would make up an empty tokenizer.
    """
    if not any((folder / name).is_file() for name in VOCABULARIES):
        raise UnsupportedFormatError(
            "the model folder holds no tokenizer",
            wanted=f"one of {', '.join(sorted(VOCABULARIES))}",
            next_step="put the model's own tokenizer files beside its weights",
        )


def _check_configuration(name: str, path: Path) -> None:
    found = _read_json(path)
    keys = set(_keys(found))
    kernel = [value for key, value in _items(found) if "attn_implementation" in key]
    if "auto_map" in keys or any("/" in str(value) for value in kernel):
        raise UnsupportedFormatError(
            f"the model's {name} asks for code of its own (auto_map)",
            wanted="an architecture that transformers knows",
            next_step="choose a base model that needs no code of its own",
        )
    if "quantization_config" in keys:
        raise UnsupportedFormatError(
            f"the model's {name} says that its weights are quantised",
            wanted="weights in full precision, or a GGUF file",
            next_step="import the model's GGUF, or the folder it was quantised from",
        )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise UnsupportedFormatError(
            f"the model's {path.name} is no JSON: {error}",
            wanted="a model folder as transformers writes it",
            next_step="get the model again",
        ) from error
    if not isinstance(found, dict):
        raise UnsupportedFormatError(
            f"the model's {path.name} is a {type(found).__name__}",
            wanted="a JSON object",
            next_step="get the model again",
        )
    return found


def _items(found: Any) -> Iterator[tuple[str, Any]]:
    """Yield the items of an object and of all that it holds."""
    if isinstance(found, dict):
        for name, value in found.items():
            yield name, value
            yield from _items(value)


def _keys(found: Any) -> Iterator[str]:
    return (name for name, _ in _items(found))
