"""Roll back: the latest merge is undone, by a record of its own; nothing is deleted."""

from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, InvalidMoveError
from workbench.core.wire import ProposalView
from workbench.ledger.posting import Posting, bounty_account, hold_account
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.workflows.champions import move_aliases
from workbench.workflows.home import Home
from workbench.workflows.merge import champions_of
from workbench.workflows.proposals import champion_in, get_proposal, row_of
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.settle import VOID, settlement_entry
from workbench.workflows.tasks import get_task

_MOST_CHARACTERS: Final = 2_000


def rollback(home: Home, proposal_id: str, envelope_json: dict[str, Any]) -> ProposalView:
    """Undo the latest merge of a task, on the sponsor's signed word.

    The champion before stands again. A bounty that is held returns; what was paid stays paid.
    The same record again changes nothing.

    Raises
    ------
    ForbiddenError
        The signer does not sponsor the task.
    ConflictError
        A later merge stands on it.
    InvalidMoveError
        It was not merged.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="rollback")
    row = row_of(home, proposal_id)
    sponsor = get_task(home, row["task"]).sponsor
    if signing_as(home, envelope, "treasurer").owner != sponsor:
        raise ForbiddenError(
            f"only {sponsor} rolls back for {row['task']}", next_step="sign as the sponsor"
        )
    merged, reason = _asked(envelope.body, row["id"])

    def write(tx: Transaction) -> None:
        merges = tx.execute("champions_of_task", {"task": row["task"]})
        found = [one for one in merges if one["proposal"] == row["id"]]
        if not found:
            raise InvalidMoveError(f"the proposal is {row['state']}", wanted="one that was merged")
        [champion] = found
        if champion["id"] != merged:
            raise InvalidInputError(f"it was not merged by {merged[:12]}", wanted=champion["id"])
        if champion["rollback"] is not None:
            if champion["rollback"] == envelope.content_id:
                return
            raise InvalidMoveError("the merge was rolled back before", wanted="one that stands")
        champions_of(tx, row["task"], merges).roll_back(row["id"])
        signing_as_in(tx, envelope, "treasurer")
        identity, _ = record.append(tx, envelope)
        undone = {"champion": merged, "record": identity, "reason": reason}
        tx.execute("insert_rollback", undone | {"now": tx.now})
        if champion["bounty"] and champion["final_at"] is not None and not champion["outcome"]:
            entry = settlement_entry(merged)
            back = Posting(hold_account(merged), bounty_account(row["task"]), champion["bounty"])
            write_entry(tx, entry, [back], kind=VOID, reason=identity)
            void = {"champion": merged, "outcome": "void", "entry": entry}
            tx.execute("insert_bounty_settlement", void | {"now": tx.now})
        state = {"id": row["id"], "state": "merged", "reason": "rolled-back", "again_at": None}
        tx.execute("move_proposal", state | {"now": tx.now})
        late = {"task": row["task"], "champion": champion_in(tx, row["task"])}
        tx.execute("make_proposals_stale", late | {"now": tx.now})

    home.database.write(write)
    move_aliases(home)
    return get_proposal(home, row["id"])


def _asked(body: dict[str, Any], proposal: str) -> tuple[str, str]:
    match body:
        case {
            "proposal": str(found),
            "merge": str(merged),
            "reason": str(reason),
            **rest,
        } if not rest:
            if found != proposal:
                raise InvalidInputError(f"the record is of {found[:80]!r}", wanted=proposal)
            if not 0 < len(reason.strip()) <= len(reason) <= _MOST_CHARACTERS:
                raise InvalidInputError(
                    f"the reason has {len(reason.strip()):,} characters",
                    wanted=f"1 to {_MOST_CHARACTERS:,}: everybody reads it",
                )
            return merged, reason
    raise InvalidInputError(
        "the body of a rollback is wrong", wanted='{"proposal", "merge", "reason"}'
    )
