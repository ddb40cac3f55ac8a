"""Proposals as they are recorded: where each stands, what was said of it, who is champion."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from workbench.core.errors import NotFoundError
from workbench.core.wire import (
    ChampionView,
    ConditionView,
    ProposalReviewView,
    ProposalView,
    ShareView,
    VerdictView,
)
from workbench.ledger.bounty import bounty_of
from workbench.ledger.posting import bounty_account
from workbench.registry.proposal import Proposal
from workbench.registry.refusal import CODES, REMEDIES
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.tasks import get_spec, get_task

VERB: Final = "judge"
VERDICT: Final = "verdict"
REVIEW: Final = "proposal-review"
COMMENT: Final = "comment"


def get_proposal(home: Home, identity: str) -> ProposalView:
    """Return a proposal by its id, or by the beginning of it where no other begins so.

    Raises
    ------
    NotFoundError
        None has this id, or several begin so.
    """
    return _view(home, row_of(home, identity))


def list_proposals(home: Home, task_id: str) -> list[ProposalView]:
    """Return a task's proposals, the eldest first."""
    get_task(home, task_id)
    return [_view(home, row) for row in home.database.read("proposals", {"task": task_id})]


def list_champions(home: Home, task_id: str) -> list[ChampionView]:
    """Return the champions of a task since the first: one a merge, in order."""
    get_task(home, task_id)
    rows = home.database.read("champions_of_task", {"task": task_id})
    return [champion_view(home, row) for row in rows]


def row_of(home: Home, identity: str) -> Row:
    """Return a proposal's row; see ``get_proposal``."""
    rows = home.database.read("proposal_by_id", {"id": identity})
    if not rows and identity:
        named = home.database.read("proposals_that_begin", {"beginning": identity})
        if len(named) == 1:
            rows = home.database.read("proposal_by_id", named[0])
    if not rows:
        raise NotFoundError(
            f"no proposal has the id {identity[:80]!r}",
            wanted="its id, or a beginning that no other has",
            next_step="list them: workbench proposal list TASK",
        )
    return rows[0]


def row_in(tx: Transaction, identity: str) -> Row:
    """Return a proposal's row inside a transaction."""
    [row] = tx.execute("proposal_by_id", {"id": identity})
    return row


def body_of(row: Row) -> Proposal:
    """Return what was proposed."""
    return Proposal.from_body(json.loads(row["body"]))


def champion_in(tx: Transaction, task_id: str) -> str | None:
    """Return the digest of a task's champion inside a transaction."""
    [task] = tx.execute("tasks", {"id": task_id})
    found: str | None = task["champion"]
    return found


def champion_since(home: Home, task_id: str, model: str) -> datetime:
    """Return since when a model is its task's champion: ε falls from then on."""
    merges = home.database.read("champions_of_task", {"task": task_id})
    standing = [row for row in merges if row["rollback"] is None and row["model"] == model]
    if standing:
        since: datetime = standing[-1]["created_at"]
        return since
    known = home.database.read("models_of_task", {"task": task_id})
    made: datetime = next(row["created_at"] for row in known if row["digest"] == model)
    return made


def last_verdict(tx: Transaction, home: Home, proposal: str) -> dict[str, Any]:
    """Return the body of what the server signed last of a proposal; empty if nothing yet."""
    rows = tx.execute("verdicts_of_proposal", {"proposal": proposal, "origin": home.origin})
    body: dict[str, Any] = json.loads(rows[-1]["envelope"])["body"] if rows else {}
    return body


def standing_reviews(proposal: Row, reviews: Iterable[Row]) -> dict[str, str]:
    """Return owner group → its last word that decides: ``approve`` or ``request-changes``.

    What the proposer's own group says decides nothing.

    Parameters
    ----------
    reviews : of the proposal, in the order of the log.
    """
    return {
        one["owner"]: one["decision"]
        for one in reviews
        if one["decision"] != COMMENT and one["owner"] != proposal["owner"]
    }


def champion_view(home: Home, row: Row) -> ChampionView:
    """Return a merge as it is stored, for people."""
    bounties = home.database.read("bounties_of_champion", {"champion": row["id"]})
    return ChampionView(
        **{name: row[name] for name in ("id", "task", "number", "proposal", "base", "model")},
        gain=str(row["gain"]),
        bounty=str(row["bounty"]),
        bounties={one["owner"]: str(one["amount"]) for one in bounties},
        state=state_of_bounty(row),
        final_at=row["final_at"],
        rolled_back_because=row["rolled_back_because"],
        rolled_back_at=row["rolled_back_at"],
        created_at=row["created_at"],
    )


def state_of_bounty(merge: Row) -> Any:
    """Return where a merge's bounty stands: provisional, final or void."""
    if merge["outcome"] is not None:
        return merge["outcome"]
    if merge["final_at"] is None and merge["bounty"]:
        # Paid at once, and what was paid stays paid.
        return "final"
    if merge["rollback"] is not None:
        return "void"
    return "provisional" if merge["bounty"] else "final"


def _view(home: Home, row: Row) -> ProposalView:
    body = body_of(row)
    job = home.jobs.find(VERB, row["task"], {"proposal": row["id"]})
    merged = home.database.read("champion_of_proposal", {"proposal": row["id"]})
    reviews = home.database.read("reviews_of_proposal", {"proposal": row["id"]})
    said = standing_reviews(row, reviews)
    asked = {"proposal": row["id"], "origin": home.origin}
    verdicts = [_verdict(one) for one in home.database.read("verdicts_of_proposal", asked)]
    rules = get_spec(home, row["task"]).merge
    reason = row["reason"]
    return ProposalView(
        id=row["id"],
        task=row["task"],
        owner=row["owner"],
        base=row["base"],
        recipe=None if body.recipe is None else dict(body.recipe),
        weights=body.weights,
        contributions=list(body.contributions),
        shares=[
            ShareView(role=share.role, owner=share.owner, part=str(share.part))
            for share in body.shares
        ],
        claim=body.claim,
        state=row["state"],
        reason=reason,
        remedy=REMEDIES[reason] if reason in CODES else "",
        model=row["model"],
        again_at=row["again_at"],
        verdicts=verdicts,
        reviews=[
            ProposalReviewView(
                record=one["content_id"],
                reviewer=one["principal"],
                **{name: one[name] for name in ("owner", "decision", "text", "created_at")},
            )
            for one in reviews
        ],
        approvals=sum(one == "approve" for one in said.values()),
        approvals_wanted=rules.approvals,
        pays=_pays(home, row, verdicts, rules.bounty_price),
        merge=champion_view(home, merged[0]) if merged else None,
        job=job.id if job else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _pays(home: Home, row: Row, verdicts: list[VerdictView], price: int) -> str | None:
    if row["state"] != "evaluated" or not verdicts:
        return None
    account = {"account": bounty_account(row["task"])}
    left = home.database.read("balance_of", account)[0]["amount"]
    return str(bounty_of(int(verdicts[-1].gain), price, left))


def _verdict(row: Row) -> VerdictView:
    body = json.loads(row["envelope"])["body"]
    again = body["again_at"]
    return VerdictView(
        record=row["content_id"],
        decision=body["decision"],
        reason=body["reason"],
        found=body["found"],
        wanted=body["wanted"],
        conditions=[ConditionView(**one) for one in body["conditions"]],
        p=None if body["p"] is None else float(body["p"]),
        gain=body["gain"],
        again_at=None if again is None else datetime.fromisoformat(again),
        created_at=row["created_at"],
    )
