"""Pay: an epoch closes a task's books and pays its pool by a sealed study."""

from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.units import sealed_units
from workbench.core.wire import EpochView, PayoutRow, StudyView
from workbench.ledger.payout import PayoutRule, Split, split_pool
from workbench.ledger.posting import Posting, pool_account, user_account
from workbench.registry.task import LOWER_BOUND, TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.ledger import write_entry
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec, get_task
from workbench.workflows.withdraw import refuse_withdrawn

# Who asks for a study chooses its confidence: what is sure must not depend on who pays.
_CONFIDENCE: Final = 0.95


def close_epoch(home: Home, task_id: str, envelope_json: dict[str, Any]) -> EpochView:
    """Pay a task's pool by the values of a sealed study; once per signed record.

    Raises
    ------
    InsufficientFundsError
        The pool is empty.
    InvalidMoveError
        The study is not sealed, or is not as sure as the task's rule asks.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="payout")
    study = _study(home, task_id, envelope)
    sponsor = get_task(home, task_id).sponsor
    if signing_as(home, envelope, "treasurer").owner != sponsor:
        raise ForbiddenError(f"only {sponsor} pays {task_id}", next_step="sign as the sponsor")
    rule = rule_of(get_spec(home, task_id))
    units, low_units = sealed_of(study)

    def write(tx: Transaction) -> str:
        identity, new = record.append(tx, envelope)
        if not new:
            return identity
        pool = tx.execute("balance_of", {"account": pool_account(task_id)})[0]["amount"]
        check_pool(task_id, pool)
        split = split_pool(pool, units, rule, low_units=low_units)
        _write_epoch(tx, identity, study, split)
        postings = payout_postings(task_id, sponsor, split)
        write_entry(tx, identity, postings, kind="payout", reason=identity)
        for owner, amount in split.amounts.items():
            values = {"epoch": identity, "owner": owner, "amount": amount}
            tx.execute("insert_payout", values | {"units": units[owner]})
        return identity

    return get_epoch(home, home.database.write(write))


def rule_of(spec: TaskSpec) -> PayoutRule:
    """Return how a task's values become money."""
    return PayoutRule(spec.minimum_gain_units, spec.pay_on == LOWER_BOUND, spec.owner_cap)


def sealed_of(study: StudyView) -> tuple[dict[str, int], dict[str, int]]:
    """Return the sealed units of a study's values and of the lower ends of their intervals."""
    units = {row.owner: int(row.units) for row in study.values}
    return units, {row.owner: sealed_units(row.low) for row in study.values}


def payout_postings(task_id: str, sponsor: str, split: Split) -> list[Posting]:
    """Return how a divided pool moves: to the owners by name, what is left to the sponsor."""
    pool = pool_account(task_id)
    postings = [
        Posting(pool, user_account(owner), amount)
        for owner, amount in sorted(split.amounts.items())
        if amount > 0
    ]
    if split.returned:
        postings.append(Posting(pool, user_account(sponsor), split.returned))
    return postings


def check_payable(study: StudyView, rule: PayoutRule) -> None:
    """Raise unless a study's values may be paid by.

    Raises
    ------
    InvalidMoveError
        It is not sealed, or its intervals are not the ones that the rule pays on.
    """
    if study.state != "sealed":
        raise InvalidMoveError(
            f"the study is {study.state}", wanted="a sealed study", next_step="wait until it ends"
        )
    if rule.on_lower_bound and study.confidence != _CONFIDENCE:
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
    check_payable(study, rule_of(get_spec(home, task_id)))
    refuse_withdrawn(home, study.id, "paid by")
    return study


def _write_epoch(tx: Transaction, identity: str, study: StudyView, split: Split) -> None:
    number = 1 + len(tx.execute("epochs_of_task", {"task": study.task}))
    values = {"id": identity, "task": study.task, "number": number, "study": study.id}
    values |= {"pool": split.pool, "paid": split.paid, "returned": split.returned}
    values |= {"record": identity, "now": tx.now}
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
