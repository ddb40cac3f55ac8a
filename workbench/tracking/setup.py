"""The recipe ``track-setup``: make the tracking database and the experiment ahead of time.

MLflow takes seconds to import and to create its tables; done while people still look around,
the first run is logged in under a second.
"""

from typing import Any

from workbench.core.jobs import JobContext
from workbench.tracking.client import experiment_id, tracking
from workbench.tracking.log import artifacts_dir


def run(context: JobContext) -> dict[str, Any]:
    """Connect once; parameters ``uri``, ``artifacts_dir`` and, if known, ``experiment``."""
    parameters = context.spec.parameters
    artifacts = artifacts_dir(parameters)
    with tracking(parameters["uri"], artifacts) as client:
        if parameters.get("experiment"):
            found = experiment_id(client, parameters["experiment"], artifacts)
        else:
            client.search_experiments(max_results=1)
            found = None
    return {"experiment": found}
