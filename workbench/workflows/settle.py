"""Settle: what a closed epoch holds goes to its owners at the end of its window, or back."""

from datetime import datetime

from workbench.core.errors import NotFoundError
from workbench.ledger.epoch import UPHOLD, Dispute, EpochWindow
from workbench.ledger.payout import payout_postings
from workbench.ledger.posting import Posting, hold_account, pool_account
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.storage.rows import Row
from workbench.workflows.home import Home

HOLD = "hold"
PAYOUT = "payout"
VOID = "void"


def settle_due(home: Home, now: datetime) -> list[str]:
    """Settle every epoch whose window has ended undisputed; return their ids.

    The server asks for it once a second, so that nobody has to. A second call moves nothing.
    Where the log may not grow, nothing moves: in a mirror it is its origin's to do.

    Parameters
    ----------
    now : UTC; windows that end until then have ended.
    """
    if not home.heads.may_grow:
        return []
    waiting = home.database.read("epochs_to_settle", {"now": now})
    return [row["id"] for row in waiting if _settle(home, row["id"], now)]


def settle(tx: Transaction, epoch_id: str, now: datetime) -> bool:
    """Move what an epoch holds to where it is due, in one entry; say whether it was due.

    Parameters
    ----------
    now : UTC.

    Raises
    ------
    NotFoundError
        No epoch has this id.
    """
    epoch, disputes = read_epoch(tx, epoch_id)
    outcome = window_of(epoch, disputes).due(now)
    if outcome is None:
        return False
    entry, hold = settlement_entry(epoch_id), hold_account(epoch_id)
    if outcome == "final":
        [task] = tx.execute("tasks", {"id": epoch["task"]})
        rows = tx.execute("payouts_with_units", {"epoch": epoch_id})
        amounts = {row["owner"]: row["amount"] for row in rows}
        postings = payout_postings(hold, task["sponsor"], amounts, epoch["returned"])
        write_entry(tx, entry, postings, kind=PAYOUT, reason=epoch["record"])
    else:
        upheld = next(row["record"] for row in disputes if row["decision"] == UPHOLD)
        back = Posting(hold, pool_account(epoch["task"]), epoch["pool"])
        write_entry(tx, entry, [back], kind=VOID, reason=upheld)
    # One row an epoch: whatever else goes wrong, nothing is settled twice.
    settled = {"epoch": epoch_id, "outcome": outcome, "entry": entry, "now": now}
    tx.execute("insert_settlement", settled)
    return True


def read_epoch(tx: Transaction, epoch_id: str) -> tuple[Row, list[Row]]:
    """Return the rows of an epoch and of its disputes.

    Raises
    ------
    NotFoundError
        No epoch has this id.
    """
    rows = tx.execute("epoch_by_id", {"id": epoch_id})
    if not rows:
        raise NotFoundError(f"no epoch has the id {epoch_id[:80]!r}", wanted="its whole id")
    return rows[0], tx.execute("disputes_of_epoch", {"epoch": epoch_id})


def window_of(epoch: Row, disputes: list[Row]) -> EpochWindow:
    """Return where an epoch stands, from its row and those of its disputes."""
    return EpochWindow(
        f"{epoch['task']}:{epoch['number']}",
        epoch["final_at"],
        [Dispute(row["id"], row["owner"], row["decision"]) for row in disputes],
        epoch["settled"],
    )


def settlement_entry(epoch_id: str) -> str:
    """Return the id of the ledger entry that moves what an epoch held."""
    return f"{epoch_id}:settled"


def _settle(home: Home, epoch_id: str, now: datetime) -> bool:
    return home.database.write(lambda tx: settle(tx, epoch_id, now))
