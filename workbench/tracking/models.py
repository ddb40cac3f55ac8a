"""A run's model in MLflow's registry: a version that points at the run, without its weights.

``mlflow.transformers.log_model`` of an adapter stores the whole base model and reloads wrong
weights without an error. So the adapter's files are plain artifacts of the run, and an *external*
model stands for them; what is registered is that.
"""

from typing import Any, Final

import mlflow
from mlflow.entities import LoggedModelOutput

from workbench.tracking.description import RunDescription

NEWEST: Final = "newest"
"""Set on the last version; ``latest`` is a name that MLflow keeps for itself."""

CHAMPION: Final = "champion"
"""Set on the version of the task's best model, as far as it is registered."""

MODEL_TAG: Final = "workbench.model"
# A column of that width, which Postgres enforces.
_MOST_LETTERS: Final = 5000
_CUT: Final = "\n\n… the rest is in the run's model_card.md\n"

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
            tags={"workbench.run": run.id, MODEL_TAG: run.model_digest},
        )
    outputs = client.get_run(tracking_run).outputs.model_outputs
    if ready.model_id not in [output.model_id for output in outputs]:
        client.log_outputs(tracking_run, [LoggedModelOutput(ready.model_id, 0)])
    return str(ready.model_id)


def register(client: Any, model_id: str, tracking_run: str, run: RunDescription, card: str) -> str:
    """Return the version under which a run's model is registered; register it once.

    Parameters
    ----------
    card : the model card, which describes the version; nothing is said where it is empty.
    """
    versions = client.search_model_versions(f"name = '{run.model_name}'")
    mine = [version for version in versions if version.run_id == tracking_run]
    if not mine:
        tags = {"workbench.run": run.id, MODEL_TAG: run.model_digest}
        mine = [mlflow.register_model(f"models:/{model_id}", run.model_name, tags=tags)]
        versions = [*versions, *mine]
    version = str(mine[0].version)
    if card:
        client.update_model_version(run.model_name, version, _cut(card))
    _set_alias(client, run.model_name, NEWEST, versions)
    best = [one for one in versions if run.champion and one.tags.get(MODEL_TAG) == run.champion]
    _set_alias(client, run.model_name, CHAMPION, best)
    return version


def _set_alias(client: Any, name: str, alias: str, versions: list[Any]) -> None:
    """Set an alias on the last of these versions; leave it alone where there is none."""
    if versions:
        last = max(int(version.version) for version in versions)
        client.set_registered_model_alias(name, alias, str(last))


def _cut(card: str) -> str:
    return card if len(card) <= _MOST_LETTERS else card[: _MOST_LETTERS - len(_CUT)] + _CUT
