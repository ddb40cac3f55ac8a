"""A pool is paid by the rule that its task was opened with, and what is left returns."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab
from workbench.core.errors import InvalidMoveError
from workbench.core.units import sealed_units
from workbench.core.wire import EpochView, StudyView, ValueRequest
from workbench.workflows import value

POOL = 1_000_000_007


def opened(open_lab: Callable[[], Lab], **options: Any) -> Lab:
    """Return a home whose task pays by these options; its pool is funded."""
    lab = open_lab()
    lab.open_task(**options)
    lab.contribute_all()
    lab.fund(POOL)
    return lab


def valued(lab: Lab, **request: Any) -> StudyView:
    job = value.start(lab.home, "clouds", ValueRequest(**request))
    return value.get_study(lab.home, str(lab.wait(job)["study"]))


def amounts_of(epoch: EpochView) -> dict[str, int]:
    return {row.owner: int(row.amount) for row in epoch.payouts}


def moved(lab: Lab, epoch: EpochView) -> list[tuple[str, str, int]]:
    """Return what an epoch's entry moved."""
    rows = lab.home.database.select(
        "select source, destination, amount from posting where entry = ? order by ordinal",
        [epoch.id],
    ).to_pylist()
    return [(row["source"], row["destination"], row["amount"]) for row in rows]


def test_on_the_lower_bound_what_is_not_sure_returns_to_the_sponsor(
    open_lab: Callable[[], Lab],
) -> None:
    lab = opened(open_lab, pay_on="lower bound")
    study = valued(lab)
    epoch = lab.pay(study.id)
    whole = sum(max(0, int(row.units)) for row in study.values)
    paid = amounts_of(epoch)
    for row in study.values:
        exact = POOL * max(0, sealed_units(row.low)) / whole
        assert abs(paid[row.owner] - exact) < 2
    assert 0 < int(epoch.paid) < POOL == int(epoch.paid) + int(epoch.returned)
    assert moved(lab, epoch)[-1] == ("pool:clouds", "user:sponsor", int(epoch.returned))


def test_lower_ends_are_signed_where_money_follows_them(open_lab: Callable[[], Lab]) -> None:
    lab = opened(open_lab, pay_on="lower bound")
    study = valued(lab)
    [row] = lab.home.database.read("study_by_id", {"id": study.id})
    [sealed] = lab.home.database.read("record_by_content_id", {"content_id": row["record"]})
    signed = json.loads(sealed["envelope"])["body"]["values"]
    assert {one["owner"]: one["low_units"] for one in signed} == {
        one.owner: str(sealed_units(one.low)) for one in study.values
    }


def test_intervals_that_are_less_sure_than_the_rule_are_not_paid_on(
    open_lab: Callable[[], Lab],
) -> None:
    lab = opened(open_lab, pay_on="lower bound")
    study = valued(lab, confidence=0.5)
    with pytest.raises(InvalidMoveError, match="hold with 50%"):
        lab.pay(study.id)


def test_nobody_is_paid_more_than_the_cap(open_lab: Callable[[], Lab]) -> None:
    lab = opened(open_lab, owner_cap="1/3")
    epoch = lab.pay(valued(lab).id)
    paid = amounts_of(epoch)
    assert max(paid.values()) == POOL // 3
    assert sum(paid.values()) + int(epoch.returned) == POOL
    assert int(epoch.returned) > 0
    assert sum(amount for _, _, amount in moved(lab, epoch)) == POOL


def test_a_study_of_another_semivalue_is_not_paid_by(open_lab: Callable[[], Lab]) -> None:
    lab = opened(open_lab, semivalue="banzhaf", recipe={"utility": "ridge"})
    shapley = valued(lab, semivalue="shapley")
    with pytest.raises(InvalidMoveError, match="of the semivalue shapley"):
        lab.pay(shapley.id)
    # Asked for nothing else, a study is of the task's semivalue.
    study = valued(lab)
    assert study.semivalue == "banzhaf"
    paid = amounts_of(lab.pay(study.id))
    whole = sum(max(0, int(row.units)) for row in study.values)
    assert sum(paid.values()) == POOL
    for row in study.values:
        assert abs(paid[row.owner] - POOL * max(0, int(row.units)) / whole) < 2
