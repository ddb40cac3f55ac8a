"""A training's state on disk, so that it goes on after a kill as if nothing had happened.

One safetensors file holds the tensors and, in its header, canonical JSON with the job's id, what
the training has told so far and a digest of it all. Nothing is unpickled; what does not match is
not used.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from workbench.core.canonical import canonical_bytes
from workbench.training.fine_tuning import Training

CHECKPOINT_FILE: Final = "checkpoint.safetensors"
_FORMAT: Final = 1
_HEADER: Final = "workbench"
_WEIGHT: Final = "weight."
_OPTIMISER: Final = ("exp_avg", "exp_avg_sq", "step")


class DamagedCheckpointError(Exception):
    """The file is not what a job of this id wrote."""


@dataclass(frozen=True)
class Checkpoint:
    """What was kept.

    Attributes
    ----------
    story : JSON object; the recipe's own.
    tensors : by name.
    """

    story: dict[str, Any]
    tensors: dict[str, Tensor]


def write_checkpoint(folder: Path, job: str, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in place of the one before, or leave that one untouched.

    Raises
    ------
    OSError
        It could not be written, such as on a full disk.
    """
    told = {"format": _FORMAT, "job": job, "story": checkpoint.story}
    header = told | {"sha256": _digest(told, checkpoint.tensors)}
    content = save(checkpoint.tensors, {_HEADER: canonical_bytes(header).decode()})
    part = folder / f"{CHECKPOINT_FILE}.part"
    try:
        part.write_bytes(content)
        part.replace(folder / CHECKPOINT_FILE)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def read_checkpoint(folder: Path, job: str) -> Checkpoint | None:
    """Return what the job kept; None when it kept nothing.

    Raises
    ------
    DamagedCheckpointError
        It is another job's, of another version, or not what was written.
    """
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[_HEADER])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        found = header.pop("sha256")
        is_ours = header["format"] == _FORMAT and header["job"] == job
        if not is_ours or found != _digest(header, tensors):
            raise DamagedCheckpointError("it is not what this job wrote")
        return Checkpoint(dict(header["story"]), tensors)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedCheckpointError(str(error)) from error


def training_tensors(training: Training) -> dict[str, Tensor]:
    """Return weights and optimiser state by name."""
    tensors = {f"{_WEIGHT}{name}": w.detach().clone() for name, w in training.weights.items()}
    for name, weight in training.weights.items():
        state = training.optimiser.state[weight]
        tensors |= {f"{kind}.{name}": state[kind].clone() for kind in _OPTIMISER}
    return tensors


def restore_training(
    training: Training, tensors: Mapping[str, Tensor], step: int, n_drawn: int
) -> None:
    """Put a training that has not begun where another of the same job was.

    Raises
    ------
    DamagedCheckpointError
        The tensors are not those of this model; the training has not begun still.
    """
    for name, weight in training.weights.items():
        for kind in (_WEIGHT[:-1], *_OPTIMISER):
            shape = torch.Size() if kind == "step" else weight.shape
            kept = tensors.get(f"{kind}.{name}")
            if kept is None or kept.shape != shape:
                raise DamagedCheckpointError(f"it holds no {kind} of {name}")
    with torch.no_grad():
        for name, weight in training.weights.items():
            weight.copy_(tensors[f"{_WEIGHT}{name}"])
            training.optimiser.state[weight] = {
                kind: tensors[f"{kind}.{name}"].clone() for kind in _OPTIMISER
            }
    training.order.skip_to(n_drawn)
    training.step = step


def _digest(told: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> str:
    found = sha256(canonical_bytes(told))
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}:".encode())
        found.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()
