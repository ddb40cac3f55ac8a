"""Digests stand in records that everybody may read: naming one reads nobody's rows."""

import json
from collections.abc import Callable

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.errors import ForbiddenError
from workbench.core.keys import PrivateKey
from workbench.core.roles import Caller
from workbench.workflows import join
from workbench.workflows.whose_file import THE_MACHINES, check_has_file, note_upload

ANA, BEN = (Caller(name, None, ("contributor",), name) for name in ("ana", "ben"))
SPONSOR = Caller("sponsor", None, ("treasurer",), "sponsor")


def test_who_sent_a_file_has_it_and_who_knows_its_digest_has_not(lab: Lab) -> None:
    for _ in range(2):
        note_upload(lab.home, ANA, "a" * 64)
    check_has_file(lab.home, ANA, "a" * 64)
    with pytest.raises(ForbiddenError, match="ben, whose token it is, has not sent the file aaaa"):
        check_has_file(lab.home, BEN, "a" * 64)
    # The same bytes may be anybody's who has them.
    note_upload(lab.home, BEN, "a" * 64)
    check_has_file(lab.home, BEN, "a" * 64)


def test_what_one_of_a_group_sent_all_of_it_have(open_lab: Callable[[], Lab]) -> None:
    lab = open_lab()
    for name in ("ana", "eve"):
        lab.keys[name] = PrivateKey.make()
        join.register(lab.home, lab.sign(name, "principal", {"name": name, "owner": "ana"}))
    note_upload(lab.home, Caller("eve", None, ("contributor",), "ana"), "a" * 64)
    check_has_file(lab.home, ANA, "a" * 64)


def test_a_contributions_files_are_its_owners_and_a_hidden_test_its_sponsors(lab: Lab) -> None:
    brought = lab.contribute("ben", make_rows(12, 5))
    [row] = lab.home.database.read("contribution_by_id", {"id": brought.id})
    [task] = lab.home.database.read("tasks", {"id": "clouds"})
    hidden = json.loads(task["spec"])["hidden_test_sha256"]
    for caller, digests in [
        (BEN, {row["file_sha256"], row["rows_sha256"]}),
        (SPONSOR, {hidden, task["hidden_rows_sha256"]}),
    ]:
        for sha256 in digests:
            check_has_file(lab.home, caller, sha256)
            with pytest.raises(ForbiddenError):
                check_has_file(lab.home, ANA, sha256)


def test_a_file_of_others_is_no_hidden_test(lab: Lab) -> None:
    brought = lab.contribute("ben", make_rows(40, 5))
    with pytest.raises(ForbiddenError):
        lab.open_task("mine", SPONSOR, hidden_test_sha256=brought.file_sha256)
    assert not lab.home.database.read("tasks", {"id": "mine"})


def test_whose_machine_it_is_can_read_its_files_anyway(lab: Lab) -> None:
    note_upload(lab.home, THE_MACHINES, "a" * 64)
    assert not lab.home.database.read(
        "upload_of", {"sha256": "a" * 64, "principal": "ana", "owner": "ana"}
    )
    check_has_file(lab.home, THE_MACHINES, "b" * 64)
