"""Earned: what came to an owner group by epochs and by merges, each state for itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from workbench.core.credits import format_credits
from workbench.core.errors import InsufficientFundsError, InvalidMoveError
from workbench.core.wire import BountyLine, EarnedView, EpochLine, EstimateLine
from workbench.ledger.epoch import when
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.payouts import estimate_payouts
from workbench.workflows.proposals import state_of_bounty

_MOST_BOUNTIES: Final = 50


def earned(home: Home, owner: str, paid: list[Row], bounties: list[Row]) -> EarnedView:
    """Return what came to an owner group; the states are never added up.

    Parameters
    ----------
    paid : its part of epochs.
    bounties : its part of merges, the newest first.
    """
    amounts: dict[str, list[int]] = {"final": [], "void": []}
    provisional = []
    for row in paid:
        state = state_of(row)
        if state in amounts:
            amounts[state].append(row["amount"])
            continue
        provisional.append(
            EpochLine(
                epoch=row["id"],
                task=row["task"],
                number=row["number"],
                amount=str(row["amount"]),
                until=row["final_at"],
                is_disputed=state == "disputed",
            )
        )
    merged = [row["amount"] for row in bounties if state_of_bounty(row) == "final"]
    return EarnedView(
        estimated=list(_estimated(home, owner)),
        provisional=provisional,
        final=str(sum(amounts["final"])),
        n_final=len(amounts["final"]),
        returned=str(sum(amounts["void"])),
        n_returned=len(amounts["void"]),
        bounties=_unpaid(bounties),
        final_bounties=str(sum(merged)),
        n_final_bounties=len(merged),
    )


def state_of(epoch: Row) -> str:
    """Return where an epoch stands by what is recorded."""
    if epoch["final_at"] is None:
        return "final"
    return epoch["settled"] or ("disputed" if epoch["n_open"] else "provisional")


def bounty_news(bounties: list[Row]) -> Iterator[tuple[Row, str, datetime]]:
    """Yield what happened to bounties: the row, in words, and when."""
    for row in bounties:
        part = f"{format_credits(row['amount'])} credits for a better model of {row['task']}"
        if row["final_at"] is None:
            yield row, f"a merge pays you {part}", row["created_at"]
            continue
        until = when(row["final_at"])
        yield row, f"a merge earns you {part}, held until {until}", row["created_at"]
        if row["settled_at"] is not None:
            is_paid = row["outcome"] == "final"
            end = "are paid" if is_paid else f"returned, it was rolled back: {row['because']}"
            yield row, f"{part} {end}", row["settled_at"]


def _unpaid(bounties: list[Row]) -> list[BountyLine]:
    lines = [
        BountyLine(
            proposal=row["proposal"],
            task=row["task"],
            amount=str(row["amount"]),
            state=state,
            until=row["final_at"],
            because=row["because"] or "",
        )
        for row in bounties
        if (state := state_of_bounty(row)) in {"provisional", "void"}
    ]
    return sorted(lines, key=lambda line: line.state)[:_MOST_BOUNTIES]


def _estimated(home: Home, owner: str) -> Iterator[EstimateLine]:
    for row in home.database.read("inbox_studies", {"owner": owner}):
        try:
            payouts = estimate_payouts(home, row["study"], owner)
        except (InsufficientFundsError, InvalidMoveError):
            # Nothing can be paid by it now: no pool, another semivalue, or rows withdrawn.
            continue
        for line in payouts.rows:
            yield EstimateLine(
                task=row["task"],
                study=row["study"],
                amount_low=line.amount_low,
                amount=line.amount,
                amount_high=line.amount_high,
            )
