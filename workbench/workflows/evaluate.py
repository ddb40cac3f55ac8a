"""Evaluate: train on coalitions of owners in worker processes, and keep every utility."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from workbench.core.jobs import Event, JobSpec
from workbench.registry.task import TaskSpec
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows
from workbench.workflows.jobs import Report
from workbench.workflows.study import Study

# A job is worth its message from about 100 ms on: few slow trainings, or many quick ones.
_COALITIONS_PER_JOB: Final = {"causal-lm": 2, "tabular-classification": 32}


def evaluate(
    home: Home,
    spec: TaskSpec,
    study: Study,
    owners: list[OwnerRows],
    inputs: dict[str, str],
    report: Report,
) -> None:
    """Train on every coalition that is not stored yet; store each utility as it arrives."""
    rows = home.database.read("evaluated_coalitions", {"game": study.game})
    stored = {row["coalition"] for row in rows}
    wanted = [study.in_game(coalition) for coalition in study.plan.coalitions]
    missing = [coalition for coalition in wanted if coalition not in stored]
    done = set(wanted) - set(missing)
    label = "training on coalitions of owners"
    report.progress(len(done), len(wanted), label)

    def run(job: JobSpec) -> None:
        def keep(event: Event) -> None:
            if event["type"] == "utility":
                home.database.write(lambda tx: _store(tx, study.game, job.id, event))
                # A job whose worker was lost starts again and tells some of it twice.
                done.add(int(event["coalition"]))
                report.progress(len(done), len(wanted), label)

        home.executor.run(job, on_event=keep, cancelled=report.cancelled).discard()

    jobs = _jobs(home, spec, study, owners, inputs, missing)
    with ThreadPoolExecutor(home.settings.n_workers) as threads:
        futures = [threads.submit(run, job) for job in jobs]
        try:
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()


def _jobs(
    home: Home,
    spec: TaskSpec,
    study: Study,
    owners: list[OwnerRows],
    inputs: dict[str, str],
    missing: list[int],
) -> Iterator[JobSpec]:
    [game] = home.database.read("game_by_id", {"id": study.game})
    game_spec = json.loads(game["spec"])
    by_owner = {(o.owner, o.digest): list(o.inputs()) for o in owners}
    players = [
        {
            "position": row["position"],
            "owner": row["owner"],
            "rows": by_owner[row["owner"], row["rows_sha256"]],
        }
        for row in home.database.read("players_of_game", {"game": study.game})
        if row["position"] in study.players
    ]
    chunk = _COALITIONS_PER_JOB[spec.kind]
    for first in range(0, len(missing), chunk):
        coalitions = [str(coalition) for coalition in missing[first : first + chunk]]
        parameters = {"players": players, "coalitions": coalitions, "replicate": 0}
        yield JobSpec(
            recipe=game_spec["recipe"],
            inputs=inputs,
            parameters=game_spec["parameters"] | parameters,
            seed=int(game_spec["seed"]),
            environment=home.environment,
        )


def _store(tx: Transaction, game: str, job: str, event: Event) -> None:
    tx.execute(
        "insert_evaluation",
        {
            "game": game,
            "coalition": int(event["coalition"]),
            "replicate": event["replicate"],
            "utility": event["utility"],
            "block_utilities": event["block_utilities"],
            "seed": event["seed"],
            "job": job,
            "seconds": event["seconds"],
            "now": tx.now,
        },
    )
