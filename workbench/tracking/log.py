"""The recipe ``track``: log one finished run, exactly once however often it is asked.

A run carries our id as a tag from its first moment on. A logging that was killed in between is
taken up where it stopped: MLflow keeps equal parameters, tags, inputs and metrics once, so all
of it is simply sent again with the same timestamps; FINISHED is said last.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.tracking.client import experiment_id, tracking
from workbench.tracking.description import DatasetDescription, RunDescription
from workbench.tracking.models import external_model, register

_ARTIFACT: Final = "artifact:"
_BESIDE: Final = "beside:"
_CARD: Final = "beside:model_card.md"
_FINISHED: Final = "FINISHED"
_RUN_TAG: Final = "workbench.run"
_VERSION_TAG: Final = "workbench.model_version"
# What MLflow accepts at once.
_MAX_METRICS: Final = 1000
_MAX_PARAMETERS: Final = 100
_MAX_DIGEST_LETTERS: Final = 36


def run(context: JobContext) -> dict[str, Any]:
    """Log the run that the job's parameters describe.

    Parameters
    ----------
    context : parameters ``uri``; ``artifacts_dir`` (where a database's artifacts are stored,
        unused with a tracking server); ``experiment``; and ``run``, see ``RunDescription``.
        Inputs ``artifact:<name>`` are logged as the model's files, ``beside:<name>`` as files
        beside it; ``beside:model_card.md`` describes the registered version as well.

    Returns
    -------
    JSON: ``tracking_run`` and ``experiment`` (MLflow's ids), ``model_version`` (text; null when
    the run made no model).
    """
    parameters = context.spec.parameters
    description = RunDescription.from_json(parameters["run"])
    artifacts = artifacts_dir(parameters)
    with tracking(parameters["uri"], artifacts) as client:
        experiment = experiment_id(client, parameters["experiment"], artifacts)
        logged = _open_run(client, experiment, parameters["experiment"], description)
        if logged.info.status != _FINISHED:
            logged = _log(client, experiment, logged, description, context)
    return {
        "tracking_run": logged.info.run_id,
        "experiment": experiment,
        "model_version": logged.data.tags.get(_VERSION_TAG),
    }


def artifacts_dir(parameters: Mapping[str, Any]) -> Path | None:
    """Return where artifacts are stored: a tracking server decides that itself."""
    if parameters["uri"].startswith(("http://", "https://")) or not parameters.get("artifacts_dir"):
        return None
    return Path(parameters["artifacts_dir"])


def _open_run(client: Any, experiment: str, task: str, description: RunDescription) -> Any:
    """Return the one MLflow run of ours: the finished, else the oldest, else a new one."""
    runs = _find(client, experiment, description.id)
    if not runs:
        client.create_run(
            experiment,
            run_name=description.name,
            start_time=_milliseconds(description.started),
            tags={
                _RUN_TAG: description.id,
                "workbench.kind": description.kind,
                "workbench.task": task,
                "mlflow.source.name": "merit-workbench",
                "mlflow.source.type": "JOB",
            },
        )
        # Looked up again: a request that was sent twice has made two.
        runs = _find(client, experiment, description.id)
    first, *others = runs
    for other in others:
        client.delete_run(other.info.run_id)
    return first


def _find(client: Any, experiment: str, run_id: str) -> list[Any]:
    runs = client.search_runs([experiment], filter_string=f"tags.`{_RUN_TAG}` = '{run_id}'")
    return sorted(
        runs, key=lambda r: (r.info.status != _FINISHED, r.info.start_time, r.info.run_id)
    )


def _log(
    client: Any, experiment: str, logged: Any, description: RunDescription, context: JobContext
) -> Any:
    run_id = logged.info.run_id
    model_id = None
    tags = dict(description.tags)
    client.log_inputs(run_id, datasets=[_dataset(item) for item in description.datasets])
    _log_artifacts(client, run_id, description, context)
    if description.has_model:
        model_id = external_model(client, experiment, run_id, description)
        tags["workbench.model"] = description.model_digest
        card = context.inputs[_CARD].read_text("utf-8") if _CARD in context.inputs else ""
        tags[_VERSION_TAG] = register(client, model_id, run_id, description, card)
    _log_numbers(client, logged, description, model_id)
    client.log_batch(run_id, tags=[RunTag(name, text) for name, text in tags.items()])
    client.set_terminated(run_id, _FINISHED, end_time=_milliseconds(description.ended))
    return client.get_run(run_id)


def _log_numbers(
    client: Any, logged: Any, description: RunDescription, model_id: str | None
) -> None:
    run_id, start = logged.info.run_id, logged.info.start_time
    params = [Param(name, text) for name, text in description.parameters.items()]
    for i in range(0, len(params), _MAX_PARAMETERS):
        client.log_batch(run_id, params=params[i : i + _MAX_PARAMETERS])
    metrics = [
        Metric(name, number, start + i, step)
        for name, points in description.histories.items()
        for i, (step, number) in enumerate(points)
    ]
    # The figures of the whole run belong to its model as well, which the histories do not.
    metrics += [
        Metric(name, value, start, 0, model_id=model_id)
        for name, value in description.metrics.items()
    ]
    for i in range(0, len(metrics), _MAX_METRICS):
        client.log_batch(run_id, metrics=metrics[i : i + _MAX_METRICS])


def _dataset(description: DatasetDescription) -> DatasetInput:
    return DatasetInput(
        dataset=Dataset(
            name=description.name,
            digest=description.sha256[:_MAX_DIGEST_LETTERS],
            source_type="workbench",
            source=canonical_bytes({"sha256": description.sha256}).decode(),
            profile=canonical_bytes({"num_rows": description.n_rows}).decode(),
        ),
        tags=[
            InputTag("workbench.sha256", description.sha256),
            InputTag("mlflow.data.context", "training"),
        ],
    )


def _log_artifacts(
    client: Any, run_id: str, description: RunDescription, context: JobContext
) -> None:
    """Log the input files, and the description itself, which no limit has shortened."""
    folder = "model" if description.has_model else "files"
    with tempfile.TemporaryDirectory(dir=context.output) as temporary:
        root = Path(temporary)
        (root / folder).mkdir()
        for name, path in context.inputs.items():
            # Copied for its name; the content's own file is called after its digest.
            place = root if name.startswith(_BESIDE) else root / folder
            shutil.copyfile(path, place / _file_name(name))
        (root / "run.json").write_bytes(canonical_bytes(context.spec.parameters["run"]))
        client.log_artifacts(run_id, str(root))


def _file_name(input_name: str) -> str:
    name = input_name.removeprefix(_BESIDE).removeprefix(_ARTIFACT)
    if name == input_name or name in ("", ".", "..") or PurePosixPath(name).name != name:
        raise InvalidInputError(
            f"the input {input_name!r} names no file", wanted=f"{_ARTIFACT}<file name>"
        )
    return name


def _milliseconds(moment: datetime | None) -> int:
    return int((time.time() if moment is None else moment.timestamp()) * 1000)
