"""What is quarantined waits for a person of another owner group, who signs why."""

from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, InvalidMoveError, NotFoundError
from workbench.workflows import contribute, receipts, review, withdraw
from workbench.workflows.inputs import owner_rows

HIDDEN = make_rows(64, 99)
LEAKED = b"\n".join(HIDDEN.splitlines()[:4]) + b"\n"


def decide(
    lab: Lab, given: Any, decision: str, by: str = "judge", changes: dict[str, Any] | None = None
) -> Any:
    """Sign a decision."""
    body = {"contribution": given.id, "decision": decision, "reason": "they are old public rows"}
    return review.review(lab.home, given.id, lab.sign(by, "review", body | (changes or {})))


@pytest.fixture
def waiting(lab: Lab) -> Any:
    """Return a contribution with too much of the hidden test in it."""
    given = lab.contribute("ana", make_rows(10, 1) + LEAKED)
    assert given.state == "quarantined"
    return given


def test_accepted_rows_count_and_the_contributor_reads_why(lab: Lab, waiting: Any) -> None:
    assert [one.id for one in review.list_waiting(lab.home)] == [waiting.id]
    with pytest.raises(NotFoundError):
        owner_rows(lab.home, "clouds")

    found = decide(lab, waiting, "accept")

    assert found.state == "accepted"
    assert found.findings[-1].message == (
        "judge accepted it after review: they are old public rows"
    )
    assert [(one.owner, one.n_rows) for one in owner_rows(lab.home, "clouds")] == [("ana", 10)]
    assert review.list_waiting(lab.home) == []
    assert decide(lab, waiting, "accept") == found
    with pytest.raises(InvalidMoveError, match="the contribution is accepted"):
        decide(lab, waiting, "refuse")


def test_refused_rows_count_nowhere(lab: Lab, waiting: Any) -> None:
    found = decide(lab, waiting, "refuse")
    assert (found.state, found.findings[-1].code) == ("refused", "review-refused")
    assert lab.contribute("ben", make_rows(10, 1)).n_rows == 10


def test_its_claim_is_as_old_as_its_submission(lab: Lab, waiting: Any) -> None:
    later = lab.contribute("ben", make_rows(10, 1))
    assert later.n_rows == 10

    decide(lab, waiting, "accept")

    assert [(one.owner, one.n_rows) for one in owner_rows(lab.home, "clouds")] == [("ana", 10)]
    assert contribute.get_contribution(lab.home, later.id).n_rows == 0


def test_rows_come_back_to_whoever_brought_them_next(lab: Lab, waiting: Any) -> None:
    lab.contribute("ben", make_rows(10, 1))
    decide(lab, waiting, "accept")
    would = withdraw.preview_withdrawal(lab.home, waiting.id)
    assert would.n_rows_returned == 10

    body = {"contribution": waiting.id, "file_sha256": waiting.file_sha256}
    withdraw.withdraw(lab.home, waiting.id, lab.sign("ana", "withdrawal", body))

    assert [(one.owner, one.n_rows) for one in owner_rows(lab.home, "clouds")] == [("ben", 10)]


def test_a_quarantined_one_may_be_withdrawn(lab: Lab, waiting: Any) -> None:
    body = {"contribution": waiting.id, "file_sha256": waiting.file_sha256}
    withdraw.withdraw(lab.home, waiting.id, lab.sign("ana", "withdrawal", body))
    assert review.list_waiting(lab.home) == []
    with pytest.raises(InvalidMoveError, match="is withdrawn"):
        decide(lab, waiting, "accept")


def test_nobody_reviews_their_own(lab: Lab, waiting: Any) -> None:
    with pytest.raises(ForbiddenError, match="ana itself has contributed"):
        decide(lab, waiting, "accept", by="ana")
    assert contribute.get_contribution(lab.home, waiting.id).state == "quarantined"


@pytest.mark.parametrize(
    "changes",
    [{"decision": "maybe"}, {"reason": " "}, {"reason": "x" * 2_001}, {"more": 1},
     {"contribution": "0" * 64}],
)  # fmt: skip
def test_a_wrong_decision_is_refused(lab: Lab, waiting: Any, changes: Any) -> None:
    with pytest.raises(InvalidInputError):
        decide(lab, waiting, "accept", changes=changes)


class TestReceipts:
    def test_a_receipt_verifies_by_itself(self, lab: Lab) -> None:
        given = lab.contribute("ana", make_rows(6, 2))
        receipt = receipts.get_receipt(lab.home, given.id)
        record = Envelope.from_json(receipt.envelope).verify(kind="consent")
        assert record.content_id == receipt.record
        assert given.file_sha256 in receipt.words
        assert "training, evaluation" in receipt.words

    def test_a_draft_has_none(self, lab: Lab) -> None:
        with pytest.raises(NotFoundError, match="is a draft"):
            receipts.get_receipt(lab.home, lab.draft("ana", make_rows(6, 2)).id)

    def test_a_consent_says_exactly_our_words(self, lab: Lab) -> None:
        draft = lab.draft("ana", make_rows(6, 2))
        for changes, match in (
            ({"words": "0" * 64}, "words"),
            ({"purposes": ["training", "sale"]}, "purposes"),
            ({"purposes": ["evaluation", "training"]}, "purposes"),
            ({"more": 1}, "more"),
            ({"license": "MIT"}, "license"),
        ):
            with pytest.raises(InvalidInputError, match=match):
                lab.consent(draft, **changes)

    def test_a_submission_names_a_consent_that_is_there(self, lab: Lab) -> None:
        draft = lab.draft("ana", make_rows(6, 2))
        body = lab.consent(draft)["body"]
        for changes, match in (
            ({"consent": "0" * 64}, "not here"),
            ({"purposes": ["training"]}, "signed purposes"),
            ({"more": 1}, "signed more"),
        ):
            signed = lab.sign("ana", "contribution", body | changes)
            with pytest.raises(InvalidInputError, match=match):
                contribute.submit(lab.home, draft.id, signed)
