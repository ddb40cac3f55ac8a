"""A run's model in MLflow's registry: a version that points at the run, without its weights.

``mlflow.transformers.log_model`` of an adapter stores the whole base model and reloads wrong
weights without an error. So the adapter's files are plain artifacts of the run, and an *external*
model stands for them; what is registered is that.
"""

from typing import Any, Final

import mlflow
from mlflow.entities import LoggedModelOutput

from workbench.tracking.description import RunDescription

ALIAS: Final = "newest"
"""Set on the last version; ``latest`` is a name that MLflow keeps for itself."""

_READY: Final = "READY"


def external_model(client: Any, experiment: str, tracking_run: str, run: RunDescription) -> str:
    """Return the id of the model that stands for a run's adapter; make it once."""
    where = f"source_run_id = '{tracking_run}'"
    ready = None
    for model in client.search_logged_models([experiment], filter_string=where):
        if model.status == _READY and ready is None:
            ready = model
        else:
            # A logging that was killed in between left it without its description.
            client.delete_logged_model(model.model_id)
    if ready is None:
        ready = mlflow.create_external_model(
            name=run.model_name,
            source_run_id=tracking_run,
            experiment_id=experiment,
            model_type="adapter",
            params={"artifacts": f"runs:/{tracking_run}/model"},
            tags={"workbench.run": run.id, "workbench.model": run.model_digest},
        )
    outputs = client.get_run(tracking_run).outputs.model_outputs
    if ready.model_id not in [output.model_id for output in outputs]:
        client.log_outputs(tracking_run, [LoggedModelOutput(ready.model_id, 0)])
    return str(ready.model_id)


def register(client: Any, model_id: str, tracking_run: str, run: RunDescription) -> str:
    """Return the version under which a run's model is registered; register it once."""
    versions = client.search_model_versions(f"name = '{run.model_name}'")
    mine = [version for version in versions if version.run_id == tracking_run]
    if not mine:
        tags = {"workbench.run": run.id, "workbench.model": run.model_digest}
        mine = [mlflow.register_model(f"models:/{model_id}", run.model_name, tags=tags)]
        versions = [*versions, *mine]
    newest = max(int(version.version) for version in versions)
    client.set_registered_model_alias(run.model_name, ALIAS, str(newest))
    return str(mine[0].version)
