"""What is looked at before a proposal may use the hidden test: its data, its weights, whose it is.

What a challenger brings in is foreign: whatever fails because of it is a reason to refuse it, and
never a failure of the server.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from workbench.core.errors import (
    InvalidInputError,
    MemoryLimitError,
    TimeLimitError,
    TrainingDivergedError,
    UnsupportedFormatError,
    WorkbenchError,
)
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.registry.beacon import Beacon
from workbench.registry.copies import ProbedModel, find_copy
from workbench.registry.model_licence import model_licence, refuse_no_derivatives
from workbench.registry.proposal import Proposal
from workbench.registry.recipe import fine_tune_parameters, recipe_parameters
from workbench.registry.refusal import Code, Refusal
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.training.tune_parameters import check_tune
from workbench.workflows import train
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows, job_inputs
from workbench.workflows.jobs import Report
from workbench.workflows.proposals import body_of
from workbench.workflows.tasks import get_spec

T = TypeVar("T")

_LEAK: Final = "hidden-test-leak"
_NOT_FINITE: Final = "not-finite"
# A file of its own, by the name that the recipes of each kind give it.
_FILES: Final = {"causal-lm": "adapter_model.safetensors"}
_USUAL_FILE: Final = "model.safetensors"
# Whose weights an owner may bring again: nobody has measured them against this champion.
_AGAIN: Final = frozenset({"stale"})


class RefusedError(Exception):
    """Ends a judgement: the challenger is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


@dataclass(frozen=True)
class Challenger:
    """A model whose data and weights were looked at.

    Attributes
    ----------
    digest : of its weights.
    weights : what the recipe ``weights`` told of them.
    earlier : digests of models that were measured before, the earliest first.
    """

    digest: str
    weights: dict[str, Any]
    earlier: tuple[str, ...]


def check(home: Home, row: Row, beacon: Beacon, report: Report) -> Challenger:
    """Check a proposal, and train its model where it has a recipe.

    Raises
    ------
    RefusedError
        It is refused, with the reason.
    """
    proposal = body_of(row)
    data = _data(home, proposal)
    _check_leak(home, proposal)
    _check_licences(data)
    if proposal.recipe is not None:
        digest = _trained(home, proposal, data, beacon, report)
    else:
        digest = _brought(home, proposal, data)
    earlier = _earlier(home, row)
    _check_same(home, row, digest, earlier)
    weights = attempt(lambda: _look(home, proposal, digest, report))
    return Challenger(digest, weights, earlier)


def attempt(work: Callable[[], T]) -> T:
    """Return what a worker made of a challenger; what the challenger broke refuses it.

    Raises
    ------
    RefusedError
        It is not readable, does not fit the task, diverges, or passes a limit.
    """
    try:
        return work()
    except UnsupportedFormatError as error:
        raise _refused("no-weights", error) from error
    except InvalidInputError as error:
        is_odd = error.facts.get("reason") == _NOT_FINITE
        raise _refused(_NOT_FINITE if is_odd else "unfit-model", error) from error
    except TrainingDivergedError as error:
        raise _refused("diverged", error) from error
    except MemoryLimitError as error:
        raise _refused("too-large", error) from error
    except TimeLimitError as error:
        raise _refused("too-slow", error) from error


def _refused(code: Code, error: WorkbenchError) -> RefusedError:
    return RefusedError(Refusal(code, error.found, error.wanted))


def _refuse(code: Code, found: str, wanted: str) -> None:
    raise RefusedError(Refusal(code, found, wanted))


def _data(home: Home, proposal: Proposal) -> list[Row]:
    """Return the accepted contributions that a proposal names."""
    rows = home.database.read("accepted_contributions", {"task": proposal.task})
    accepted = {row["id"]: row for row in rows}
    for identity in proposal.contributions:
        [known] = home.database.read("contribution_by_id", {"id": identity})
        if identity not in accepted:
            found = json.loads(known["findings"])["findings"]
            is_leak = any(one["code"] == _LEAK for one in found) and known["state"] != "withdrawn"
            _refuse(
                "leak" if is_leak else "data-not-accepted",
                f"the contribution {identity[:12]} is {known['state']}"
                + (": the gates found the hidden test in it" if is_leak else ", or counts no row"),
                "accepted contributions alone",
            )
        [signed] = home.database.read("record_by_content_id", {"content_id": known["record"]})
        purposes = json.loads(signed["envelope"])["body"].get("purposes", ["training"])
        if "training" not in purposes:
            _refuse(
                "data-not-accepted",
                f"{known['owner']} did not consent to training with {identity[:12]}",
                "contributions whose owners agreed that models are trained with them",
            )
    return [accepted[identity] for identity in proposal.contributions]


def _check_leak(home: Home, proposal: Proposal) -> None:
    asked = {"task": proposal.task, "contributions": list(proposal.contributions)}
    if leaked := home.database.read("leaked_rows", asked):
        n_rows = sum(row["n_rows"] for row in leaked)
        _refuse(
            "leak",
            f"{n_rows} rows of {', '.join(row['contribution'][:12] for row in leaked)} are rows "
            "of the hidden test",
            "no row of the hidden test among the training rows",
        )


def _check_licences(data: list[Row]) -> None:
    licence = model_licence(row["license"] for row in data)
    if licence.clashes:
        one, other = licence.clashes[0]
        _refuse(
            "licence",
            f"{one} and {other} cannot be met together",
            "data whose licences one model can meet",
        )
    try:
        refuse_no_derivatives(licence.licences)
    except InvalidInputError as error:
        raise _refused("licence", error) from error


def _brought(home: Home, proposal: Proposal, data: list[Row]) -> str:
    """Return the digest of weights that are there already."""
    digest = str(proposal.weights)
    known = home.database.read("models_of_task", {"task": proposal.task})
    found = [row for row in known if row["digest"] == digest]
    if not found:
        _keep_model(home, proposal, digest)
        return digest
    run = home.database.read("run_by_id", {"id": found[0]["run"]})
    if run:
        named = {(row["owner"], row["rows_sha256"]) for row in data}
        for used in json.loads(run[0]["details"]).get("datasets", []):
            if (used["name"], used["sha256"]) not in named:
                _refuse(
                    "data-undeclared",
                    f"the model was trained on {used['n_rows']} rows of {used['name']} that the "
                    "proposal does not name, or that do not count any more",
                    "every contribution that the model was trained on, as it counts now",
                )
    makers = home.database.read("makers_of_model", {"task": proposal.task, "model": digest})
    if makers and proposal.owner not in {row["owner"] for row in makers}:
        whose = ", ".join(sorted(row["owner"] for row in makers))
        _refuse(
            "not-yours",
            f"the model {digest[:12]} was trained for {whose}",
            f"a model that somebody of {proposal.owner} had trained",
        )
    return digest


def _keep_model(home: Home, proposal: Proposal, digest: str) -> None:
    """Take in weights from elsewhere as a model of the task that no run here has made."""
    spec = get_spec(home, proposal.task)
    name = _FILES.get(KINDS[spec.kind].recipe, _USUAL_FILE)
    row = {
        "digest": digest,
        "task": spec.id,
        "base": "" if spec.base is None else spec.base["digest"],
        "run": "",
        "artifacts": json.dumps({name: digest}),
    }

    def write(tx: Transaction) -> None:
        tx.execute("insert_model", row | {"now": tx.now})

    home.database.write(write)


def _trained(
    home: Home, proposal: Proposal, data: list[Row], beacon: Beacon, report: Report
) -> str:
    """Train a recipe again, with the beacon's seed, and return the digest of its model."""
    spec = get_spec(home, proposal.task)
    recipe = KINDS[spec.kind].recipe
    usual = recipe_parameters(spec) | fine_tune_parameters(spec)
    owners = sorted({row["owner"] for row in data})
    rows = [
        OwnerRows(owner, tuple(sorted(r["rows_sha256"] for r in data if r["owner"] == owner)), 0)
        for owner in owners
    ]
    job = JobSpec(
        recipe=recipe,
        inputs=job_inputs(home, spec, rows),
        parameters=check_tune(recipe, usual, dict(proposal.recipe or {})),
        seed=beacon.seed("train"),
        environment=home.environment,
    )
    datasets = [
        {"name": row["owner"], "sha256": row["rows_sha256"], "n_rows": row["n_rows"]}
        for row in data
    ]
    request = {"spec": job.to_json(), "size": "proposal", "datasets": datasets}
    return str(attempt(lambda: train.handle(home, request, report))["model"])


def _earlier(home: Home, row: Row) -> tuple[str, ...]:
    """Return the models that were measured before a proposal, the earliest first.

    Others may be broken, and would break whatever they are measured beside.
    """
    found = {row["base"]: None}
    for one in home.database.read("champions_of_task", {"task": row["task"]}):
        found |= {one["base"]: None, one["model"]: None}
    for one in _others(row, home.database.read("measured_models", {"task": row["task"]})):
        found[one["model"]] = None
    return tuple(found)


def _others(row: Row, proposals: list[Row]) -> list[Row]:
    """Return the proposals before one, but its owner's own that came too late."""
    before = []
    for one in proposals:
        if one["id"] == row["id"]:
            break
        if one["model"] and not (one["owner"] == row["owner"] and one["state"] in _AGAIN):
            before.append(one)
    return before


def _check_same(home: Home, row: Row, digest: str, earlier: tuple[str, ...]) -> None:
    others = _others(row, home.database.read("proposals", {"task": row["task"]}))
    there = dict.fromkeys([*earlier, *(one["model"] for one in others)])
    known = [ProbedModel(one[:12], one, ()) for one in there if one == digest]
    if copy := find_copy(ProbedModel("", digest, ()), known):
        _refuse("copy", str(copy), "a model that was not there before")
    values = {"id": row["id"], "model": digest}
    home.database.write(lambda tx: tx.execute("set_proposal_model", values | {"now": tx.now}))


def _look(home: Home, proposal: Proposal, digest: str, report: Report) -> dict[str, Any]:
    """Have a worker read every number of the weights, beside the champion's."""
    known = home.database.read("models_of_task", {"task": proposal.task})
    files = {row["digest"]: json.loads(row["artifacts"]) for row in known}
    inputs = {f"challenger:{name}": blob for name, blob in files[digest].items()}
    inputs |= {f"champion:{name}": blob for name, blob in files.get(proposal.base, {}).items()}
    job = JobSpec(recipe="weights", inputs=inputs)
    with home.executor.run(job, on_event=report.emit, cancelled=report.cancelled) as outcome:
        return outcome.result
