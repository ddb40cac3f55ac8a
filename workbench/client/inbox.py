"""What waits for the person who asks, what they earned, and where their data are."""

from datetime import datetime
from typing import Final

from workbench.client.connection import Api
from workbench.client.display import Column, Shown, Table
from workbench.client.ledger import instants
from workbench.core.credits import format_credits
from workbench.core.wire import EarnedView, InboxView, NeedView, OwnContribution

_SHORT: Final = 12
_VERBS: Final = {
    "submit": "workbench contribution submit {id} --sign",
    "mask": "workbench contribution mask {id}",
    "contribute": "workbench contribution show {id}",
    "review": "workbench review {id} DECISION --reason … --sign",
    "approve": "workbench treasury approve {id} --sign",
    "dispute": "workbench dispute {id} --reason … --sign",
    "resolve": "workbench resolve {id} DECISION --reason … --sign",
    "settle": "workbench hold settle {id} --sign",
}


class Inbox(Shown):
    """What one person has to know.

    Parameters
    ----------
    view : as the server answered.
    """

    def __init__(self, view: InboxView) -> None:
        self.view = view

    @property
    def needs(self) -> list[NeedView]:
        """What waits for the person, the most urgent first."""
        return self.view.needs

    @property
    def as_of(self) -> datetime:
        """When this was so: ``bench.inbox(since=…)`` tells what is new after it."""
        return self.view.as_of

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self._tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self._tables())

    def _tables(self) -> list[Table]:
        view = self.view
        tables = [self._needs(), _earned(view.owner, view.earned)]
        if view.news:
            rows = [[f"{one.at:%Y-%m-%d %H:%M}", one.words] for one in view.news]
            tables.append(Table("New since then", [Column("UTC"), Column("what")], rows))
        n_more = view.n_contributions - len(view.contributions)
        tables += [
            Table(
                f"Contributions of {view.owner}" if view.owner else "Contributions",
                [Column("task"), Column("file"), Column("rows", "right"), Column("way")],
                [[c.task, c.file_name, f"{c.n_rows:,}", _way(c)] for c in view.contributions],
                [f"… and {n_more} more" if n_more else "" if view.contributions else "none yet"],
            ),
            Table(
                "Open tasks",
                [Column("task"), Column("title"), Column("pool, credits", "right")],
                [[t.id, t.title, format_credits(int(t.pool))] for t in view.tasks],
                () if view.tasks else ("none yet",),
            ),
        ]
        if view.jobs:
            columns = [Column("job"), Column("task"), Column("state"), Column("asked by")]
            rows = [[j.verb, j.task or "", j.state, j.requested_by or ""] for j in view.jobs]
            tables.append(Table("Jobs", columns, rows))
        return tables

    def _needs(self) -> Table:
        rows = [[str(k), need.words] for k, need in enumerate(self.needs, start=1)]
        # Below: a cell would cut the id off, and a person copies the whole command.
        answers = [f"{k}: {_answer(need)}" for k, need in enumerate(self.needs, start=1)]
        roles = ", ".join(self.view.roles)
        who = f"{self.view.person}{f' ({roles})' if roles else ''}"
        notes = answers or ["nothing: contribute with workbench contribute TASK FILE"]
        return Table(f"Needs {who}", [Column("", "right"), Column("what")], rows, notes)


class Inboxes:
    """The part of ``Bench`` that tells a person what to know.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def inbox(self, since: datetime | None = None) -> Inbox:
        """Return what waits for you, what you earned by state, and where your data are.

        Parameters
        ----------
        since : an instant with a zone; what happened after it is told as news.
        """
        response = self.api.connection.request(
            "GET", "/inbox", params=instants(since=since), headers=self.api.who
        )
        return Inbox(InboxView.model_validate(response.json()))


def _answer(need: NeedView) -> str:
    known = _VERBS.get(need.verb, "workbench job show {id}")
    return known.format(id=need.id if need.thing != "job" else need.id[:_SHORT])


def _earned(owner: str, earned: EarnedView) -> Table:
    rows = [
        [
            "estimated",
            line.task,
            f"{format_credits(int(line.amount_low))} to {format_credits(int(line.amount_high))}",
        ]
        for line in earned.estimated
    ]
    for epoch in earned.provisional:
        until = f"{epoch.until:%Y-%m-%d %H:%M} UTC" if epoch.until else ""
        state = "disputed" if epoch.is_disputed else f"provisional until {until}"
        rows.append([state, f"{epoch.task}:{epoch.number}", format_credits(int(epoch.amount))])
    for bounty in earned.bounties:
        of = f"bounty of {bounty.task}, proposal {bounty.proposal[:_SHORT]}"
        if bounty.state == "void":
            state, why = "returned", f"rolled back: {bounty.because}"
        else:
            until = f"{bounty.until:%Y-%m-%d %H:%M} UTC" if bounty.until else ""
            state, why = f"provisional until {until}", "held"
        rows.append([state, f"{of}, {why}", format_credits(int(bounty.amount))])
    for state, amount, count, things in (
        ("final", earned.final, earned.n_final, "epochs"),
        ("final", earned.final_bounties, earned.n_final_bounties, "merges"),
        ("returned", earned.returned, earned.n_returned, "epochs"),
    ):
        if count:
            rows.append([state, f"{count} {things}", format_credits(int(amount))])
    columns = [Column("state"), Column("of"), Column("credits", "right")]
    notes = ("the states are never added up",) if rows else ("nothing yet",)
    return Table(f"Earned by {owner}" if owner else "Earned", columns, rows, notes)


def _way(contribution: OwnContribution) -> str:
    done = [moment for moment in contribution.timeline if moment.at is not None]
    following = next((m for m in contribution.timeline if m.at is None), None)
    steps = [moment.step for moment in done]
    if done and done[-1].step in {"in model", "paid"}:
        steps[-1] = done[-1].words
    return " → ".join(steps) + (f" → … {following.words}" if following else "")
