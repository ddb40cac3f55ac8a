"""Models that nobody proposes with success: a copy, a leak, a regression."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.client.bench import Bench
from workbench.client.proposal import ProposedModel
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.core.errors import WorkbenchError
from workbench.demo.scene import Scene

Change = Callable[[str, NDArray[np.float64]], NDArray[np.float64]]
# Too little to change any answer, and enough for another digest.
_HAIR: Final = 1e-9
# In favour of the last class, benign, on the scale of log-odds.
_TIP: Final = 2.0
_LEAKED: Final = 12
# Where the gates leave rows of the hidden test: alone, or among others.
_STOPPED: Final = ("refused", "quarantined")


def moved_by_a_hair(bench: Bench, proposed: ProposedModel, folder: Path) -> Path:
    """Return somebody's model with other last digits.

    Raises
    ------
    WorkbenchError
        No run has made it, so that there is no bundle to take it from.
    """
    made = [run for run in bench.runs(proposed.view.task) if run.model == proposed.model]
    if not made:
        raise WorkbenchError("no run has made the model", wanted="a model that was trained here")
    return _changed(bench, made[-1], folder, lambda _, numbers: numbers + _HAIR)


def tipped(bench: Bench, scene: Scene, owner: str, folder: Path) -> Path:
    """Return a model of an owner's rows that says benign sooner than it has learnt to.

    It is better than a champion that has learnt wrong labels, and misses what matters most.
    """
    run = bench.train(scene.task, owners=[owner])

    def tip(name: str, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.add(numbers, [0.0, _TIP]) if name == "intercepts" else numbers

    return _changed(bench, run, folder, tip)


def leaked(task: Task, scene: Scene, owner: str) -> str:
    """Contribute rows of the hidden test, as if they had become known; return the id."""
    known = task.contributions()
    before = known[(known["owner"] == owner) & known["state"].isin(_STOPPED)]["id"]
    if len(before):
        return str(before.iloc[0])
    return task.contribute(list(scene.test[:_LEAKED]), license=scene.license, sign=True).id


def _changed(bench: Bench, run: Run, folder: Path, change: Change) -> Path:
    """Take a model out of the bundle of its run, and write it with other numbers."""
    with TemporaryDirectory() as name:
        bundle = Path(name) / "run"
        bench.mirror(bundle).export(run)
        digest = str(run.model)
        content = bytearray((bundle / "blobs" / digest[:2] / digest[2:]).read_bytes())
    # A safetensors file: the header's length, the header as JSON, the numbers of each tensor.
    start = 8 + int.from_bytes(content[:8], "little")
    for tensor, place in json.loads(content[8:start]).items():
        if place.get("dtype") == "F64":
            first, last = (start + offset for offset in place["data_offsets"])
            numbers = np.frombuffer(bytes(content[first:last]), dtype="<f8")
            content[first:last] = change(tensor, numbers).astype("<f8").tobytes()
    path = folder / "model.safetensors"
    path.write_bytes(content)
    return path
