"""First rows: what the gates would read of a file that nobody has contributed yet."""

import time
from collections.abc import Callable
from typing import Any, Final

from workbench.compute.outcome import Outcome
from workbench.core.errors import ConflictError, JobCancelledError
from workbench.core.jobs import JobSpec
from workbench.core.keys import check_identity_name
from workbench.core.kinds import KINDS
from workbench.core.wire import FirstRowsRequest, FirstRowsView
from workbench.registry.recipe import recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.tasks import get_spec

_READING_SECONDS: Final = 60.0
# A person looks at the page: behind a long training it says so instead.
_WAITING_SECONDS: Final = 60.0


def read(home: Home, task_id: str, request: FirstRowsRequest) -> FirstRowsView:
    """Return the columns and first rows of an uploaded file, and one as the model gets it.

    Raises
    ------
    ConflictError
        All workers are busy.
    InvalidInputError
        The file cannot be read as rows of this task.
    NotFoundError
        There is no such task, or the file was not uploaded.
    """
    spec = get_spec(home, task_id)
    check_identity_name(request.owner)
    home.blobs.path(request.file_sha256)
    parameters = {
        "file_name": request.file_name,
        "kind": spec.kind,
        "columns": request.columns,
        "n_features": spec.n_features,
        "classes": list(spec.classes),
    }
    job = JobSpec(recipe="first-rows", inputs={"file": request.file_sha256}, parameters=parameters)
    found = _run(home, job)
    return FirstRowsView(**found, as_read=_as_read(home, spec, found["rows"]))


def _as_read(home: Home, spec: TaskSpec, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    good = next((row for row in rows if "values" in row), None)
    if not KINDS[spec.kind].writes or spec.base is None or good is None:
        return None
    job = JobSpec(
        recipe="causal-lm-first-row",
        inputs={"base": f"model:{spec.base['digest']}"},
        parameters=recipe_parameters(spec) | {"row": good["values"]},
        environment=home.environment,
    )
    return _run(home, job) | {"number": good["number"]}


def _run(home: Home, job: JobSpec) -> dict[str, Any]:
    waited = _Waited()
    try:
        outcome: Outcome = home.executor.run(
            job, on_event=waited.begun, cancelled=waited.too_long, seconds=_READING_SECONDS
        )
    except JobCancelledError as error:
        raise ConflictError(
            "every worker is busy",
            wanted="a free one to read the file's first rows",
            next_step="try again, or go on: the checks read the file again when it is their turn",
        ) from error
    outcome.discard()
    return outcome.result


class _Waited:
    """Ends the wait for a worker, not what a worker has begun."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = clock() + _WAITING_SECONDS
        self._has_begun = False

    def begun(self, _event: object) -> None:
        self._has_begun = True

    def too_long(self) -> bool:
        return not self._has_begun and self._clock() > self._until
