"""Value: what each owner group's data are worth to the task's model."""

from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.core.wire import JobView, ValueRequest
from workbench.registry.task import TaskSpec
from workbench.valuation.plan import plan_study
from workbench.workflows.cache import fill_cache
from workbench.workflows.evaluate import evaluate
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows, job_inputs, owner_rows, recipe_parameters
from workbench.workflows.jobs import Report
from workbench.workflows.study import Study, get_study, list_studies, open_study, seal_study
from workbench.workflows.tasks import get_spec
from workbench.workflows.track import track_run

__all__ = ["get_study", "handle", "list_studies", "start"]


def start(home: Home, task_id: str, request: ValueRequest) -> JobView:
    """Start a study, or return the one that did the same."""
    spec = get_spec(home, task_id)
    owners = owner_rows(home, task_id)
    plan_study(len(owners), method=request.method, budget=request.budget, seed=request.seed)
    body = {
        "method": request.method,
        "budget": request.budget,
        "seed": str(request.seed),
        "inputs": job_inputs(home, spec, owners),
        "owners": [{"owner": o.owner, "rows": list(o.rows), "n_rows": o.n_rows} for o in owners],
    }
    return home.jobs.start("value", task_id, body)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Run a study that ``start`` queued; called again, it goes on where it stopped."""
    task_id = str(home.jobs.get(report.job).task)
    spec = get_spec(home, task_id)
    owners = [OwnerRows(o["owner"], tuple(o["rows"]), o["n_rows"]) for o in request["owners"]]
    study = open_study(home, spec, owners, request)
    fill_cache(home, spec, request["inputs"], recipe_parameters(spec), report)
    evaluate(home, spec, study, owners, request["inputs"], report)
    seal_study(home, task_id, study)
    _record_run(home, spec, study, request)
    track_run(home, study.id, report)
    return {"study": study.id}


def _record_run(home: Home, spec: TaskSpec, study: Study, request: dict[str, Any]) -> None:
    view = get_study(home, study.id)
    metrics = {f"value.{row.owner}": row.value for row in view.values}
    metrics["n_evaluations"] = float(view.n_evaluations)
    datasets = [
        {"name": owner["owner"], "sha256": digest, "n_rows": owner["n_rows"]}
        for owner in request["owners"]
        for digest in owner["rows"]
    ]
    run_spec = {
        "parameters": {
            "method": view.method,
            "budget": view.budget,
            "metric": view.metric,
            "game": view.game,
        },
        "seed": view.seed,
        "environment": home.environment,
    }
    values = {
        "id": study.id,
        "task": spec.id,
        "kind": "valuation",
        "spec": canonical_bytes(run_spec).decode(),
        "model": None,
        "metrics": canonical_bytes(metrics).decode(),
        "details": canonical_bytes({"study": study.id, "datasets": datasets}).decode(),
    }
    home.database.write(lambda tx: tx.execute("insert_run", values | {"now": tx.now}))
