"""Receipts: consents are recorded, and shown again to whoever asks what was agreed to."""

import json
from typing import Any

from workbench.core.consent import consent_words
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidMoveError, NotFoundError
from workbench.core.wire import ReceiptView
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.consent import check_consent
from workbench.workflows.contribute import get_contribution
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as_in


def give_consent(home: Home, contribution_id: str, envelope_json: dict[str, Any]) -> ReceiptView:
    """Record an owner's consent to a draft; it counts once a submission names it.

    Raises
    ------
    InvalidMoveError
        The contribution is no draft any more.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="consent")
    known = get_contribution(home, contribution_id)
    check_consent(home, envelope, known)
    found = home.database.read("record_by_content_id", {"content_id": envelope.content_id})

    def write(tx: Transaction) -> None:
        signing_as_in(tx, envelope, "contributor")
        record.append(tx, envelope)

    if not found:
        if known.state != "draft":
            raise InvalidMoveError(f"the contribution is {known.state} already", wanted="a draft")
        home.database.write(write)
        found = home.database.read("record_by_content_id", {"content_id": envelope.content_id})
    return _view(known.id, known.state, found[0])


def get_receipt(home: Home, contribution_id: str) -> ReceiptView:
    """Return the consent under which a contribution was submitted.

    Of a contribution from before there were consents it is the submission itself.

    Raises
    ------
    NotFoundError
        There is no such contribution, or it is not submitted yet.
    """
    known = get_contribution(home, contribution_id)
    [row] = home.database.read("contribution_by_id", {"id": known.id})
    if row["record"] is None:
        raise NotFoundError(
            f"the contribution {known.id[:12]} is a draft: nobody has agreed to anything",
            wanted="a submitted contribution",
            next_step=f"workbench contribution submit {known.id} --sign",
        )
    [submission] = home.database.read("record_by_content_id", {"content_id": row["record"]})
    consent = json.loads(submission["envelope"])["body"].get("consent")
    found = home.database.read("record_by_content_id", {"content_id": consent})
    return _view(known.id, known.state, found[0] if found else submission)


def _view(contribution: str, state: str, row: Row) -> ReceiptView:
    envelope = json.loads(row["envelope"])
    return ReceiptView(
        record=row["content_id"],
        contribution=contribution,
        state=state,
        words=consent_words(envelope["body"]) if row["kind"] == "consent" else "",
        envelope=envelope,
        created_at=row["created_at"],
    )
