"""Models: a base model is imported once per machine, named by its digest."""

import json
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.licence import NOASSERTION
from workbench.core.wire import JobView, ModelRequest
from workbench.registry.hub_licence import hub_license
from workbench.registry.licence import parse_license
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

_LORA: Final = "lora"
_USUAL: Final = "last-blocks"


def import_model(home: Home, asked: ModelRequest) -> JobView:
    """Start the conversion of an uploaded model file into the models cache.

    Raises
    ------
    InvalidInputError
        The licence is no SPDX expression.
    NotFoundError
        The file was not uploaded.
    """
    home.blobs.path(asked.sha256)
    request: dict[str, Any] = {"sha256": asked.sha256, "name": asked.name}
    if asked.license is not None:
        request |= {"license": parse_license(asked.license)}
    elif asked.readme_licenses:
        request |= {"readme_licenses": asked.readme_licenses}
    # The cache lies outside the home and may have been emptied since the last import; and what
    # was imported last under a name is what it means.
    missing = not (home.settings.models_dir / asked.sha256).is_dir()
    done = home.jobs.find("import-model", None, request)
    stale = done is not None and done.state == "done" and done.result != _newest(home, asked.name)
    return home.start_job("import-model", None, request, again=missing or stale)


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
    about = {"digest": outcome.result["digest"], "name": request["name"]}
    license, source = _licence(request, outcome.result)
    said = f"comes under {license}" if source else "names no licence, so that it is unknown"
    report.emit({"type": "note", "message": f"{request['name']} {said}"})
    return about | {"license": license, "license_from": source}


def base_licence(home: Home, spec: TaskSpec) -> str:
    """Return under which licence a task's base model comes: ``NOASSERTION`` where nobody knows.

    What the sponsor signed counts; a task of before that has what its base was imported under.
    """
    if spec.base is None or "license" in spec.base:
        return "" if spec.base is None else spec.base["license"]
    found = [
        result["license"]
        for result in _imports(home)
        if result["digest"] == spec.base["digest"] and result.get("license_from")
    ]
    return str(found[-1]) if found else NOASSERTION


def _licence(request: dict[str, Any], result: dict[str, Any]) -> tuple[str, str]:
    """Return a model's licence, and who says so: nobody where it is unknown."""
    if "license" in request:
        return request["license"], "person"
    for names, source in (
        (request.get("readme_licenses", []), "README.md"),
        (result.get("licenses", []), "GGUF metadata"),
    ):
        if (found := hub_license(names)) != NOASSERTION:
            return found, source
    return NOASSERTION, ""


def _imports(home: Home) -> list[dict[str, Any]]:
    """Return what import jobs have made, the newest last."""
    done = [job for job in home.jobs.list() if job.verb == "import-model" and job.result]
    done.sort(key=lambda job: job.finished_at or job.created_at)
    return [job.result for job in done if job.result]


def _newest(home: Home, name: str) -> dict[str, Any] | None:
    named = [result for result in _imports(home) if result["name"] == name]
    return named[-1] if named and "license" in named[-1] else None


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
