"""Models: a base model is imported once per machine, named by its digest."""

import json
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.wire import JobView
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

_LORA: Final = "lora"
_USUAL: Final = "last-blocks"


def import_model(home: Home, blob_sha256: str, name: str) -> JobView:
    """Start the conversion of an uploaded model file into the models cache."""
    home.blobs.path(blob_sha256)
    if not 0 < len(name) <= 100:
        raise InvalidInputError(f"the model is called {name[:100]!r}", wanted="1-100 letters")
    request = {"sha256": blob_sha256, "name": name}
    # The cache lies outside the home and may have been emptied since the last import.
    missing = not (home.settings.models_dir / blob_sha256).is_dir()
    return home.start_job("import-model", None, request, again=missing)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Convert a model that ``import_model`` queued; a converted one answers at once."""
    job = JobSpec(
        recipe="import-model",
        inputs={"file": request["sha256"]},
        parameters={"models_dir": str(home.settings.models_dir), "name": request["name"]},
    )
    report.emit({"type": "note", "message": f"converting {request['name']}"})
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    return {"digest": outcome.result["digest"], "name": request["name"]}


def check_trainable(folder: Path, spec: TaskSpec) -> None:
    """Refuse a base model that a task's recipe cannot train.

    Parameters
    ----------
    folder : of the imported model; its card says what it is.
    spec : of the task.

    Raises
    ------
    InvalidInputError
        An encoder is to write or a causal model to classify, or LoRA in the last blocks is
        wanted of a model that cannot be cut.
    """
    card = folder / "workbench.json"
    known = json.loads(card.read_bytes()) if card.is_file() else {}
    if bool(known.get("encodes")) == KINDS[spec.kind].writes:
        raise InvalidInputError(
            f"the base model of a {spec.kind} task is a {known.get('architecture', 'unknown')}",
            wanted="a causal model" if KINDS[spec.kind].writes else "a text encoder, or none",
            next_step="import another base model; see: workbench model import --help",
            architecture=known.get("architecture"),
        )
    ways = known.get(_LORA)
    if ways is not None and spec.recipe.get(_LORA, _USUAL) not in ways:
        raise InvalidInputError(
            f"the base model is a {known['architecture']}, which cannot be cut into last blocks "
            "and a prefix",
            wanted="a base model of the Llama or GPT-2 family, or lora: everywhere",
            next_step="use lora: everywhere in the task's recipe, which trains any causal model",
            architecture=known["architecture"],
        )
