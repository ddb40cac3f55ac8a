"""Merge: a proposal that passed its gate and was approved becomes the champion, and is paid."""

from datetime import datetime, timedelta
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
)
from workbench.core.wire import ProposalView
from workbench.ledger.bounty import bounty_of, split_bounty
from workbench.ledger.payout import payout_postings
from workbench.ledger.posting import Posting, bounty_account, hold_account
from workbench.registry.champion import Champions, Merge
from workbench.registry.proposal import move
from workbench.registry.refusal import REMEDIES
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.storage.rows import Row
from workbench.workflows.champions import move_aliases
from workbench.workflows.home import Home
from workbench.workflows.proposals import (
    body_of,
    champion_in,
    get_proposal,
    last_verdict,
    row_in,
    row_of,
    standing_reviews,
)
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.settle import HOLD, settlement_entry
from workbench.workflows.tasks import get_spec, get_task

BOUNTY = "bounty"


def merge(home: Home, proposal_id: str, envelope_json: dict[str, Any]) -> ProposalView:
    """Make a proposal's model the champion, on the sponsor's signed word, and pay its bounty.

    The same record again changes nothing. Where the task gives time for disputes, the bounty is
    held until it has passed; see ``settle_bounties``. Proposals that were to follow the champion
    before are stale from here on.

    Raises
    ------
    ForbiddenError
        The signer does not sponsor the task.
    InvalidMoveError
        It did not pass its gate, is not approved yet, or a reviewer asks for changes.
    ConflictError
        Somebody else merged first.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="merge")
    row = row_of(home, proposal_id)
    spec = get_spec(home, row["task"])
    sponsor = get_task(home, row["task"]).sponsor
    if signing_as(home, envelope, "treasurer").owner != sponsor:
        raise ForbiddenError(
            f"only {sponsor} merges for {row['task']}", next_step="sign as the sponsor"
        )
    asked = _asked(envelope.body, row)
    identity = envelope.content_id
    window = timedelta(seconds=spec.dispute_seconds)

    def write(tx: Transaction) -> None:
        merges = tx.execute("champions_of_task", {"task": spec.id})
        if any(one["id"] == identity for one in merges):
            return
        now = row_in(tx, row["id"])
        _check_ready(tx, home, now, asked, merges, spec.merge.approvals)
        signing_as_in(tx, envelope, "treasurer")
        move(now["state"], "merged")
        gain = int(last_verdict(tx, home, row["id"])["gain"])
        source = bounty_account(spec.id)
        left = tx.execute("balance_of", {"account": source})[0]["amount"]
        bounty = bounty_of(gain, spec.merge.bounty_price, left)
        record.append(tx, envelope)
        values = {"id": identity, "task": spec.id, "number": len(merges) + 1, "gain": gain}
        values |= {"proposal": asked.proposal, "base": asked.base, "model": asked.model}
        final_at = tx.now + window if window else None
        values |= {"bounty": bounty, "final_at": final_at}
        tx.execute("insert_champion", values | {"now": tx.now})
        amounts = split_bounty(bounty, body_of(row).by_owner)
        for owner, amount in amounts.items():
            share = {"champion": identity, "owner": owner, "amount": amount}
            tx.execute("insert_bounty", share)
        if bounty and window:
            held = Posting(source, hold_account(identity), bounty)
            write_entry(tx, identity, [held], kind=HOLD, reason=identity)
        elif bounty:
            postings = payout_postings(source, sponsor, amounts, 0)
            write_entry(tx, identity, postings, kind=BOUNTY, reason=identity)
        state = {"id": row["id"], "state": "merged", "reason": "", "again_at": None}
        tx.execute("move_proposal", state | {"now": tx.now})
        late = {"task": spec.id, "champion": asked.model}
        tx.execute("make_proposals_stale", late | {"now": tx.now})

    home.database.write(write)
    move_aliases(home)
    return get_proposal(home, row["id"])


def settle_bounties(home: Home, now: datetime) -> list[str]:
    """Pay every bounty whose window has ended; return the merges. A second call moves nothing.

    Parameters
    ----------
    now : UTC; windows that end until then have ended.
    """
    if not home.heads.may_grow:
        return []
    due = home.database.read("bounties_to_settle", {"now": now})
    return [row["id"] for row in due if _settle(home, row["id"], now)]


def champions_of(tx: Transaction, task_id: str, merges: list[Row]) -> Champions:
    """Return who a task stood behind.

    Parameters
    ----------
    merges : all of the task, in order.
    """
    first = merges[0]["base"] if merges else champion_in(tx, task_id)
    standing = [one for one in merges if one["rollback"] is None]
    undone = [one for one in merges if one["rollback"] is not None]
    return Champions(
        first or "",
        tuple(Merge(one["proposal"], one["base"], one["model"]) for one in standing),
        tuple(one["proposal"] for one in undone),
    )


def _settle(home: Home, champion: str, now: datetime) -> bool:
    def write(tx: Transaction) -> bool:
        if champion not in {one["id"] for one in tx.execute("bounties_to_settle", {"now": now})}:
            return False
        rows = tx.execute("bounties_of_champion", {"champion": champion})
        amounts = {one["owner"]: one["amount"] for one in rows}
        # Nothing of a bounty is left over, so nothing returns to anybody.
        postings = payout_postings(hold_account(champion), "", amounts, 0)
        entry = settlement_entry(champion)
        write_entry(tx, entry, postings, kind=BOUNTY, reason=champion)
        settled = {"champion": champion, "outcome": "final", "entry": entry}
        tx.execute("insert_bounty_settlement", settled | {"now": tx.now})
        return True

    return home.database.write(write)


def _asked(body: dict[str, Any], row: Row) -> Merge:
    match body:
        case {
            "task": str(task),
            "proposal": str(proposal),
            "base": str(base),
            "model": str(model),
            **rest,
        } if not rest:
            if (task, proposal, base, model) == tuple(
                row[name] for name in ("task", "id", "base", "model")
            ):
                return Merge(proposal, base, model)
            raise InvalidInputError(
                f"the record merges {model[:12]} over {base[:12]} by {proposal[:12]}",
                wanted=f"{str(row['model'])[:12]} over {row['base'][:12]} by {row['id'][:12]}",
            )
    raise InvalidInputError(
        "the body of a merge is wrong", wanted='{"task", "proposal", "base", "model"}'
    )


def _check_ready(
    tx: Transaction, home: Home, row: Row, asked: Merge, merges: list[Row], n_wanted: int
) -> None:
    _, outcome = champions_of(tx, row["task"], merges).merge(asked)
    if row["state"] == "stale" or outcome == "stale":
        raise ConflictError(
            f"{row['base'][:12]} is not the champion any more: somebody else merged first",
            wanted="a proposal on the champion that there is now",
            next_step=REMEDIES["stale"],
            reason="stale",
        )
    if row["state"] != "evaluated":
        said = last_verdict(tx, home, row["id"])
        why = f": {said['found']}" if said.get("found") else ""
        raise InvalidMoveError(
            f"the proposal is {row['state']}{why}",
            wanted="one that has passed its gate",
            next_step="see how far it is: workbench proposal show " + row["id"][:12],
            reason=row["reason"],
        )
    named = body_of(row).contributions
    gone = set(named) - {
        one["id"] for one in tx.execute("accepted_contributions", {"task": row["task"]})
    }
    if gone:
        raise InvalidMoveError(
            f"the model rests on {min(gone)[:12]}, which was withdrawn since it was judged",
            wanted="a model of data that is still there",
            next_step="train without it, and propose that",
        )
    said = standing_reviews(row, tx.execute("reviews_of_proposal", {"proposal": row["id"]}))
    against = sorted(owner for owner, word in said.items() if word == "request-changes")
    if against:
        raise InvalidMoveError(
            f"{', '.join(against)} asks for changes",
            wanted="nobody who asks for changes",
            next_step="propose again with them, or let the reviewer approve after all",
        )
    n_approvals = sum(word == "approve" for word in said.values())
    if n_approvals < n_wanted:
        raise InvalidMoveError(
            f"{n_approvals} owner groups have approved the proposal",
            wanted=f"{n_wanted}, none of them {row['owner']}",
            next_step=f"workbench review {row['id'][:12]} approve --reason … --sign",
        )
