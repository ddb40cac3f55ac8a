"""Contributions as jobs: gates run in the server while a person watches, or does not."""

from typing import Any

from workbench.core.wire import DraftRequest, JobView, MaskRequest
from workbench.workflows import contribute
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.provenance import events_of_job


def start_draft(home: Home, task_id: str, request: DraftRequest) -> JobView:
    """Start to check an uploaded file; asked again, check again: the task may have changed.

    Raises
    ------
    DuplicateError
        The same bytes were submitted to this task before.
    InvalidInputError
        The owner's name is none.
    NotFoundError
        There is no such task, or the file was not uploaded.
    """
    contribute.check_request(home, task_id, request)
    body = {"request": request.model_dump(mode="json")}
    return home.start_job("contribute", task_id, body, again=True)


def start_submission(home: Home, contribution_id: str, envelope_json: dict[str, Any]) -> JobView:
    """Start to submit a signed draft, or return the job that did; nothing is done twice.

    Raises
    ------
    InvalidInputError
        The record does not consent to this contribution.
    InvalidMoveError
        Another record submitted it before, or rows of it are held.
    """
    _, known = contribute.check_submission(home, contribution_id, envelope_json)
    body = {"contribution": contribution_id, "envelope": envelope_json}
    return home.start_job("submit", known.task, body)


def start_mask(home: Home, contribution_id: str, request: MaskRequest) -> JobView:
    """Start to mask a draft; asked again, do it again: the task may have changed.

    Raises
    ------
    InvalidMoveError
        The contribution is no draft any more.
    """
    known = contribute.check_draft(home, contribution_id)
    body = {"contribution": contribution_id, "drop": request.drop}
    return home.start_job("mask", known.task, body, again=True)


def handle_draft(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Check what ``start_draft`` queued; called again after a crash, it starts over."""
    asked = DraftRequest.model_validate(request["request"])
    task = str(home.jobs.get(report.job).task)
    return _result(home, report, contribute.draft(home, task, asked, report).id)


def handle_submission(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Submit what ``start_submission`` queued; called again after a crash, change nothing."""
    done = contribute.submit(home, request["contribution"], request["envelope"], report)
    return _result(home, report, done.id)


def handle_mask(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Mask what ``start_mask`` queued; called again after a crash, it starts over."""
    asked = MaskRequest(drop=request["drop"])
    return _result(home, report, contribute.mask(home, request["contribution"], asked, report).id)


def _result(home: Home, report: Report, contribution: str) -> dict[str, Any]:
    """Return which contribution it was and how many seconds each gate took, in their order."""
    seconds: dict[str, float] = {}
    for event in events_of_job(home, report.job):
        match event:
            case {"type": "gate", "gate": gate, "seconds": took}:
                # An attempt before told of the same gates: the last one is what was done.
                seconds.pop(gate, None)
                seconds[gate] = took
    gates = [{"gate": gate, "seconds": took} for gate, took in seconds.items()]
    return {"contribution": contribution, "gates": gates}
