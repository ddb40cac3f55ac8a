"""The recipe ``read-back``: what MLflow shows of a run, as the document that is sealed."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext
from workbench.registry.seal import DOCUMENT_FILE, Metric, MetricPoint, make_document
from workbench.tracking.client import tracking
from workbench.tracking.log import artifacts_dir

_ACTIVE: Final = "active"
_MISSING: Final = "missing"
_NOT_FOUND: Final = "RESOURCE_DOES_NOT_EXIST"
_DATASET_FIELDS: Final = ("source_type", "source", "schema", "profile")


def run(context: JobContext) -> dict[str, Any]:
    """Read a logged run back and leave its document in the output folder.

    Parameters
    ----------
    context : parameters ``uri``, ``artifacts_dir``; ``run``, our id; ``tracking_run``, MLflow's.

    Returns
    -------
    JSON: ``lifecycle``, which is ``"active"``; or ``"deleted"`` or ``"missing"``, and then there
    is no document.
    """
    parameters = context.spec.parameters
    with tracking(parameters["uri"], artifacts_dir(parameters)) as client:
        found = _find(client, parameters["tracking_run"])
        if found is None:
            return {"lifecycle": _MISSING}
        if found.info.lifecycle_stage != _ACTIVE:
            return {"lifecycle": str(found.info.lifecycle_stage)}
        document = make_document(
            parameters["run"],
            found.info.run_id,
            parameters=found.data.params,
            metrics=_metrics(client, found),
            tags=found.data.tags,
            inputs=dict(_inputs(found)),
            artifacts=_artifacts(found.info.artifact_uri, context.output),
        )
    (context.output / DOCUMENT_FILE).write_bytes(canonical_bytes(document))
    return {"lifecycle": _ACTIVE}


def _find(client: Any, tracking_run: str) -> Any:
    try:
        return client.get_run(tracking_run)
    except MlflowException as error:
        if error.error_code != _NOT_FOUND:
            raise
        return None


def _metrics(client: Any, found: Any) -> dict[str, Metric]:
    return {
        name: Metric(
            shown,
            [
                MetricPoint(point.step, point.value, point.timestamp)
                for point in client.get_metric_history(found.info.run_id, name)
            ],
        )
        for name, shown in found.data.metrics.items()
    }


def _inputs(found: Any) -> Iterator[tuple[str, str]]:
    """Yield what is known of each dataset under its name, digest and field."""
    for item in found.inputs.dataset_inputs:
        dataset = f"{item.dataset.name}@{item.dataset.digest}"
        for field in _DATASET_FIELDS:
            yield f"{dataset} {field}", getattr(item.dataset, field) or ""
        for tag in item.tags:
            yield f"{dataset} {tag.key}", tag.value


def _artifacts(uri: str, output: Path) -> dict[str, str]:
    # Asked directly: the client looks the run up again for each file.
    store = get_artifact_repository(uri)
    found: dict[str, str] = {}
    folders: list[str | None] = [None]
    while folders:
        for item in store.list_artifacts(folders.pop()):
            if item.is_dir:
                folders.append(item.path)
                continue
            # One at a time, so that a run's files never lie here all at once.
            with tempfile.TemporaryDirectory(dir=output) as temporary:
                copy = store.download_artifacts(item.path, temporary)
                with Path(copy).open("rb") as stream:
                    found[item.path] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found
