"""Weights are read number by number, and compared by the names of their tensors."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.core.jobs import JobContext, JobSpec
from workbench.training import weights

ONES = np.ones((2, 2), dtype=np.float32)


def look(folder: Path, **inputs: Path) -> dict[str, object]:
    named = {f"{name}:model.safetensors": path for name, path in inputs.items()}
    context = JobContext(
        JobSpec("weights"), named, folder, folder, emit=lambda _: None, cancelled=lambda: False
    )
    return weights.run(context)


def saved(folder: Path, name: str, **tensors: np.ndarray) -> Path:
    path = folder / name
    save_file({key.replace("__", "."): array for key, array in tensors.items()}, path)
    return path


def test_tensors_that_differ_by_a_number_are_one_group(tmp_path: Path) -> None:
    old = saved(tmp_path, "old", layers__0__w=ONES, layers__1__w=ONES, bias=ONES)
    new = saved(tmp_path, "new", layers__0__w=3 * ONES, layers__1__w=ONES, head=ONES)
    found = look(tmp_path, champion=old, challenger=new)
    assert found["n_parameters"] == 12
    groups = {one["group"]: one for one in found["groups"]}  # type: ignore[attr-defined, union-attr]
    assert groups["layers.*.w"]["norm"] == pytest.approx(40**0.5)
    assert groups["layers.*.w"]["champion_norm"] == pytest.approx(8**0.5)
    assert groups["layers.*.w"]["difference_norm"] == pytest.approx(4.0)
    assert groups["head"]["champion_norm"] is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_named(tmp_path: Path, bad: float) -> None:
    path = saved(tmp_path, "bad", w=np.array([1.0, bad]))
    with pytest.raises(InvalidInputError, match="tensor w") as caught:
        look(tmp_path, challenger=path)
    assert caught.value.facts["reason"] == "not-finite"


@pytest.mark.parametrize("content", [b"", b"not one", b"\xff" * 64])
def test_what_is_no_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(UnsupportedFormatError):
        look(tmp_path, challenger=path)


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match="no weights"):
        look(tmp_path, challenger=saved(tmp_path, "empty"))
