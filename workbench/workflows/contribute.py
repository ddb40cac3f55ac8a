"""Contribute: a file goes through the gates as a draft; a signature makes it count."""

import json
from typing import Any

from workbench.compute.outcome import Outcome
from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    DuplicateError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.jobs import JobSpec
from workbench.core.keys import check_identity_name
from workbench.core.wire import ContributionView, DraftRequest, MaskRequest
from workbench.intake.rejected import REJECTED_FILE
from workbench.registry.contribution import State, move
from workbench.registry.task import TaskSpec
from workbench.storage import record
from workbench.storage.contribution import insert_rows
from workbench.storage.database import Transaction
from workbench.workflows import consent
from workbench.workflows.commit import check_opening, claim_of
from workbench.workflows.hidden_tests import all_hidden_rows
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.roles import signing_as_in
from workbench.workflows.row_claims import count_rows, settle_claims
from workbench.workflows.tasks import get_spec, get_task

_MAX_STEM = 200
_OUTCOMES: dict[str, State] = {
    "accepted": "accepted",
    "quarantined": "quarantined",
    "refused": "refused",
}


def draft(
    home: Home,
    task_id: str,
    request: DraftRequest,
    report: Report | None = None,
    *,
    is_covered: bool = False,
) -> ContributionView:
    """Check an uploaded file against the task's gates; nothing is signed or counted yet.

    Parameters
    ----------
    report : told of each gate; may cancel.
    is_covered : the file was made here from the one that was committed to.

    Raises
    ------
    DuplicateError
        The same bytes were submitted to this task before.
    InvalidInputError
        The file cannot be read as rows of this task; the error names the place.
    """
    spec = check_request(home, task_id, request, is_covered=is_covered)
    identity = content_id({"task": task_id} | request.model_dump(exclude_none=True))
    outcome = _run_gates(home, spec, request, report)
    rejected = _keep_rejected(home, outcome)
    rows_sha256, _ = _keep_rows(home, outcome)
    row = {
        "id": identity,
        "task": task_id,
        "owner": request.owner,
        "file_name": request.file_name,
        "file_sha256": request.file_sha256,
        "rows_sha256": rows_sha256,
        "license": outcome.result["license"] or request.license,
        "n_rows_submitted": outcome.result["n_rows_submitted"],
        "n_rows": outcome.result["n_rows"],
        "commitment": request.opening and request.opening.commitment,
        "findings": canonical_bytes(
            {"request": request.model_dump(), "findings": outcome.result["findings"]} | rejected
        ).decode(),
    }

    def write(tx: Transaction) -> None:
        known = tx.execute("contribution_by_id", {"id": identity})
        if not known or known[0]["state"] == "draft":
            # They may have been withdrawn, and deleted, while the gates ran.
            home.blobs.path(request.file_sha256)
            home.blobs.path(rows_sha256)
            tx.execute("put_draft", row | {"now": tx.now})

    home.database.write(write)
    return get_contribution(home, identity)


def check_request(
    home: Home, task_id: str, request: DraftRequest, *, is_covered: bool = False
) -> TaskSpec:
    """Return the task that a file is offered to.

    Parameters
    ----------
    is_covered : as ``draft`` takes it.

    Raises
    ------
    DuplicateError
        The same bytes were submitted to this task before.
    InvalidInputError
        The owner's name is none.
    NotFoundError
        There is no such task, or the file was not uploaded.
    """
    spec = get_spec(home, task_id)
    check_identity_name(request.owner)
    home.blobs.path(request.file_sha256)
    if not is_covered:
        check_opening(home, task_id, request)
    _refuse_resubmission(home, task_id, request)
    return spec


def submit(
    home: Home,
    contribution_id: str,
    envelope_json: dict[str, Any],
    report: Report | None = None,
) -> ContributionView:
    """Submit a draft with its owner's signature; it is accepted, quarantined or refused.

    The gates run again, since the task may have changed since the draft; a row belongs to
    whoever submitted it first.

    Raises
    ------
    ConflictError
        Other rows pass the gates now than those that were signed.
    InvalidMoveError
        Rows of it are held, because they hold personal data or secrets.
    """
    envelope, known = check_submission(home, contribution_id, envelope_json)
    return known if known.state != "draft" else _settle(home, envelope, known, report)


def check_submission(
    home: Home, contribution_id: str, envelope_json: dict[str, Any]
) -> tuple[Envelope, ContributionView]:
    """Return the record that submits a contribution, and the contribution as it stands.

    It is a draft that may be submitted, or was submitted by the same record.

    Raises
    ------
    DuplicateError
        The same bytes were submitted to this task before.
    InvalidInputError
        The record does not consent to this contribution.
    InvalidMoveError
        Another record submitted it before, or rows of it are held.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="contribution")
    known = get_contribution(home, contribution_id)
    consent.check_submission(home, envelope, known)
    if known.state != "draft":
        return envelope, _submitted_before(home, envelope, known)
    # It may be known from a bundle, where it was signed for another home.
    envelope.check_home(home.origin)
    _refuse_held(known)
    _refuse_resubmission(home, known.task, _request_of(home, known))
    return envelope, known


def mask(
    home: Home, contribution_id: str, request: MaskRequest, report: Report | None = None
) -> ContributionView:
    """Make a new draft from a draft with held rows: masked, or without them.

    The new draft is of another file, the rows in canonical form; the old one stays a draft.

    Raises
    ------
    InvalidMoveError
        The contribution is no draft any more.
    InvalidInputError
        There is nothing to mask, or no row would be left.
    """
    known = check_draft(home, contribution_id)
    asked = _request_of(home, known)
    job = JobSpec(
        recipe="mask",
        inputs={"file": asked.file_sha256},
        parameters=_how_to_read(get_spec(home, known.task), asked) | {"drop": request.drop},
    )
    outcome = _run(home, job, report)
    try:
        file_sha256, _ = home.blobs.put_file(outcome.output["rows.jsonl"])
    finally:
        outcome.discard()
    stem = asked.file_name.split(".")[0][:_MAX_STEM]
    new = {"file_sha256": file_sha256, "file_name": f"{stem}.masked.jsonl", "columns": {}}
    new_request = asked.model_copy(update=new)
    return draft(home, known.task, new_request, report, is_covered=True)


def check_draft(home: Home, contribution_id: str) -> ContributionView:
    """Return a contribution that is a draft yet.

    Raises
    ------
    InvalidMoveError
        It is none any more.
    """
    known = get_contribution(home, contribution_id)
    if known.state != "draft":
        raise InvalidMoveError(f"the contribution is {known.state} already", wanted="a draft")
    return known


def get_contribution(home: Home, identity: str) -> ContributionView:
    """Return a contribution.

    Raises
    ------
    NotFoundError
        No contribution has this id.
    """
    rows = home.database.read("contribution_by_id", {"id": identity})
    if not rows:
        raise NotFoundError(
            f"no contribution has the id {identity[:80]!r}", next_step="list the task's"
        )
    return view_of(rows[0])


def list_contributions(home: Home, task_id: str) -> list[ContributionView]:
    """Return a task's contributions, oldest first."""
    get_task(home, task_id)
    rows = home.database.read("contributions_of_task", {"task": task_id})
    return [view_of(row) for row in rows]


def _run_gates(home: Home, spec: TaskSpec, request: DraftRequest, report: Report | None) -> Outcome:
    claim = claim_of(home, request)
    known = home.database.read("known_rows", {"task": spec.id, "claim": claim})
    hidden = home.database.read("hidden_rows", {"task": spec.id})
    values = {"task": spec.id, "owner": request.owner, "claim": claim}
    others = home.database.read("accepted_rows_of_others", values)
    inputs = {
        "file": request.file_sha256,
        "known": _json_lines(home, known),
        "hidden": _json_lines(home, hidden),
        "hidden-rows": all_hidden_rows(home, spec.id),
    }
    job = JobSpec(
        recipe="intake",
        inputs=inputs | {f"rows:{k}": row["rows_sha256"] for k, row in enumerate(others)},
        parameters=_how_to_read(spec, request)
        | {
            "license": request.license,
            "allowed_licenses": list(spec.licenses),
            "others": [row["owner"] for row in others],
        },
    )
    return _run(home, job, report)


def _run(home: Home, job: JobSpec, report: Report | None) -> Outcome:
    if report is None:
        return home.executor.run(job)
    return home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)


def _how_to_read(spec: TaskSpec, request: DraftRequest) -> dict[str, Any]:
    return {
        "file_name": request.file_name,
        "kind": spec.kind,
        "columns": request.columns,
        "n_features": spec.n_features,
        "classes": list(spec.classes),
    }


def _keep_rows(home: Home, outcome: Outcome) -> tuple[str, list[str]]:
    """Store what passed the gates; return its blob and the digest of each row."""
    try:
        if "rows.jsonl" not in outcome.output:
            return home.blobs.put([])[0], []
        rows_sha256, _ = home.blobs.put_file(outcome.output["rows.jsonl"])
        return rows_sha256, outcome.output["digests.txt"].read_text().split()
    finally:
        outcome.discard()


def _keep_rejected(home: Home, outcome: Outcome) -> dict[str, str]:
    if REJECTED_FILE not in outcome.output:
        return {}
    return {"rejected": home.blobs.put_file(outcome.output[REJECTED_FILE])[0]}


def _json_lines(home: Home, rows: list[dict[str, Any]]) -> str:
    digest, _ = home.blobs.put(json.dumps(row, sort_keys=True).encode() + b"\n" for row in rows)
    return digest


def _refuse_resubmission(home: Home, task_id: str, request: DraftRequest) -> None:
    asked = {"task": task_id, "file_sha256": request.file_sha256, "claim": claim_of(home, request)}
    rows = home.database.read("contribution_of_file", asked)
    if rows:
        raise DuplicateError(
            f"these bytes were submitted to {task_id} by {rows[0]['owner']} before",
            wanted="data the task does not have",
            next_step="submit only what is new",
            contribution=rows[0]["id"],
            state=rows[0]["state"],
        )


def _refuse_held(known: ContributionView) -> None:
    held = [found for found in known.findings if found.outcome == "held"]
    if held:
        raise InvalidMoveError(
            f"the contribution has {'; '.join(found.message for found in held)}",
            wanted="rows in which these are masked, or that are left out",
            next_step=f"make a new draft: workbench contribution mask {known.id}",
            contribution=known.id,
            codes=[found.code for found in held],
        )


def _request_of(home: Home, known: ContributionView) -> DraftRequest:
    [row] = home.database.read("contribution_by_id", {"id": known.id})
    return DraftRequest.model_validate(json.loads(row["findings"])["request"])


def _submitted_before(home: Home, envelope: Envelope, known: ContributionView) -> ContributionView:
    # A retry after a lost answer carries the same record and gets the same answer.
    if home.database.read("record_by_content_id", {"content_id": envelope.content_id}):
        return known
    raise InvalidMoveError(f"the contribution is {known.state} already", wanted="a draft")


def _settle(
    home: Home, envelope: Envelope, known: ContributionView, report: Report | None
) -> ContributionView:
    request = _request_of(home, known)
    [before] = home.database.read("count_known_rows", {"task": known.task})
    outcome = _run_gates(home, get_spec(home, known.task), request, report)
    rows_sha256, digests = _keep_rows(home, outcome)
    if rows_sha256 != envelope.body.get("rows_sha256"):
        draft(home, known.task, request, is_covered=True)
        raise ConflictError(
            "other rows pass the gates now than those that were signed",
            wanted="a signature over the rows that count",
            next_step="look at the draft's new findings and sign it again",
            contribution=known.id,
        )
    # Held rows are never kept, so that no signature over kept rows fits them.
    state = _state_after_gates(outcome.result["outcome"])

    def write(tx: Transaction) -> None:
        [now] = tx.execute("count_known_rows", {"task": known.task})
        if now != before:
            raise ConflictError(
                "somebody else's rows came or went at the same moment",
                next_step="submit again",
            )
        signing_as_in(tx, envelope, "contributor")
        principal = envelope.author
        identity, _ = record.append(tx, envelope)
        values = {"id": known.id, "state": state, "principal": principal, "record": identity}
        tx.execute("settle_contribution", values | {"now": tx.now})
        if state in {"accepted", "quarantined"}:
            insert_rows(tx, known.id, known.task, digests)
        if state == "accepted":
            settle_claims(tx, known.task, known.id)

    home.database.write(write)
    count_rows(home, known.task)
    return get_contribution(home, known.id)


def _state_after_gates(outcome: str) -> State:
    state = move(move("draft", "submitted"), "checked")
    return move(state, _OUTCOMES[outcome])


def view_of(row: dict[str, Any]) -> ContributionView:
    """Return a contribution as it is stored, for people."""
    fields = {name: row[name] for name in ContributionView.model_fields if name != "findings"}
    return ContributionView(**fields, findings=json.loads(row["findings"])["findings"])
