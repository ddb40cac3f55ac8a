"""Pay: an epoch closes a task's books and pays its pool by a sealed study."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pyarrow as pa

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.units import sealed_units
from workbench.core.wire import DisputeView, EpochView, PayoutRow, StudyView
from workbench.ledger.payout import PayoutRule, Split, payout_postings, split_pool
from workbench.ledger.posting import Posting, hold_account, pool_account
from workbench.registry.task import LOWER_BOUND, TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.settle import HOLD, PAYOUT, window_of
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec, get_task
from workbench.workflows.withdraw import refuse_withdrawn

# Who asks for a study chooses its confidence: what is sure must not depend on who pays.
_CONFIDENCE: Final = 0.95


def close_epoch(home: Home, task_id: str, envelope_json: dict[str, Any]) -> EpochView:
    """Pay a task's pool by the values of a sealed study; once for the same study and nonce.

    Where the task gives time for disputes, the pool is held until it has passed; see ``settle``.

    Raises
    ------
    InsufficientFundsError
        The pool is empty.
    InvalidMoveError
        The study is not sealed, is of another semivalue than the task's, or is not as sure as
        its rule asks.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="payout")
    sponsor = get_task(home, task_id).sponsor
    if signing_as(home, envelope, "treasurer").owner != sponsor:
        raise ForbiddenError(f"only {sponsor} pays {task_id}", next_step="sign as the sponsor")
    words = {name: str(envelope.body.get(name)) for name in ("study", "nonce")} | {"task": task_id}
    if known := home.database.read("epoch_of_payout", words):
        # Rows may have been withdrawn since: what was paid stays paid, and is answered again.
        return get_epoch(home, known[0]["id"])
    study = _study(home, task_id, envelope)
    spec = get_spec(home, task_id)
    rule = rule_of(spec)
    units, low_units = sealed_of(study)

    def write(tx: Transaction) -> str:
        if paid := tx.execute("epoch_of_payout", words):
            return str(paid[0]["id"])
        identity, _ = record.append(tx, envelope)
        signing_as_in(tx, envelope, "treasurer")
        pool = tx.execute("balance_of", {"account": pool_account(task_id)})[0]["amount"]
        check_pool(task_id, pool)
        split = split_pool(pool, units, rule, low_units=low_units)
        window = timedelta(seconds=spec.dispute_seconds)
        _write_epoch(tx, identity, study, split, window)
        insert_payouts(tx, identity, units, split.amounts)
        source = pool_account(task_id)
        if window:
            hold = Posting(source, hold_account(identity), pool)
            write_entry(tx, identity, [hold], kind=HOLD, reason=identity)
        else:
            postings = payout_postings(source, sponsor, split.amounts, split.returned)
            write_entry(tx, identity, postings, kind=PAYOUT, reason=identity)
        return identity

    return get_epoch(home, home.database.write(write))


def rule_of(spec: TaskSpec) -> PayoutRule:
    """Return how a task's values become money."""
    return PayoutRule(spec.minimum_gain_units, spec.pay_on == LOWER_BOUND, spec.owner_cap)


def sealed_of(study: StudyView) -> tuple[dict[str, int], dict[str, int]]:
    """Return the sealed units of a study's values and of the lower ends of their intervals."""
    units = {row.owner: int(row.units) for row in study.values}
    return units, {row.owner: sealed_units(row.low) for row in study.values}


def insert_payouts(
    tx: Transaction, epoch: str, units: Mapping[str, int], amounts: Mapping[str, int]
) -> None:
    """Record what each owner is paid, all rows at once."""
    frame = pa.table(
        {
            "owner": pa.array(amounts.keys(), pa.string()),
            "units": pa.array([str(units[owner]) for owner in amounts], pa.string()),
            "amount": pa.array(amounts.values(), pa.int64()),
        }
    )
    tx.insert_frame("insert_payouts", frame, {"epoch": epoch})


def check_payable(study: StudyView, spec: TaskSpec) -> None:
    """Raise unless a study's values may be paid by.

    Raises
    ------
    InvalidMoveError
        It is not sealed, is of another semivalue than the task pays by, or its intervals are
        not the ones that the rule pays on.
    """
    if study.state != "sealed":
        raise InvalidMoveError(
            f"the study is {study.state}", wanted="a sealed study", next_step="wait until it ends"
        )
    if study.semivalue != spec.semivalue:
        raise InvalidMoveError(
            f"the study's values are of the semivalue {study.semivalue}",
            wanted=f"{spec.semivalue}, by which {study.task} pays since it was opened",
            next_step=f"workbench value {study.task}",
        )
    if spec.pay_on == LOWER_BOUND and study.confidence != _CONFIDENCE:
        raise InvalidMoveError(
            f"the study's intervals hold with {study.confidence:.0%}",
            wanted=f"{_CONFIDENCE:.0%}, on whose lower end {study.task} pays",
            next_step=f"workbench value {study.task}",
        )


def check_pool(task_id: str, pool: int) -> None:
    """Raise unless there is something to pay.

    Raises
    ------
    InsufficientFundsError
        The pool is empty.
    """
    if pool == 0:
        raise InsufficientFundsError(
            f"the pool of {task_id} is empty",
            wanted="a funded pool",
            next_step=f"workbench task fund {task_id} AMOUNT --sign",
        )


def get_epoch(home: Home, epoch_id: str) -> EpochView:
    """Return an epoch with what each owner is paid, by what ``find_paid`` takes.

    Raises
    ------
    NotFoundError
        No epoch has this id.
    """
    _, identity = find_paid(home, epoch_id, ("epoch",))
    [row] = home.database.read("epoch_by_id", {"id": identity})
    return _view(home, row)


def find_paid(home: Home, name: str, kinds: tuple[str, ...]) -> tuple[str, str]:
    """Return the kind and the id of an epoch or study.

    Parameters
    ----------
    name : its id or the beginning of it; of an epoch also ``TASK:NUMBER``.
    kinds : ``"epoch"``, ``"study"`` or both.

    Raises
    ------
    NotFoundError
        None has this name, or several begin like it.
    """
    found = home.database.read("epochs_and_studies", {"name": name})
    found = [row for row in found if row["kind"] in kinds]
    if len(found) != 1:
        raise NotFoundError(
            f"{len(found) or 'no'} {' or '.join(kinds)} has the name {name[:80]!r}",
            wanted="an id or the beginning of one"
            + (", or TASK:NUMBER" if "epoch" in kinds else ""),
            next_step="workbench sql 'select id, task, number, study from epoch'",
        )
    return found[0]["kind"], found[0]["id"]


def list_epochs(home: Home, task_id: str) -> list[EpochView]:
    """Return a task's epochs, oldest first."""
    get_task(home, task_id)
    rows = home.database.read("epochs_of_task", {"task": task_id})
    return [_view(home, row) for row in rows]


def latest_epoch(home: Home, task_id: str) -> EpochView:
    """Return the newest epoch: the task's leaderboard.

    Raises
    ------
    NotFoundError
        Nothing was paid yet.
    """
    epochs = list_epochs(home, task_id)
    if not epochs:
        raise NotFoundError(
            f"no epoch of {task_id} is closed yet",
            wanted="a leaderboard of paid values",
            next_step="value the owners, then pay: workbench value, workbench pay",
        )
    return epochs[-1]


def _study(home: Home, task_id: str, envelope: Envelope) -> StudyView:
    match envelope.body:
        case {"task": str(task), "study": str(study_id), "nonce": str(), **rest} if not rest:
            study = get_study(home, study_id)
        case _:
            raise InvalidInputError(
                "the body of a payout is wrong", wanted='{"task", "study", "nonce"}'
            )
    if not task == study.task == task_id:
        raise InvalidInputError(f"the study is of {study.task}", wanted=f"a study of {task_id}")
    check_payable(study, get_spec(home, task_id))
    refuse_withdrawn(home, study.id, "paid by")
    return study


def _write_epoch(
    tx: Transaction, identity: str, study: StudyView, split: Split, window: timedelta
) -> None:
    number = 1 + len(tx.execute("epochs_of_task", {"task": study.task}))
    values = {"id": identity, "task": study.task, "number": number, "study": study.id}
    values |= {"pool": split.pool, "paid": split.paid, "returned": split.returned}
    values |= {"record": identity, "now": tx.now, "final_at": tx.now + window if window else None}
    tx.execute("insert_epoch", values)


def _view(home: Home, row: dict[str, Any]) -> EpochView:
    payouts = home.database.read("payouts_of_epoch", {"task": row["task"], "number": row["number"]})
    disputes = home.database.read("disputes_of_epoch", {"epoch": row["id"]})
    state = window_of(row, disputes).state
    final_at = {
        "provisional": row["final_at"],
        "final": row["settled_at"] or row["created_at"],
    }
    return EpochView(
        id=row["id"],
        task=row["task"],
        number=row["number"],
        study=row["study"],
        pool=str(row["pool"]),
        paid=str(row["paid"]),
        returned=str(row["returned"]),
        payouts=[PayoutRow(**(payout | {"amount": str(payout["amount"])})) for payout in payouts],
        created_at=row["created_at"],
        state=state,
        final_at=final_at.get(state),
        disputes=[
            DisputeView.model_validate({k: v for k, v in one.items() if k != "record"})
            for one in disputes
        ],
    )
