"""Past epochs under another rule: exact sums, nothing moved, and what cannot be said is said."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import Lab
from tests.integration.workflows.test_recompute import make_lab, valued
from workbench.client.back_test import BackTest
from workbench.core.errors import InvalidInputError
from workbench.core.wire import BackTestRequest, BackTestView
from workbench.ledger.payout import split_pool
from workbench.server.app import create_app
from workbench.workflows import value
from workbench.workflows.back_test import back_test

POOL = 1_000_000_007


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A home that has paid two epochs: by an exact study, and by one that asked little."""
    lab = make_lab(tmp_path_factory.mktemp("past"), recipe={"utility": "ridge"})
    lab.pay(valued(lab))
    lab.fund(POOL, nonce="second")
    lab.pay(valued(lab, method="surrogate", budget=14, seed=2))
    yield lab
    lab.home.close()


def replayed(lab: Lab, **rule: str) -> BackTestView:
    return back_test(lab.home, "clouds", BackTestRequest(**rule))


def test_under_its_own_rule_nobody_gains_or_loses(lab: Lab) -> None:
    found = replayed(lab)
    assert [one.number for one in found.epochs] == [1, 2]
    assert {row.difference for row in found.rows} == {"0"}
    assert BackTest(found).adds_up


def test_a_cap_takes_from_one_and_returns_it(lab: Lab) -> None:
    before = lab.home.database.read("standing")
    found = replayed(lab, owner_cap="1/4")
    assert found.owner_cap == "1/4"
    assert max(int(row.would) for row in found.rows) == POOL // 4
    losers = [row for row in found.rows if int(row.difference) < 0]
    assert losers
    assert all(int(row.amount) > POOL // 4 for row in losers)
    for one in found.epochs:
        of_epoch = [int(row.difference) for row in found.rows if row.epoch == one.number]
        assert sum(of_epoch) + int(one.difference) == 0
    shown = BackTest(found)
    assert shown.by_owner["difference"].sum() == -shown.returned["difference"].sum() < 0
    assert "✓ the differences sum to 0" in repr(shown)
    assert lab.home.database.read("standing") == before


def test_a_minimum_that_was_not_reached_returns_everything(lab: Lab) -> None:
    found = replayed(lab, minimum_gain_units="1000000000000000")
    assert {row.would for row in found.rows} == {"0"}
    assert all(one.would_return == one.pool for one in found.epochs)
    assert all("below the task's minimum" in one.why_returned for one in found.epochs)


def test_another_semivalue_pays_as_a_study_of_it_would(lab: Lab) -> None:
    found = replayed(lab, semivalue="banzhaf")
    assert [one.number for one in found.epochs] == [1]
    study = value.get_study(lab.home, valued(lab, semivalue="banzhaf"))
    wanted = split_pool(POOL, {row.owner: int(row.units) for row in study.values})
    assert {row.owner: int(row.would) for row in found.rows} == wanted.amounts
    assert any(row.difference != "0" for row in found.rows)


def test_a_study_that_asked_other_coalitions_is_left_out_by_name(lab: Lab) -> None:
    [left] = replayed(lab, semivalue="banzhaf").left_out
    assert left.number == 2
    assert "asked other coalitions than banzhaf values need" in left.why


@pytest.mark.parametrize(
    "rule", [{"pay_on": "mood"}, {"owner_cap": "3/2"}, {"semivalue": "beta:4,1"}]
)
def test_a_rule_that_no_task_can_have_is_refused(lab: Lab, rule: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        replayed(lab, **rule)


def test_the_route_answers(lab: Lab) -> None:
    app = create_app(lab.home, "a-token-of-this-test")
    with TestClient(app, headers={"Authorization": "Bearer a-token-of-this-test"}) as client:
        answer = client.post("/tasks/clouds/back-tests", json={"pay_on": "lower bound"})
    found = BackTestView.model_validate(answer.json())
    assert found.pay_on == "lower bound"
    assert sum(int(row.would) for row in found.rows) < 2 * POOL
