"""Champion and challenger trained again with the same seeds, for gates that ask for several.

One training is one draw: a better seed looks like a better recipe. Replicas are measured and
never become models of the task.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from workbench.core.errors import ConflictError
from workbench.core.jobs import JobSpec
from workbench.workflows.compare import model_version
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.proposal_checks import attempt

_ROWS: Final = "rows:"


@dataclass(frozen=True)
class Replicas:
    """Models of one recipe, one a seed.

    Attributes
    ----------
    names : what a comparison calls them, in the order of the seeds.
    files : of each, name → digest.
    """

    names: tuple[str, ...]
    files: tuple[Mapping[str, str], ...]


def recipe_of(home: Home, task_id: str, model: str) -> JobSpec:
    """Return the training that made a model.

    Raises
    ------
    ConflictError
        No training here has made it, or rows that it read were withdrawn since.
    NotFoundError
        The task has no such model.
    """
    runs = home.database.read("run_by_id", {"id": model_version(home, task_id, model)["run"]})
    if not runs:
        raise ConflictError(
            f"no training here has made the model {model[:12]}",
            wanted=f"a model that can be trained again: {task_id} tests with several seeds",
            next_step="propose a run of the task, or a recipe",
        )
    job = JobSpec.from_json(json.loads(runs[0]["spec"]))
    rows = [digest for name, digest in job.inputs.items() if name.startswith(_ROWS)]
    if any(not home.blobs.has(digest) for digest in rows):
        raise ConflictError(
            f"rows that the model {model[:12]} was trained on are withdrawn",
            wanted="a model that can be trained again",
            next_step="train on what there is, and propose that",
        )
    return job


def train_replicas(
    home: Home, recipes: Sequence[JobSpec], seeds: Sequence[int], report: Report
) -> tuple[Replicas, Replicas]:
    """Train champion's and challenger's recipe with each seed, in turn on this machine.

    Raises
    ------
    RefusedError
        The challenger's recipe breaks with one of them.
    """
    champion, challenger = recipes
    made: dict[str, list[Mapping[str, str]]] = {"champion": [], "challenger": []}
    for number, seed in enumerate(seeds, start=1):
        report.emit({"type": "note", "message": f"training both with seed {number}/{len(seeds)}"})
        made["champion"].append(_train(home, replace(champion, seed=seed), report))
        again = partial(_train, home, replace(challenger, seed=seed), report)
        made["challenger"].append(attempt(again))
    first, second = (
        Replicas(tuple(f"{whose} {k}" for k in range(len(seeds))), tuple(files))
        for whose, files in made.items()
    )
    return first, second


def beside(job: JobSpec, replicas: Sequence[Replicas]) -> JobSpec:
    """Return a comparison that asks replicas, too."""
    models, files = list(job.parameters["models"]), dict(job.inputs)
    for one in replicas:
        for name, own in zip(one.names, one.files, strict=True):
            files |= {f"model:{len(models)}:{file}": digest for file, digest in own.items()}
            models.append(name)
    return replace(job, inputs=files, parameters=job.parameters | {"models": models})


def _train(home: Home, job: JobSpec, report: Report) -> dict[str, str]:
    # Their curves are nobody's: only what the replicas answer counts.
    with home.executor.run(job, cancelled=report.cancelled) as outcome:
        return {name: home.blobs.put_file(path)[0] for name, path in outcome.output.items()}
