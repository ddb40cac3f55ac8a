"""Where a run comes from: its software, its tokenizer, its data, the numbers on its way."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import workbench
from workbench.compute.environment_lock import environment_lock
from workbench.core.canonical import content_id
from workbench.core.jobs import Event, JobSpec
from workbench.core.wire import JobView, RecipeView, WithdrawnData
from workbench.registry.card import CardData
from workbench.registry.model_licence import explained_clashes, model_licence
from workbench.workflows.home import Home, model_folder
from workbench.workflows.models import base_licence
from workbench.workflows.tasks import get_spec

_MODEL: Final = "model:"
# What transformers may write for a tokenizer; none of it can run.
_TOKENIZER_FILES: Final = (
    "added_tokens.json",
    "chat_template.jinja",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
)


def recipe_of(spec: Mapping[str, Any]) -> RecipeView | None:
    """Return the recipe of a job's specification as people read it; None if it has none."""
    if not {"recipe", "parameters", "seed"} <= spec.keys():
        return None
    return RecipeView(
        name=spec["recipe"],
        parameters=spec["parameters"],
        seed=spec["seed"],
        digest=content_id(spec),
    )


def job_with_recipe(home: Home, job_id: str) -> JobView:
    """Return a job with the recipe that it follows, frozen when it was asked for.

    Raises
    ------
    NotFoundError
        No job has this id.
    """
    job = home.jobs.get(job_id)
    [row] = home.database.read("job_by_id", {"id": job_id})
    spec = json.loads(row["request"]).get("spec")
    return job.model_copy(update={"recipe": recipe_of(spec) if isinstance(spec, dict) else None})


def software(home: Home) -> dict[str, Any]:
    """Store the environment lock, and return what a run's details say of its software.

    Our own version stays out of the job's fingerprint: it would give every job another id, and
    forbid *identical*, after each of our releases, though bits depend on the packages below.
    """
    lock = environment_lock(workbench.__version__)
    digest, _ = home.blobs.put([lock.encode()])
    return {"software": {"version": workbench.__version__, "environment_sha256": digest}}


def tokenizer(home: Home, job: JobSpec) -> dict[str, Any]:
    """Store the tokenizer of a job's base model, and return it as a run's details: name → digest.

    The cache of models may be emptied before MLflow answers, so it is kept when the run is.
    """
    base = job.inputs.get("base", "")
    if not base.startswith(_MODEL):
        return {}
    folder = model_folder(home.settings, base.removeprefix(_MODEL))
    found = {
        name: home.blobs.put_file(folder / name)[0]
        for name in _TOKENIZER_FILES
        if (folder / name).is_file()
    }
    return {"tokenizer": found}


def histories(home: Home, job_id: str) -> dict[str, list[list[float]]]:
    """Return what a job has told of its way: ``evaluations`` and ``speeds`` by step.

    Of a job that was started again the last word on each step counts. The training loss is
    part of the recipe's result.
    """
    told: dict[str, dict[int, float]] = {"evaluations": {}, "speeds": {}}
    for event in events_of_job(home, job_id):
        if event.get("type") == "evaluation":
            told["evaluations"][event["step"]] = event["loss"]
        elif event.get("type") == "metric" and "tokens_per_second" in event:
            told["speeds"][event["step"]] = event["tokens_per_second"]
    return {
        name: [list(point) for point in sorted(points.items())] for name, points in told.items()
    }


def datasets(home: Home, run: dict[str, Any]) -> list[CardData]:
    """Return what a run has read, a contribution each, in the order of its details."""
    return _licensed(home, run["task"], json.loads(run["details"]).get("datasets", []))


def licence_of_model(home: Home, task_id: str, read: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a model comes under, by its base and the data that it has read, as details.

    Parameters
    ----------
    read : ``name``, ``sha256`` and ``n_rows`` of each contribution.
    """
    spec = get_spec(home, task_id)
    base = base_licence(home, spec)
    works = [] if spec.base is None else [(f"the base model {spec.base['name']}", base)]
    works += [(f"the data of {one.owner}", one.license) for one in _licensed(home, task_id, read)]
    found = model_licence(license for _, license in works if license).to_json()
    return found | {"base": base, "why": explained_clashes(works)}


def _licensed(home: Home, task_id: str, read: list[dict[str, Any]]) -> list[CardData]:
    rows = home.database.read("contributions_of_task", {"task": task_id})
    # The accepted last: a refused draft of the same file may stand under another licence.
    rows = sorted(rows, key=lambda row: row["state"] == "accepted")
    known = {
        (row["owner"], digest): row
        for row in rows
        for digest in (row["rows_sha256"], row["counted_sha256"])
    }
    found = []
    for item in read:
        row = known.get((item["name"], item["sha256"]), item)
        found.append(CardData(item["name"], row["n_rows"], row.get("license", ""), item["sha256"]))
    return found


def withdrawn_data(home: Home, run: str | None, task: str | None) -> dict[str, list[WithdrawnData]]:
    """Return run → the rows it has read that their owners withdrew later; of all unless given."""
    found: dict[str, list[WithdrawnData]] = {}
    for row in home.database.read("withdrawn_data_of", {"run": run, "task": task}):
        about = {name: row[name] for name in WithdrawnData.model_fields}
        found.setdefault(row["run"], []).append(WithdrawnData(**about))
    return found


def events_of_job(home: Home, job_id: str) -> Iterator[Event]:
    """Yield what a job has told, from the first of its attempts."""
    after = -1
    while rows := home.database.read("job_events_after", {"job": job_id, "after": after}):
        yield from (json.loads(row["event"]) for row in rows)
        after = rows[-1]["seq"]
