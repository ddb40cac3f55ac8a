"""Value: what each owner group's data are worth to the task's model."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.core.wire import JobView, LookRow, StudyEvaluation, ValueRequest
from workbench.registry.recipe import recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.valuation.estimators import choose
from workbench.valuation.game import Given
from workbench.valuation.looks import value_in_looks
from workbench.valuation.values import Values
from workbench.workflows import track
from workbench.workflows.cache import fill_cache
from workbench.workflows.evaluate import TrainedUtility
from workbench.workflows.game import open_game
from workbench.workflows.home import Home, check_executor
from workbench.workflows.inputs import OwnerRows, job_inputs, owner_rows
from workbench.workflows.jobs import Report
from workbench.workflows.provenance import software
from workbench.workflows.seal import seal_study
from workbench.workflows.study import (
    Study,
    ask_of,
    get_study,
    keep_look,
    list_evaluations,
    list_looks,
    list_studies,
    open_study,
)
from workbench.workflows.tasks import get_spec

__all__ = [
    "find_values",
    "get_evaluations",
    "get_looks",
    "get_study",
    "handle",
    "list_studies",
    "start",
]


def start(home: Home, task_id: str, request: ValueRequest) -> JobView:
    """Start a study, or return the one that did the same."""
    spec = get_spec(home, task_id)
    owners = owner_rows(home, task_id)
    check_executor(request.executor, request.address)
    request = request.model_copy(update={"semivalue": request.semivalue or spec.semivalue})
    choose(len(owners), request.method, request.budget, ask_of(request, owners))
    body = {
        "request": request.model_dump(mode="json") | {"seed": str(request.seed)},
        "inputs": job_inputs(home, spec, owners),
        "owners": [{"owner": o.owner, "rows": list(o.rows), "n_rows": o.n_rows} for o in owners],
    }
    return home.start_job("value", task_id, body)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Run a study that ``start`` queued; called again, it goes on where it stopped."""
    task_id = str(home.jobs.get(report.job).task)
    spec = get_spec(home, task_id)
    owners = [OwnerRows(o["owner"], tuple(o["rows"]), o["n_rows"]) for o in request["owners"]]
    asked = ValueRequest.model_validate(
        request["request"] | {"seed": int(request["request"]["seed"])}
    )
    fill_cache(home, spec, request["inputs"], recipe_parameters(spec), report)
    game = open_game(home, spec, owners, request["inputs"], report)
    study = Study.of(game, owners, asked)
    # What it is given is fixed before what is stored is read, which may be more by then.
    given = open_study(home, task_id, study)
    with home.executor_for(asked.executor, asked.address) as executor:
        utility = TrainedUtility(
            home,
            executor,
            game,
            owners,
            request["inputs"],
            report,
            budget=study.choice.budget,
            n_replicates=study.n_replicates,
        )

        def look(values: Values) -> None:
            keep_look(home, study, values)
            report.emit({"type": "look", "study": study.id, "n_evaluations": values.n_evaluations})
            report.check_cancelled()

        values = find_values(study, utility, given, look)
    seal_study(home, task_id, study, values, utility)
    _record_run(home, spec, study, request)
    track.start(home, task_id, study.id)
    return {"study": study.id}


def get_evaluations(home: Home, study_id: str) -> list[StudyEvaluation]:
    """Return the utilities that a study's values rest on; of a sealed one all of them."""
    fields = StudyEvaluation.model_fields
    rows = list_evaluations(home, study_id)
    return [StudyEvaluation(**{name: row[name] for name in fields}) for row in rows]


def get_looks(home: Home, study_id: str) -> list[LookRow]:
    """Return how the values of a study moved while it went on."""
    return [LookRow(**row) for row in list_looks(home, study_id)]


def find_values(
    study: Study, utility: TrainedUtility, given: dict[int, int], look: Callable[[Values], None]
) -> Values:
    """Ask for utilities until the values are known as well as somebody wanted.

    Parameters
    ----------
    study : what is asked.
    utility : answers.
    given : coalitions of the game whose utilities are known before, and of how many trainings.
    look : called with the values as they stand, on the way.
    """
    known: Given | None = None
    if given:
        known = utility.members_of(list(given)), utility.known(given)
    ask = study.ask
    same_data = None if ask.same_data is None else _groups(ask.same_data.tolist())
    values = value_in_looks(
        utility,
        len(study.players),
        method=study.choice.method,
        budget=study.choice.budget,
        stopping=study.stopping,
        on_look=look,
        given=known,
        semivalue=ask.semivalue,
        confidence=ask.confidence,
        seed=ask.seed,
        player_sizes=ask.player_sizes,
        same_data=same_data,
    )
    return replace(values, why="; ".join(w for w in (study.choice.why, values.why) if w))


def _groups(group_of: list[int]) -> list[list[int]]:
    """Return the players of each group of more than one."""
    members: dict[int, list[int]] = {}
    for player, group in enumerate(group_of):
        members.setdefault(group, []).append(player)
    return [players for players in members.values() if len(players) > 1]


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
            "answered_by": view.answered_by,
            "budget": view.budget,
            "metric": view.metric,
            "game": view.game,
        },
        "seed": view.seed,
        "environment": home.environment,
    }
    details = {"study": study.id, "datasets": datasets} | software(home)
    values = {
        "id": study.id,
        "task": spec.id,
        "kind": "valuation",
        "spec": canonical_bytes(run_spec).decode(),
        "model": None,
        "metrics": canonical_bytes(metrics).decode(),
        "details": canonical_bytes(details).decode(),
    }
    home.database.write(lambda tx: tx.execute("insert_run", values | {"now": tx.now}))
