"""Models: a base model is imported once per machine, named by its digest."""

from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.wire import JobView
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report


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
        inputs={"gguf": request["sha256"]},
        parameters={"models_dir": str(home.settings.models_dir), "name": request["name"]},
    )
    report.emit({"type": "note", "message": f"converting {request['name']}"})
    outcome = home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    outcome.discard()
    return {"digest": outcome.result["digest"], "name": request["name"]}
