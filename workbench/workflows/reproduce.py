"""Reproduce: do a run again from its recorded job and inputs, and say how it compares."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from workbench.core.canonical import content_id, sha256_hex
from workbench.core.errors import CorruptHomeError, NotFoundError
from workbench.core.jobs import JobSpec
from workbench.core.wire import JobView, ReproduceRequest, ReproductionView
from workbench.registry.reproduction import (
    Difference,
    Measured,
    Tolerance,
    differences,
    judge,
)
from workbench.workflows.cache import run_filling
from workbench.workflows.compare import scores_of
from workbench.workflows.home import Home, model_folder
from workbench.workflows.jobs import Report
from workbench.workflows.reproduce_study import StudyAgain
from workbench.workflows.reproduction import keep_reproduction, list_reproductions
from workbench.workflows.train import get_run, metrics_of
from workbench.workflows.withdraw import refuse_withdrawn

__all__ = ["handle", "inputs_of_run", "list_of_run", "start"]

_MODEL: Final = "model:"
_FINE_TUNE: Final = "fine-tune"
_VALUATION: Final = "valuation"
# The numbers of a comparison, and by what a line of each is named.
_PARTS: Final = {
    "rows": ("model",),
    "scores": ("model", "metric"),
    "slices": ("model", "metric", "by", "value"),
}
_PERPLEXITY: Final = "perplexity"
_DIGEST: Final = 64


def start(home: Home, run_id: str, request: ReproduceRequest) -> JobView:
    """Start a reproduction; after each one the next is a new one.

    Raises
    ------
    NotFoundError
        No run has this id, or some of its inputs are gone: the error names them.
    CorruptHomeError
        The run's record contradicts itself, or an input is not what its digest says.
    InvalidMoveError
        Rows that it has read were withdrawn.
    """
    run = get_run(home, run_id)
    refuse_withdrawn(home, run.id, "done again")
    [row] = home.database.read("run_by_id", {"id": run.id})
    _check_inputs(home, run.id, inputs_of_run(home, row))
    # The newest head: nobody can choose it, and the reproduction's own record moves it on.
    [last] = home.database.read("last_record")
    body = {"run": run.id, "head": last["head"], **request.model_dump(mode="json")}
    return home.start_job("reproduce", run.task, body)


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Do a run again that ``start`` queued; called again after a crash, it starts over."""
    [row] = home.database.read("run_by_id", {"id": request["run"]})
    tolerance = Tolerance(request["tolerance"], request["share_tolerance"])
    if row["kind"] == _VALUATION:
        again = StudyAgain.of(home, row)
        environment = _environment_differences(home, row, {})
        recorded, found, n_compared = again.run(
            report, head=request["head"], everything=request["all"]
        )
        n_recorded = len(again.recorded)
    else:
        result = _run_again(home, row, report)
        environment = _environment_differences(home, row, result.get("fingerprint", {}))
        recorded, found = _recorded(row), _found(row, result)
        n_compared = n_recorded = len(recorded.numbers)
    view = keep_reproduction(
        home,
        row,
        judge(recorded, found, environment, tolerance),
        head=request["head"],
        tolerance=tolerance,
        environment=environment,
        n_compared=n_compared,
        n_recorded=n_recorded,
    )
    return view.model_dump(mode="json")


def list_of_run(home: Home, run_id: str) -> list[ReproductionView]:
    """Return the reproductions of a run, oldest first."""
    return list_reproductions(home, get_run(home, run_id).id)


def inputs_of_run(home: Home, row: dict[str, Any]) -> dict[str, str]:
    """Return name → digest of all that a run's jobs read."""
    if row["kind"] == _VALUATION:
        return StudyAgain.of(home, row).all_inputs
    return _job_of(row).inputs


def _job_of(row: dict[str, Any]) -> JobSpec:
    job = JobSpec.from_json(json.loads(row["spec"]))
    if job.id != row["id"]:
        raise CorruptHomeError(
            f"the job recorded for the run {row['id'][:12]} is another one, {job.id[:12]}",
            wanted="a job whose content id is the run's id",
            next_step="its record was changed: take the home from a backup or a mirror",
            run=row["id"],
        )
    return job


def _check_inputs(home: Home, run: str, inputs: Mapping[str, str]) -> None:
    """Refuse a run of which an input is gone or is not what its digest says."""
    gone, changed = {}, {}
    for name, reference in inputs.items():
        if reference.startswith(_MODEL):
            try:
                model_folder(home.settings, reference.removeprefix(_MODEL))
            except NotFoundError:
                gone[name] = reference
        elif not home.blobs.has(reference):
            gone[name] = reference
        else:
            with home.blobs.path(reference).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != reference:
                    changed[name] = reference
    if gone:
        raise NotFoundError(
            f"of the {len(inputs)} inputs of the run {run[:12]} {len(gone)} are gone: "
            + _names(gone),
            wanted="the files and models with these digests",
            next_step="bring the files back from a backup or a mirror, import the models again",
            inputs=gone,
        )
    if changed:
        raise CorruptHomeError(
            f"inputs of the run {run[:12]} are not what their digests say: {_names(changed)}",
            wanted="files whose SHA-256 is their name",
            next_step="bring the files back from a backup or a mirror",
            inputs=changed,
        )


def _names(inputs: Mapping[str, str]) -> str:
    shown = [
        f"{name} ({reference.removeprefix(_MODEL)[:12]}…)"
        for name, reference in list(inputs.items())[:5]
    ]
    return ", ".join(shown) + (", …" if len(inputs) > len(shown) else "")


def _run_again(home: Home, row: dict[str, Any], report: Report) -> dict[str, Any]:
    job = replace(_job_of(row), environment=home.environment)
    outcome = run_filling(home, job, report)
    outcome.discard()
    return outcome.result


def _environment_differences(
    home: Home, row: dict[str, Any], fingerprint: Mapping[str, str]
) -> list[Difference]:
    """Return what differs: as the machine tells it, and as the trainings themselves did."""
    environment = json.loads(row["spec"])["environment"]
    found = differences(environment, home.environment, of_either=True)
    trained = json.loads(row["details"]).get("fingerprint", {})
    named = {one.name for one in found}
    return found + [
        one for one in differences(trained, fingerprint, of_either=True) if one.name not in named
    ]


def _recorded(row: dict[str, Any]) -> Measured:
    metrics = json.loads(row["metrics"])
    if row["kind"] == _FINE_TUNE:
        return Measured({"model": row["model"]}, metrics)
    return _compared(metrics, json.loads(row["details"]))


def _found(row: dict[str, Any], result: dict[str, Any]) -> Measured:
    if row["kind"] == _FINE_TUNE:
        return Measured({"model": result["model_digest"]}, metrics_of(result))
    return _compared(scores_of(result), result)


def _compared(metrics: dict[str, float], details: dict[str, Any]) -> Measured:
    """Return the numbers of a comparison, and what only the same environment repeats.

    That are the texts that models said, the items they disagree on most, since two may be
    nearly tied, and perplexities: they grow with the exponential of the loss, which is a number
    here itself, and no tolerance of losses fits them.
    """
    numbers = dict(metrics)
    for part, named_by in _PARTS.items():
        for line in details.get(part, ()):
            name = " ".join(_short(str(line[key])) for key in named_by)
            numbers |= {
                f"{key} of {name}": value
                for key, value in line.items()
                if key not in named_by and isinstance(value, int | float)
            }
    exact = {name: repr(value) for name, value in numbers.items() if _PERPLEXITY in name}
    exact |= {
        f"answer of {_short(one['model'])} to {one['prompt']!r:.40}": sha256_hex(
            one["text"].encode()
        )
        for one in details.get("generations", ())
    }
    exact["disagreements"] = content_id(details.get("disagreements", []))
    return Measured(exact, {name: numbers[name] for name in numbers if name not in exact})


def _short(name: str) -> str:
    return name[:12] if len(name) == _DIGEST else name
