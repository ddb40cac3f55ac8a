"""Recipe ``weights``: look into a challenger's safetensors, beside the champion's."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.core.jobs import JobContext

_CHAMPION: Final = "champion:"
_CHALLENGER: Final = "challenger:"
_WEIGHTS: Final = ".safetensors"
_NUMBER: Final = re.compile(r"(?<=\.)\d+(?=\.)")
_MOST_GROUPS: Final = 400
Array = NDArray[np.float64]


def run(context: JobContext) -> dict[str, Any]:
    """Read every number of two models' weights.

    Inputs ``challenger:<file>`` and ``champion:<file>``; what is no safetensors is left alone.

    Returns
    -------
    dict
        ``n_parameters`` of the challenger; ``groups``: tensors whose names differ by a number
        alone, with ``n_parameters``, ``norm``, the champion's ``champion_norm`` and the
        ``difference_norm``, which are None where the champion has no such tensors.

    Raises
    ------
    UnsupportedFormatError
        The challenger has no safetensors, or a file is none.
    InvalidInputError
        A number of the challenger is not finite.
    """
    ours = dict(_tensors(context, _CHALLENGER))
    if not ours:
        raise UnsupportedFormatError(
            "the model has no weights", wanted="a safetensors file with tensors"
        )
    bad = sorted(name for name, tensor in ours.items() if not np.isfinite(tensor).all())
    if bad:
        raise InvalidInputError(
            f"the tensor {bad[0][:200]} holds NaN or infinity",
            wanted="finite numbers",
            reason="not-finite",
            tensors=bad[:20],
        )
    theirs = dict(_tensors(context, _CHAMPION))
    return {
        "n_parameters": sum(tensor.size for tensor in ours.values()),
        "groups": _groups(ours, theirs),
    }


def _groups(ours: dict[str, Array], theirs: dict[str, Array]) -> list[dict[str, Any]]:
    members: dict[str, list[str]] = {}
    for name in sorted(ours):
        members.setdefault(_NUMBER.sub("*", name), []).append(name)
    found = []
    for group, names in list(members.items())[:_MOST_GROUPS]:
        paired = all(n in theirs and theirs[n].shape == ours[n].shape for n in names)
        found.append(
            {
                "group": group[:300],
                "n_parameters": sum(ours[name].size for name in names),
                "norm": _norm([ours[name] for name in names]),
                "champion_norm": _norm([theirs[name] for name in names]) if paired else None,
                "difference_norm": _norm([ours[name] - theirs[name] for name in names])
                if paired
                else None,
            }
        )
    return found


def _norm(tensors: list[Array]) -> float:
    return float(np.sqrt(sum(float(np.square(tensor).sum()) for tensor in tensors)))


def _tensors(context: JobContext, prefix: str) -> Iterator[tuple[str, Array]]:
    names = sorted(n for n in context.inputs if n.startswith(prefix) and n.endswith(_WEIGHTS))
    for name in names:
        context.check_cancelled()
        # Two files of one model may use one name.
        of = f"{name.removeprefix(prefix)}: " if len(names) > 1 else ""
        yield from ((f"{of}{key}", tensor) for key, tensor in _read(context.inputs[name]))


def _read(path: Path) -> Iterator[tuple[str, Array]]:
    try:
        with safe_open(path, framework="np") as file:
            names = list(file.keys())
            kinds = {str(file.get_slice(name).get_dtype()) for name in names}
            if kinds <= {"F64", "F32", "F16", "I64", "I32", "I16", "I8", "U8", "BOOL"}:
                for name in names:
                    yield name, np.asarray(file.get_tensor(name), dtype=np.float64)
                return
        # numpy has no bfloat16; only whoever needs torch waits for it.
        import torch  # noqa: PLC0415

        with safe_open(path, framework="pt") as file:
            for name in names:
                yield name, file.get_tensor(name).to(torch.float64).numpy()
    except (SafetensorError, TypeError, ValueError) as error:
        raise UnsupportedFormatError(
            f"the weights are no safetensors file: {error!s:.200}",
            wanted="safetensors of plain numbers",
        ) from error
