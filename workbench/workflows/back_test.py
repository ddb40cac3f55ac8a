"""Back-test: a task's past epochs again under another rule; nothing is signed, nothing moves."""

from collections.abc import Mapping
from typing import Any, Final

from workbench.core.errors import CorruptHomeError, InvalidInputError, InvalidMoveError
from workbench.core.units import sealed_units
from workbench.core.wire import (
    BackTestEpoch,
    BackTestRequest,
    BackTestRow,
    BackTestView,
    EpochView,
    LeftOutEpoch,
    StudyView,
)
from workbench.ledger.payout import split_pool
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.pay import check_payable, list_epochs, rule_of, sealed_of
from workbench.workflows.reproduce_study import StudyAgain
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec

Units = Mapping[str, int]

_NO_CAP: Final = "none"


def back_test(home: Home, task_id: str, request: BackTestRequest) -> BackTestView:
    """Return what each owner would have been paid in past epochs under another rule.

    Pools and utilities are those of the past. Where a study cannot say what the rule asks, its
    epoch is left out and the answer says why.

    Parameters
    ----------
    task_id : the task.
    request : what would have been another; the rest is as the task was opened.

    Raises
    ------
    InvalidInputError
        No task could be opened with such a rule.
    """
    spec = _other(get_spec(home, task_id), request)
    epochs: list[BackTestEpoch] = []
    rows: list[BackTestRow] = []
    left_out: list[LeftOutEpoch] = []
    for epoch in list_epochs(home, task_id):
        try:
            found = _replay(home, epoch, spec)
        except InvalidMoveError as error:
            left_out.append(LeftOutEpoch(number=epoch.number, why=error.found))
        else:
            epochs.append(found[0])
            rows += found[1]
    return BackTestView(
        task=task_id,
        pay_on=spec.pay_on,
        owner_cap=None if spec.owner_cap is None else str(spec.owner_cap),
        minimum_gain_units=str(spec.minimum_gain_units),
        semivalue=spec.semivalue,
        epochs=epochs,
        rows=rows,
        left_out=left_out,
    )


def _other(spec: TaskSpec, request: BackTestRequest) -> TaskSpec:
    """Return the rules of a task with some of them changed, checked as any sponsor's are."""
    changes: dict[str, Any] = request.model_dump(exclude_none=True)
    if changes.get("owner_cap") == _NO_CAP:
        changes["owner_cap"] = None
    return TaskSpec.from_body(spec.to_body() | changes)


def _replay(
    home: Home, epoch: EpochView, spec: TaskSpec
) -> tuple[BackTestEpoch, list[BackTestRow]]:
    if epoch.state == "void":
        raise InvalidMoveError("it is void: nobody was paid")
    study = get_study(home, epoch.study)
    units, lows = _units(home, study, spec)
    split = split_pool(int(epoch.pool), units, rule_of(spec), low_units=lows)
    was = {row.owner: int(row.amount) for row in epoch.payouts}
    rows = [
        BackTestRow(
            epoch=epoch.number,
            owner=owner,
            amount=str(was[owner]),
            would=str(would),
            difference=str(would - was[owner]),
        )
        for owner, would in sorted(split.amounts.items())
    ]
    totals = BackTestEpoch(
        number=epoch.number,
        pool=epoch.pool,
        returned=epoch.returned,
        would_return=str(split.returned),
        difference=str(split.returned - int(epoch.returned)),
        why_returned=split.why_returned,
    )
    return totals, rows


def _units(home: Home, study: StudyView, spec: TaskSpec) -> tuple[Units, Units]:
    """Return values and their lower ends as the rule asks for them: sealed, or estimated again.

    Raises
    ------
    InvalidMoveError
        The study's utilities do not give such values.
    """
    check_payable(study.model_copy(update={"semivalue": spec.semivalue}), spec)
    if study.semivalue == spec.semivalue:
        return sealed_of(study)
    [run] = home.database.read("run_by_id", {"id": study.id})
    try:
        values = StudyAgain.of(home, run, semivalue=spec.semivalue).recompute()
    except (CorruptHomeError, InvalidInputError) as error:
        raise InvalidMoveError(
            f"its study, by {study.answered_by}, asked other coalitions than {spec.semivalue}"
            " values need"
        ) from error
    owners = [row.owner for row in sorted(study.values, key=lambda row: row.owner)]
    units = dict(zip(owners, map(sealed_units, values.value.tolist()), strict=True))
    return units, dict(zip(owners, map(sealed_units, values.low.tolist()), strict=True))
