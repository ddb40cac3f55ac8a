"""Inbox: what waits for one person, what they earned, and what became of their data.

A fixed number of statements answers it, whatever the home holds; each list is bounded.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from workbench.core.credits import format_credits
from workbench.core.keys import check_identity_name
from workbench.core.roles import Caller, Role, plays, roles_of_text
from workbench.core.wire import (
    InboxView,
    NeedView,
    NewsView,
    OwnContribution,
    OwnJob,
    OwnTask,
)
from workbench.ledger.epoch import when
from workbench.registry.task import TaskSpec
from workbench.storage.rows import Row
from workbench.workflows.earned import bounty_news, earned, state_of
from workbench.workflows.home import Home
from workbench.workflows.proposals import standing_reviews
from workbench.workflows.timeline import timeline

# A failed job that nobody looked after for so long is history.
_FAILED_DAYS: Final = 7
_MOST_NEWS: Final = 50
_STATES: Final = {
    "accepted": "was accepted",
    "quarantined": "waits for a reviewer",
    "refused": "was refused",
    "withdrawn": "was withdrawn",
}


def inbox(
    home: Home, caller: Caller, name: str, now: datetime, since: datetime | None = None
) -> InboxView:
    """Return what a person has to know, most urgent first.

    Parameters
    ----------
    caller : whose token asks; its name goes before ``name``.
    name : what the client calls the person.
    now : UTC.
    since : when the person last looked; nothing is news without it.
    """
    person = caller.name or check_identity_name(name)
    known = home.database.read("principals", {"name": person})
    # Whoever has only a token signs for nobody yet; on one's own machine the name is the group.
    owner = known[0]["owner"] if known else ("" if caller.name else person)
    roles = roles_of_text(known[0]["roles"]) if known else ()
    is_alone = not home.database.read("admins")

    def may(role: Role) -> bool:
        return is_alone or plays(roles, [role])

    asked = {"owner": owner}
    contributions = home.database.read("inbox_contributions", asked)
    models = _models(home, contributions)
    bounties = home.database.read("inbox_bounties", asked)
    epochs = home.database.read("inbox_epochs", asked | {"decides": may("treasurer")})
    days = timedelta(days=_FAILED_DAYS)
    jobs = home.database.read("inbox_jobs", {"person": person, "failed_since": now - days})
    needs = [
        *_windows(epochs, owner, now),
        *_disputes(epochs, owner, decides=may("treasurer")),
        *_drafts(home.database.read("inbox_drafts", asked)),
        *_failed(jobs),
        *_holds(home.database.read("inbox_holds", asked | {"now": now})),
    ]
    proposals = home.database.read("inbox_proposals")
    needs += _proposals(proposals, owner, reviews=may("reviewer"), merges=may("treasurer"))
    if may("reviewer"):
        needs += _quarantines(home.database.read("inbox_waiting", asked))
    if may("treasurer"):
        needs += _movements(home.database.read("inbox_movements", {"person": person}))
    paid = [row for row in epochs if row["amount"] is not None]
    own = [
        OwnContribution(
            **{n: row[n] for n in ("id", "task", "state", "file_name", "n_rows", "updated_at")},
            timeline=timeline(row, models, paid),
        )
        for row in contributions
    ]
    return InboxView(
        as_of=now,
        person=person,
        owner=owner,
        roles=list(roles),
        is_registered=bool(known),
        needs=needs,
        earned=earned(home, owner, paid, bounties),
        contributions=own,
        n_contributions=contributions[0]["n_all"] if contributions else 0,
        news=[] if since is None else _news(contributions, models, paid, bounties, since),
        tasks=[
            OwnTask(**(row | {"pool": str(row["pool"])}))
            for row in home.database.read("inbox_tasks")
        ],
        jobs=[
            OwnJob(**{name: row[name] for name in OwnJob.model_fields})
            for row in jobs
            if row["state"] != "failed"
        ][:50],
    )


def _models(home: Home, contributions: list[Row]) -> list[Row]:
    accepted = [row for row in contributions if row["state"] == "accepted"]
    digests = {row[name] for row in accepted for name in ("rows_sha256", "counted_sha256")}
    # Rows that do not count yet have an empty digest, and all texts hold that.
    if not (wanted := sorted(digest for digest in digests if digest)):
        return []
    tasks = sorted({row["task"] for row in accepted})
    return home.database.read("inbox_models", {"digests": "|".join(wanted), "tasks": tasks})


def _windows(epochs: list[Row], owner: str, now: datetime) -> Iterator[NeedView]:
    for row in sorted(epochs, key=lambda row: (row["final_at"] is None, row["final_at"])):
        is_party = row["amount"] is not None or row["sponsor"] == owner
        if not is_party or state_of(row) != "provisional" or row["final_at"] <= now:
            continue
        pays = f"pays you {format_credits(row['amount'])} credits" if row["amount"] else "pays"
        yield NeedView(
            kind="window",
            thing="epoch",
            id=row["id"],
            task=row["task"],
            words=f"{row['task']}:{row['number']} {pays}: it can be disputed until "
            f"{when(row['final_at'])}",
            verb="dispute",
            since=row["created_at"],
            until=row["final_at"],
        )


def _disputes(epochs: list[Row], owner: str, *, decides: bool) -> Iterator[NeedView]:
    for row in epochs:
        may_decide = (decides or row["sponsor"] == owner) and not row["is_mine"]
        if may_decide and state_of(row) == "disputed":
            yield NeedView(
                kind="dispute",
                thing="epoch",
                id=row["id"],
                task=row["task"],
                words=f"{row['task']}:{row['number']} is disputed: "
                f"{format_credits(row['pool'])} credits are held until somebody decides",
                verb="resolve",
                since=row["created_at"],
            )


def _drafts(rows: list[Row]) -> Iterator[NeedView]:
    for row in rows:
        found = json.loads(row["findings"])
        held = [one["message"] for one in found if one["outcome"] == "held"]
        refused = [one["message"] for one in found if one["outcome"] == "refused"]
        said = "; ".join(held or refused)
        yield NeedView(
            kind="findings" if said else "draft",
            thing="contribution",
            id=row["id"],
            task=row["task"],
            words=f"{row['file_name']}: {said}"
            if said
            else f"{row['file_name']}, {row['n_rows']:,} rows, waits for your signature",
            verb="mask" if held else "contribute" if refused else "submit",
            since=row["updated_at"],
        )


def _failed(jobs: list[Row]) -> Iterator[NeedView]:
    for row in jobs:
        if row["state"] == "failed":
            on = f" on {row['task']}" if row["task"] else ""
            yield NeedView(
                kind="failed-job",
                thing="job",
                id=row["id"],
                task=row["task"],
                words=f"{row['verb']}{on} failed: {row['detail']}",
                verb=row["verb"],
                since=row["finished_at"],
            )


def _holds(rows: list[Row]) -> Iterator[NeedView]:
    for row in rows:
        yield NeedView(
            kind="hold",
            thing="hold",
            id=row["id"],
            task=None,
            words=f"{row['payer']} holds {format_credits(row['amount'])} credits for you until "
            f"{when(row['expires_at'])}",
            verb="settle",
            since=row["created_at"],
            until=row["expires_at"],
        )


def _quarantines(rows: list[Row]) -> Iterator[NeedView]:
    for row in rows:
        yield NeedView(
            kind="quarantine",
            thing="contribution",
            id=row["id"],
            task=row["task"],
            words=f"{row['file_name']} of {row['owner']}, {row['n_rows']:,} rows, waits for a "
            "reviewer",
            verb="review",
            since=row["updated_at"],
        )


def _proposals(rows: list[Row], owner: str, *, reviews: bool, merges: bool) -> Iterator[NeedView]:
    """Yield proposals that passed: those to decide on, and those to merge."""
    for row in rows:
        pairs = zip(row["reviewers"] or [], row["decisions"] or [], strict=True)
        said = standing_reviews(row, [{"owner": one, "decision": word} for one, word in pairs])
        n_wanted = TaskSpec.from_body(json.loads(row["spec"])).merge.approvals
        is_open = "request-changes" in said.values()
        is_approved = list(said.values()).count("approve") >= n_wanted and not is_open
        words = f"{row['owner']}'s model for {row['task']} passed its gate"
        kind: Literal["proposal", "merge"] | None = None
        if is_approved and merges and row["sponsor"] == owner:
            kind, words = "merge", f"{words} and is approved: it can be merged"
        elif not is_approved and reviews and owner not in {"", row["owner"], *said}:
            kind, words = "proposal", f"{words} and waits for a reviewer"
        if kind is not None:
            yield NeedView(
                kind=kind,
                thing="proposal",
                id=row["id"],
                task=row["task"],
                words=words,
                verb="merge" if kind == "merge" else "review",
                since=row["updated_at"],
            )


def _movements(rows: list[Row]) -> Iterator[NeedView]:
    for row in rows:
        yield NeedView(
            kind="movement",
            thing="movement",
            id=row["id"],
            task=None,
            words=f"{row['proposed_by']} proposes to move {format_credits(row['amount'])} credits "
            f"to {row['destination']}",
            verb="approve",
            since=row["created_at"],
        )


def _news(
    contributions: list[Row],
    models: list[Row],
    paid: list[Row],
    bounties: list[Row],
    since: datetime,
) -> list[NewsView]:
    found: list[NewsView] = []

    def tell(kind: str, id: str, row: Mapping[str, Any], words: str, at: datetime | None) -> None:
        if at is not None and at > since:
            found.append(NewsView(kind=kind, id=id, task=row["task"], words=words, at=at))

    for row in contributions:
        if row["state"] in _STATES:
            words = f"{row['file_name']} {_STATES[row['state']]}"
            tell("contribution", row["id"], row, words, row["updated_at"])
    for row in models:
        words = f"a model has read your rows: model {row['number']} of {row['task']}"
        tell("model", row["digest"], row, words, row["created_at"])
    for row in paid:
        name, amount = f"{row['task']}:{row['number']}", format_credits(row["amount"])
        tell("epoch", row["id"], row, f"{name} closed: {amount} credits", row["created_at"])
        became = "is final" if row["settled"] == "final" else "is void: its pool returned"
        tell("epoch", row["id"], row, f"{name} {became}", row["settled_at"])
    for row, said, at in bounty_news(bounties):
        tell("bounty", row["proposal"], row, said, at)
    return sorted(found, key=lambda one: one.at, reverse=True)[:_MOST_NEWS]
