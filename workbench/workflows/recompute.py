"""Recompute: an epoch or a study again from what is recorded, and the first step that differs."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from workbench.core.credits import format_credits
from workbench.core.errors import InvalidMoveError
from workbench.core.wire import DifferenceView, EpochView, RecomputationView, StepView
from workbench.ledger.payout import Split, split_pool
from workbench.ledger.posting import pool_account
from workbench.workflows.home import Home
from workbench.workflows.join import signer_then
from workbench.workflows.pay import find_paid, get_epoch, payout_postings, rule_of
from workbench.workflows.recompute_study import StudyBooks, signed_record, study_steps
from workbench.workflows.steps import checked, unequal

Row = dict[str, Any]


def recompute(home: Home, name: str) -> RecomputationView:
    """Compute an epoch or a study again; nothing is trained, nothing is written.

    Parameters
    ----------
    name : id of an epoch or a sealed study, or its beginning; of an epoch also ``TASK:NUMBER``.

    Raises
    ------
    NotFoundError
        Neither has this name.
    InvalidMoveError
        The study is not sealed.
    """
    kind, identity = find_paid(home, name, ("epoch", "study"))
    epoch = get_epoch(home, identity) if kind == "epoch" else None
    study_id = identity if epoch is None else epoch.study
    [row] = home.database.read("study_by_id", {"id": study_id})
    if row["state"] != "sealed":
        raise InvalidMoveError(
            f"the study is {row['state']}", wanted="a sealed study", next_step="wait until it ends"
        )
    steps = list(_steps(home, row, epoch))
    return RecomputationView(id=identity, kind=kind, task=row["task"], study=study_id, steps=steps)


def _steps(home: Home, row: Row, epoch: EpochView | None) -> Iterator[StepView]:
    books: list[StudyBooks] = []

    def read() -> list[DifferenceView]:
        books.append(StudyBooks.read(home, row))
        found = books[0].record_differences()
        return found if epoch is None else found + _record_differences(home, books[0], epoch)

    yield checked("signed records", "every signature verifies and says what is recorded", read)
    if books:
        yield from study_steps(books[0])
        if epoch is not None:
            yield from _epoch_steps(home, books[0], epoch)


def _record_differences(home: Home, books: StudyBooks, epoch: EpochView) -> list[DifferenceView]:
    order = signed_record(home, "the payout", epoch.id, "payout")
    return unequal(
        {
            "task of the payout": (epoch.task, order.body["task"]),
            "study of the payout": (epoch.study, order.body["study"]),
            "who signed the payout": (signer_then(home, order).owner, books.task["sponsor"]),
        }
    )


def _epoch_steps(home: Home, books: StudyBooks, epoch: EpochView) -> Iterator[StepView]:
    units = {row["owner"]: int(row["units"]) for row in books.signed}
    lows = {row["owner"]: int(row.get("low_units") or row["units"]) for row in books.signed}
    rule = rule_of(books.rules)
    split = split_pool(int(epoch.pool), units, rule, low_units=lows)
    rows = home.database.read("payouts_with_units", {"epoch": epoch.id})
    yield checked(
        "weights",
        f"{len(units)} values are those paid by; the positive ones sum to {split.whole} units",
        lambda: unequal(_pairs("units of", {row["owner"]: row["units"] for row in rows}, units)),
    )
    yield checked(
        "shares and rounding",
        f"{len(rows)} amounts: {format_credits(split.paid)} credits paid"
        f" + {format_credits(split.returned)} returned",
        lambda: unequal(
            _pairs("amount of", {row["owner"]: row["amount"] for row in rows}, split.amounts)
            | {
                "paid by the epoch": (int(epoch.paid), split.paid),
                "returned by the epoch": (int(epoch.returned), split.returned),
            }
        ),
    )
    yield checked(
        "postings",
        f"the pool of {format_credits(split.pool)} credits moved as the amounts say",
        partial(_posting_differences, home, books, epoch, split),
    )


def _posting_differences(
    home: Home, books: StudyBooks, epoch: EpochView, split: Split
) -> list[DifferenceView]:
    asked = {"entry": epoch.id, "account": pool_account(epoch.task)}
    [before] = home.database.read("balance_before_entry", asked)
    entries = home.database.read("entry_by_id", {"id": epoch.id})
    found = [(row["kind"], row["reason"]) for row in entries]
    moved = home.database.read("postings_of_entry", {"entry": epoch.id})
    stored = {k: _moved(**row) for k, row in enumerate(moved, 1)}
    wanted = {
        k: _moved(one.source, one.destination, one.amount)
        for k, one in enumerate(payout_postings(epoch.task, books.task["sponsor"], split), 1)
    }
    return unequal(
        {
            "entry of the payout": (found, [("payout", epoch.id)]),
            "pool before the epoch": (split.pool, before["amount"]),
        }
        | _pairs("posting", stored, wanted)
    )


def _moved(source: str, destination: str, amount: int) -> str:
    return f"{amount} µcr {source} → {destination}"


def _pairs(word: str, recorded: dict[Any, Any], found: dict[Any, Any]) -> dict[str, Any]:
    """Return what is recorded and found of each thing that either has."""
    return {
        f"{word} {name}": (recorded.get(name), found.get(name))
        for name in sorted({*recorded, *found})
    }
