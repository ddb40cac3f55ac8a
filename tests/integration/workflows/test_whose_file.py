"""Digests stand in records that everybody may read: naming one reads nobody's rows."""

import json
from collections.abc import Callable

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from tests.integration.workflows.test_commit import commit_to, reveal
from workbench.core.errors import DuplicateError, ForbiddenError
from workbench.core.wire import DraftRequest
from workbench.workflows import contribute, roles


def test_a_hidden_test_cannot_be_offered_by_its_digest(lab: Lab) -> None:
    [task] = lab.home.database.read("tasks", {"id": "clouds"})
    for sha256 in (json.loads(task["spec"])["hidden_test_sha256"], task["hidden_rows_sha256"]):
        with pytest.raises(ForbiddenError):
            contribute.draft(lab.home, "clouds", _named(sha256, "ana"))


def test_a_file_of_others_cannot_be_offered_to_another_task_by_its_digest(lab: Lab) -> None:
    brought = lab.contribute("ben", make_rows(12, 5))
    lab.open_task("mine", title="A task whose gates tell what they refuse")
    [row] = lab.home.database.read("contribution_by_id", {"id": brought.id})
    for sha256 in (row["file_sha256"], row["rows_sha256"]):
        with pytest.raises(ForbiddenError):
            contribute.draft(lab.home, "mine", _named(sha256, "ana"))
    # Whose file it is may offer it wherever it fits.
    assert contribute.draft(lab.home, "mine", _named(brought.file_sha256, "ben")).n_rows == 12


def test_in_a_team_a_draft_of_others_is_theirs_too(open_lab: Callable[[], Lab]) -> None:
    lab = open_lab()
    lab.open_task()
    drafted = lab.draft("ben", make_rows(12, 5))
    assert contribute.draft(lab.home, "clouds", _named(drafted.file_sha256, "ana")).n_rows == 12
    body = {"principal": "sponsor", "role": "admin", "granted": True, "nonce": "1"}
    roles.change_role(lab.home, lab.sign("sponsor", "role", body))
    with pytest.raises(ForbiddenError):
        contribute.draft(lab.home, "clouds", _named(drafted.file_sha256, "eva"))


def test_a_file_of_others_is_no_hidden_test(lab: Lab) -> None:
    brought = lab.contribute("ben", make_rows(40, 5))
    with pytest.raises(ForbiddenError):
        lab.open_task("mine", hidden_test_sha256=brought.file_sha256)


def test_who_committed_to_a_file_before_others_brought_it_may_offer_it(
    open_lab: Callable[[], Lab],
) -> None:
    lab = open_lab()
    lab.open_task()
    content = make_rows(12, 5)
    commitment, salt = commit_to(lab, "ana", content)
    lab.contribute("ben", content)
    assert reveal(lab, "ana", content, commitment, salt).state == "accepted"


def test_a_commitment_to_a_digest_that_was_seen_opens_nothing(lab: Lab) -> None:
    content = make_rows(12, 5)
    lab.contribute("ben", content)
    commitment, salt = commit_to(lab, "ana", content)
    with pytest.raises(DuplicateError):
        reveal(lab, "ana", content, commitment, salt)


def _named(sha256: str, owner: str) -> DraftRequest:
    return DraftRequest(
        file_sha256=sha256, file_name="rows.jsonl", license="CC-BY-4.0", owner=owner
    )
