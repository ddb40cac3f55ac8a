"""Pay: an epoch closes a task's books and pays its pool by a sealed study."""

from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.wire import EpochView, PayoutRow, StudyView
from workbench.ledger.payout import split_pool
from workbench.ledger.posting import Posting, pool_account, user_account
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.workflows.home import Home
from workbench.workflows.join import signer
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec, get_task


def close_epoch(home: Home, task_id: str, envelope_json: dict[str, Any]) -> EpochView:
    """Pay a task's whole pool by the values of a sealed study; once per signed record.

    Raises
    ------
    InsufficientFundsError
        The pool is empty.
    InvalidMoveError
        The study is not sealed.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="payout")
    study = _study(home, task_id, envelope)
    sponsor = get_task(home, task_id).sponsor
    if signer(home, envelope).owner != sponsor:
        raise ForbiddenError(f"only {sponsor} pays {task_id}", next_step="sign as the sponsor")
    minimum_gain = get_spec(home, task_id).minimum_gain_units
    units = {row.owner: int(row.units) for row in study.values}

    def write(tx: Transaction) -> str:
        identity, new = record.append(tx, envelope)
        if not new:
            return identity
        pool = tx.execute("balance_of", {"account": pool_account(task_id)})[0]["amount"]
        if pool == 0:
            raise InsufficientFundsError(
                f"the pool of {task_id} is empty",
                wanted="a funded pool",
                next_step=f"workbench task fund {task_id} AMOUNT --sign",
            )
        amounts = split_pool(pool, units, minimum_gain=minimum_gain)
        _write_epoch(tx, identity, task_id, study, pool, amounts)
        paid = sum(amounts.values())
        postings = [
            Posting(pool_account(task_id), user_account(owner), amount)
            for owner, amount in sorted(amounts.items())
            if amount > 0
        ]
        if paid < pool:
            postings.append(Posting(pool_account(task_id), user_account(sponsor), pool - paid))
        write_entry(tx, identity, postings, kind="payout", reason=identity)
        for owner, amount in amounts.items():
            values = {"epoch": identity, "owner": owner, "amount": amount}
            tx.execute("insert_payout", values | {"units": units[owner]})
        return identity

    return get_epoch(home, home.database.write(write))


def get_epoch(home: Home, epoch_id: str) -> EpochView:
    """Return an epoch with what each owner is paid.

    Raises
    ------
    NotFoundError
        No epoch has this id.
    """
    rows = home.database.read("epoch_by_id", {"id": epoch_id})
    if not rows:
        raise NotFoundError(f"no epoch has the id {epoch_id[:80]!r}", next_step="list the task's")
    return _view(home, rows[0])


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
    if study.state != "sealed":
        raise InvalidMoveError(
            f"the study is {study.state}", wanted="a sealed study", next_step="wait until it ends"
        )
    return study


def _write_epoch(
    tx: Transaction,
    identity: str,
    task_id: str,
    study: StudyView,
    pool: int,
    amounts: dict[str, int],
) -> None:
    paid = sum(amounts.values())
    number = 1 + len(tx.execute("epochs_of_task", {"task": task_id}))
    values = {"id": identity, "task": task_id, "number": number, "study": study.id, "pool": pool}
    values |= {"paid": paid, "returned": pool - paid, "record": identity, "now": tx.now}
    tx.execute("insert_epoch", values)


def _view(home: Home, row: dict[str, Any]) -> EpochView:
    payouts = home.database.read("payouts_of_epoch", {"task": row["task"], "number": row["number"]})
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
    )
