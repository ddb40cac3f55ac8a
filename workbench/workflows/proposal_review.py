"""What people say about a proposal: comments, approvals, and what has to change first."""

from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, InvalidMoveError
from workbench.core.wire import ProposalView
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.join import signer, signer_in
from workbench.workflows.proposals import COMMENT, REVIEW, get_proposal, row_in, row_of
from workbench.workflows.roles import signing_as, signing_as_in

_DECISIONS: Final = (COMMENT, "approve", "request-changes")
_OPEN: Final = frozenset({"revealed", "checked", "evaluated", "waiting"})
_MOST_CHARACTERS: Final = 4_000


def review_proposal(home: Home, proposal_id: str, envelope_json: dict[str, Any]) -> ProposalView:
    """Record a person's word on a proposal; the same record again changes nothing.

    Anybody of the home may comment. Of each owner group the last decision stands.

    Raises
    ------
    ForbiddenError
        Who decides is no reviewer, or is of the owner group that proposes.
    InvalidMoveError
        A decision comes too late: it is merged, rejected or stale.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind=REVIEW)
    row = row_of(home, proposal_id)
    decides = _said(envelope.body, row["id"]) != COMMENT
    person = signing_as(home, envelope, "reviewer") if decides else signer(home, envelope)
    if decides and person.owner == row["owner"]:
        raise ForbiddenError(
            f"{person.name} would decide on what {row['owner']} itself proposes",
            wanted="a reviewer of another owner group",
            next_step="ask somebody else, or leave a comment",
        )

    def write(tx: Transaction) -> None:
        _, is_new = record.append(tx, envelope)
        if not is_new:
            return
        if decides:
            signing_as_in(tx, envelope, "reviewer")
        else:
            signer_in(tx, envelope)
        state = row_in(tx, row["id"])["state"]
        if decides and state not in _OPEN:
            raise InvalidMoveError(
                f"the proposal is {state}",
                wanted="one that is not decided yet",
                next_step="leave a comment",
                proposal=row["id"],
            )

    home.database.write(write)
    return get_proposal(home, row["id"])


def _said(body: dict[str, Any], proposal: str) -> str:
    match body:
        case {
            "proposal": str(identity),
            "decision": str(decision),
            "text": str(text),
            "nonce": str(),
            **rest,
        } if not rest and decision in _DECISIONS:
            if identity != proposal:
                raise InvalidInputError(f"the review is of {identity[:80]!r}", wanted=proposal)
            if not 0 < len(text.strip()) <= len(text) <= _MOST_CHARACTERS:
                raise InvalidInputError(
                    f"the text has {len(text.strip()):,} characters",
                    wanted=f"1 to {_MOST_CHARACTERS:,}: the proposer reads it",
                )
            return decision
    raise InvalidInputError(
        "the body of a proposal's review is wrong",
        wanted=f'{{"proposal", "decision": one of {", ".join(_DECISIONS)}, "text", "nonce"}}',
    )
