"""Payouts: what an epoch would pay now by a study; nothing is signed, nothing moves."""

from collections.abc import Mapping

from workbench.core.units import sealed_units
from workbench.core.wire import PayoutEstimate, PayoutsView
from workbench.ledger.payout import PayoutRule, split_pool
from workbench.ledger.posting import pool_account
from workbench.workflows.home import Home
from workbench.workflows.pay import check_payable, check_pool, find_paid, rule_of, sealed_of
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec
from workbench.workflows.withdraw import refuse_withdrawn

Units = Mapping[str, int]


def estimate_payouts(home: Home, study_name: str, owner: str | None = None) -> PayoutsView:
    """Return what paying a study's values now would pay each owner.

    The range of an amount is what it would be with the owner's value at either end of its
    interval, the others' as they were measured.

    Parameters
    ----------
    study_name : id of a sealed study, or the beginning of it.
    owner : the one whose row is wanted; those of all unless given.

    Raises
    ------
    InsufficientFundsError
        The pool is empty.
    InvalidMoveError
        The study may not be paid by.
    """
    _, study_id = find_paid(home, study_name, ("study",))
    study = get_study(home, study_id)
    spec = get_spec(home, study.task)
    rule = rule_of(spec)
    check_payable(study, spec)
    refuse_withdrawn(home, study.id, "paid by")
    [balance] = home.database.read("balance_of", {"account": pool_account(study.task)})
    pool = balance["amount"]
    check_pool(study.task, pool)
    units, lows = sealed_of(study)
    split = split_pool(pool, units, rule, low_units=lows)
    rows = []
    for row in study.values:
        if owner not in {None, row.owner}:
            continue
        up = sealed_units(row.high) - units[row.owner]
        ends = _ends(pool, row.owner, units, lows, rule, up=up)
        amount = split.amounts[row.owner]
        rows.append(
            PayoutEstimate(
                **row.model_dump(include={"owner", "n_rows", "value", "low", "high"}),
                amount=str(amount),
                amount_low=str(min(amount, *ends)),
                amount_high=str(max(amount, *ends)),
            )
        )
    epochs = home.database.read("epochs_of_task", {"task": study.task})
    return PayoutsView(
        study=study.id,
        task=study.task,
        pool=str(pool),
        paid=str(split.paid),
        returned=str(split.returned),
        why_returned=split.why_returned,
        pay_on=spec.pay_on,
        owner_cap=None if spec.owner_cap is None else str(spec.owner_cap),
        minimum_gain_units=str(spec.minimum_gain_units),
        confidence=study.confidence,
        epochs=[row["number"] for row in epochs if row["study"] == study.id],
        rows=rows,
    )


def _ends(
    pool: int, owner: str, units: Units, lows: Units, rule: PayoutRule, *, up: int
) -> list[int]:
    """Return an owner's amount with its value at the low and at the high end of its interval."""
    amounts = []
    for move in (lows[owner] - units[owner], up):
        moved = {**units, owner: units[owner] + move}
        moved_lows = {**lows, owner: lows[owner] + move}
        amounts.append(split_pool(pool, moved, rule, low_units=moved_lows).amounts[owner])
    return amounts
