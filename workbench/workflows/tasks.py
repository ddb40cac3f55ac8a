"""Tasks: opened and funded by a sponsor's signed records."""

import difflib
import json
from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.kinds import KINDS
from workbench.core.licence import NOASSERTION
from workbench.core.roles import Caller
from workbench.core.wire import TaskView
from workbench.ledger.posting import (
    BOUNTIES,
    TREASURY,
    Posting,
    bounty_account,
    pool_account,
)
from workbench.registry.licence import parse_allowed
from workbench.registry.model_licence import refuse_no_derivatives
from workbench.registry.recipe import fine_tune_parameters, recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.training.tune_parameters import check_tune
from workbench.workflows import treasury
from workbench.workflows.hidden_tests import keep_tests, read_tests
from workbench.workflows.home import Home, model_folder
from workbench.workflows.models import check_trainable
from workbench.workflows.movement import append_once, check_nonce, whole_amount
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.whose_file import THE_MACHINES, check_has_file


def open_task(home: Home, envelope_json: dict[str, Any], caller: Caller = THE_MACHINES) -> TaskView:
    """Open a task from its sponsor's signed record; the same record again changes nothing.

    Hidden tests go through the same reader as contributions; only the digests of their rows
    enter the database, for the gate against leakage.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="task")
    spec = TaskSpec.from_body(envelope.body)
    base = [] if spec.base is None else [spec.base.get("license", NOASSERTION)]
    refuse_no_derivatives([*parse_allowed(spec.licenses), *base])
    of_tune = recipe_parameters(spec) | fine_tune_parameters(spec)
    check_tune(KINDS[spec.kind].recipe, of_tune)
    sponsor = signing_as(home, envelope, "treasurer").owner
    for test in filter(None, (spec.hidden_test_sha256, spec.gate_test_sha256)):
        check_has_file(home, caller, test)
    if spec.base is not None:
        check_trainable(model_folder(home.settings, spec.base["digest"]), spec)
    tests = read_tests(home, spec)

    def write(tx: Transaction) -> None:
        identity, new = record.append(tx, envelope)
        if not new:
            return
        signing_as_in(tx, envelope, "treasurer")
        if tx.execute("tasks", {"id": spec.id}):
            raise ConflictError(
                f"a task {spec.id!r} is open with other rules",
                wanted="the rules of an open task never change",
                next_step="open a task with another id",
            )
        tx.execute(
            "insert_task",
            {
                "id": spec.id,
                "title": spec.title,
                "kind": spec.kind,
                "spec": canonical_bytes(spec.to_body()).decode(),
                "hidden_rows_sha256": tests.rows_sha256,
                "sponsor": sponsor,
                "record": identity,
                "created_at": tx.now,
            },
        )
        keep_tests(tx, spec.id, tests)

    home.database.write(write)
    return get_task(home, spec.id)


def fund_task(home: Home, task_id: str, envelope_json: dict[str, Any]) -> TaskView:
    """Move credits from the treasury to a task's pool or bounties, on the sponsor's signed word.

    Above the home's limit they wait for a treasurer's approval. The same record again changes
    nothing.

    Raises
    ------
    ConflictError
        The nonce was used for another record.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="funding")
    task = get_task(home, task_id)
    account, amount, nonce = _funding(envelope.body, task_id)
    sponsor = signing_as(home, envelope, "treasurer")
    if sponsor.owner != task.sponsor:
        raise ForbiddenError(
            f"only {task.sponsor} funds {task_id}", next_step="sign as the sponsor"
        )

    def write(tx: Transaction) -> None:
        identity, new = append_once(tx, envelope, nonce)
        if new:
            signing_as_in(tx, envelope, "treasurer")
            posting = Posting(TREASURY, account, amount)
            treasury.move(home, tx, identity, "funding", posting, sponsor.name)

    home.database.write(write)
    return get_task(home, task_id)


def get_task(home: Home, task_id: str) -> TaskView:
    """Return a task.

    Raises
    ------
    NotFoundError
        No task has this id; the error names the nearest ones.
    """
    rows = home.database.read("tasks", {"id": task_id})
    if not rows:
        known = [row["id"] for row in home.database.read("task_ids")]
        nearest = difflib.get_close_matches(task_id, known, n=3, cutoff=0.4)
        raise NotFoundError(
            f"no task is called {task_id[:80]!r}",
            wanted=f"one of: {', '.join(known[:20])}" if known else "an open task; there is none",
            next_step=f"did you mean {nearest[0]!r}?" if nearest else "list tasks: workbench task",
            nearest=nearest,
        )
    return _view(rows[0])


def get_spec(home: Home, task_id: str) -> TaskSpec:
    """Return the signed rules of a task."""
    return TaskSpec.from_body(get_task(home, task_id).spec)


def list_tasks(home: Home) -> list[TaskView]:
    """Return all tasks, oldest first."""
    return [_view(row) for row in home.database.read("tasks", {"id": None})]


def _funding(body: dict[str, Any], task_id: str) -> tuple[str, int, str]:
    match body:
        case {"task": str(task), "amount": str(amount), "nonce": str(nonce), **rest} if (
            # What is for bounties says so: what data earns is its own pool.
            not rest or rest == {"for": BOUNTIES}
        ):
            if task != task_id:
                raise InvalidInputError(f"the record funds {task!r}", wanted=repr(task_id))
            account = bounty_account(task) if rest else pool_account(task)
            return account, whole_amount(amount), check_nonce(nonce)
    raise InvalidInputError(
        "the body of a funding is wrong",
        wanted=f'{{"task", "amount", "nonce"}}, and "for": "{BOUNTIES}" if it is for those',
    )


def _view(row: dict[str, Any]) -> TaskView:
    return TaskView(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        spec=json.loads(row["spec"]),
        sponsor=row["sponsor"],
        pool=str(row["pool"]),
        bounties=str(row["bounties"]),
        n_contributions=row["n_contributions"],
        n_rows=row["n_rows"],
        champion=row["champion"],
        created_at=row["created_at"],
    )
