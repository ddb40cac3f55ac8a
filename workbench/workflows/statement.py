"""Statement: what came to an owner group and went from it; and what accounts held, at any time."""

from datetime import datetime

from workbench.core.errors import NotFoundError
from workbench.core.wire import BalanceRow, StatementLine, StatementView
from workbench.ledger.posting import user_account
from workbench.workflows.holds import expire_due
from workbench.workflows.home import Home


def statement(
    home: Home, owner: str, since: datetime | None, until: datetime | None
) -> StatementView:
    """Return an owner group's postings, oldest first, with the balance after each.

    Parameters
    ----------
    since, until : instants; from the one up to before the other, all unless given.

    Raises
    ------
    NotFoundError
        The owner group has no account and nobody has joined for it.
    """
    expire_due(home)
    account = user_account(owner)
    rows = home.database.read("statement", {"account": account, "until": until})
    if not rows and not home.database.read("is_owner", {"owner": owner})[0]["found"]:
        raise NotFoundError(
            f"no owner group is called {owner[:80]!r}",
            wanted="somebody who has joined or was paid",
            next_step="see: workbench sql 'select account from balance'",
        )
    before = [row for row in rows if since is not None and row["created_at"] < since]
    shown = rows[len(before) :]
    opening = before[-1]["balance"] if before else 0
    return StatementView(
        owner=owner,
        account=account,
        opening=str(opening),
        closing=str(shown[-1]["balance"] if shown else opening),
        lines=[
            StatementLine(**(row | {name: str(row[name]) for name in ("amount", "balance")}))
            for row in shown
        ],
    )


def balances(home: Home, at: datetime | None, size: int | None) -> list[BalanceRow]:
    """Return what accounts hold, or held.

    Parameters
    ----------
    at : an instant: every entry that was written by then counts.
    size : of the log: every entry among its first so many counts.
    """
    expire_due(home)
    rows = home.database.read("balances_at", {"at": at, "size": size})
    return [BalanceRow(account=row["account"], amount=str(row["amount"])) for row in rows]
