"""Recipe ``track-champion``: put the alias of a task's champion where a merge moved it."""

from typing import Any

from mlflow.exceptions import MlflowException

from workbench.core.jobs import JobContext
from workbench.tracking.client import tracking
from workbench.tracking.log import artifacts_dir
from workbench.tracking.models import CHAMPION, MODEL_TAG

_MISSING = "RESOURCE_DOES_NOT_EXIST"


def run(context: JobContext) -> dict[str, Any]:
    """Move the alias ``champion`` to the newest version of a model.

    Parameters
    ----------
    context : parameters ``uri``, ``artifacts_dir``, ``name`` (of the registered model) and
        ``model`` (its digest).

    Returns
    -------
    JSON: ``version`` (text); null where no version stands for the model, and no alias is left.
    """
    parameters = context.spec.parameters
    name, model = parameters["name"], parameters["model"]
    with tracking(parameters["uri"], artifacts_dir(parameters)) as client:
        versions = client.search_model_versions(f"name = '{name}'")
        mine = [int(one.version) for one in versions if one.tags.get(MODEL_TAG) == model]
        if mine:
            version = str(max(mine))
            client.set_registered_model_alias(name, CHAMPION, version)
            return {"version": version}
        try:
            # A wrong champion would be worse than none.
            client.delete_registered_model_alias(name, CHAMPION)
        except MlflowException as error:
            if error.error_code != _MISSING:
                raise
    return {"version": None}
