"""What is said of money: sums that hold, ranges of what is estimated, and every step's name."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from workbench.cli.money import recompute
from workbench.client.bench import Bench
from workbench.client.disputes import Disputes
from workbench.client.payouts import Payouts
from workbench.client.recomputation import Recomputation
from workbench.client.task import Task
from workbench.client.task import _final as task_final
from workbench.client.why import Why
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import EpochView, PayoutsView, RecomputationView, TaskView, WhyView

HOSTILE = "<img src=x onerror=alert(1)>"
STUDY = "5" * 64


def would_pay(**changes: Any) -> PayoutsView:
    row = {"owner": "a", "n_rows": 20, "value": 0.5, "low": 0.25, "high": 0.75}
    body = {
        "study": STUDY, "task": "t", "pool": "1500000", "paid": "1000000", "returned": "500000",
        "why_returned": "", "pay_on": "value", "owner_cap": "2/3", "minimum_gain_units": "0",
        "confidence": 0.95, "epochs": [],
        "rows": [
            row | {"amount": "0", "owner": "b", "amount_low": "0", "amount_high": "0"},
            row | {"amount": "1000000", "amount_low": "750000", "amount_high": "1000000"},
        ],
    }  # fmt: skip
    return PayoutsView.model_validate(body | changes)


def computed(*differences: dict[str, Any]) -> RecomputationView:
    steps = [
        {"name": "values", "state": "same", "says": "exact gives the values", "differences": []},
        {
            "name": "postings", "says": "the pool moved", "differences": list(differences),
            "state": "different" if differences else "same",
        },
    ]  # fmt: skip
    body = {"id": "e" * 64, "kind": "epoch", "task": "t", "study": STUDY, "steps": steps}
    return RecomputationView.model_validate(body)


def reasons(**changes: Any) -> WhyView:
    size = {"n_others": 0, "n_pairs": 1, "weight": 0.5}
    body = {
        "epoch": "e" * 64, "number": 3, "task": "t", "study": STUDY, "owner": "ana",
        "n_rows": 20, "metric": "accuracy", "method": "surrogate", "semivalue": "shapley",
        "confidence": 0.95, "value": 0.5, "standard_error": 0.125, "low": 0.25, "high": 0.75,
        "pool": "1000001", "pay_on": "value", "owner_cap": "1/2", "weight": "2", "whole": "3",
        "floor": "666667", "rounding": 1, "above_cap": "166668", "amount": "500000",
        "why_returned": "", "utility_of_all": 0.875, "utility_without": 0.5,
        "by_size": [
            size | {"marginal": 0.5, "part": 0.25},
            size | {"n_others": 1, "n_pairs": 0, "marginal": None, "part": None},
        ],
        "raised": [{"others": ["ben"], "without": 0.25, "together": 0.75, "marginal": 0.5}],
        "lowered": [{"others": [], "without": 0.25, "together": 0.0, "marginal": -0.25}],
        "n_pairs": 2, "duplicates": [],
    }  # fmt: skip
    return WhyView.model_validate(body | changes)


class TestPayouts:
    """Estimated is not paid."""

    def test_amounts_are_whole_and_have_a_range(self) -> None:
        frame = Payouts(would_pay()).frame
        assert list(frame["owner"]) == ["a", "b"]
        assert list(frame["amount"]) == [1_000_000, 0]
        assert list(frame["amount_low_credits"]) == ["0.75", "0.00"]

    def test_the_sum_the_rule_and_the_range_are_said(self) -> None:
        shown = repr(Payouts(would_pay()))
        assert "estimated" in shown
        assert "0.75 … 1.00" in shown
        assert "Σ payouts 1.00 + 0.50 returned to the sponsor = pool 1.50 credits" in shown
        assert "at most 2/3 of the pool to one owner" in shown
        assert "paid before" not in shown

    def test_why_nothing_would_be_paid_and_what_was_paid_before_are_said(self) -> None:
        shown = repr(Payouts(would_pay(why_returned="no value is above 0", epochs=[1, 4])))
        assert "nothing would be paid: no value is above 0" in shown
        assert "paid before, in epoch 1, 4" in shown


class TestRecomputation:
    """A tick for each step."""

    def test_every_step_has_a_tick(self) -> None:
        found = Recomputation(computed())
        assert found.is_same
        assert found.first_difference is None
        assert "✓ postings" in repr(found)
        assert "✗" not in repr(found)

    def test_the_first_difference_is_named(self) -> None:
        change = {"name": "posting 2", "recorded": "5 µcr", "found": "7 µcr"}
        found = Recomputation(computed(change, change | {"name": "posting 3"}))
        assert not found.is_same
        assert "✗ first difference in: postings" in repr(found)
        assert "posting 2: 5 µcr recorded, 7 µcr found; 1 more" in repr(found)
        assert list(found.frame["state"]) == ["same", "different"]
        assert found.frame.loc[1, "name"] == "posting 2"

    @pytest.mark.parametrize("status", [0, 1])
    def test_a_step_that_differs_ends_with_status_1(self, status: int) -> None:
        change = {"name": "posting 2", "recorded": None, "found": "7"}
        found = Recomputation(computed(*[change][:status]))
        door: Any = SimpleNamespace(bench=SimpleNamespace(recompute=lambda _: found))
        assert recompute(door, "t:1").status == status


class TestWhy:
    """An amount, traced back."""

    def test_the_parts_sum_to_the_amount(self) -> None:
        why = Why(reasons())
        assert list(why.frame["amount"]) == [666_667, 1, -166_668]
        assert sum(why.frame["amount"]) == why.amount

    def test_what_was_not_measured_is_said(self) -> None:
        shown = repr(Why(reasons()))
        assert "not measured" in shown
        assert "+0.2500 is what surrogate estimates of coalitions that were not measured" in shown
        assert "without the data of ana the model scores 0.5000, with all data 0.8750" in shown
        assert "was not measured" in repr(Why(reasons(utility_without=None)))
        assert "duplicates" not in shown

    def test_coalitions_that_moved_the_value_are_named(self) -> None:
        why = Why(reasons())
        assert list(why.coalitions["marginal"]) == [0.5, -0.25]
        lines = repr(why).splitlines()
        assert any(line.split()[:3] == ["ben", "raised", "it"] for line in lines)
        assert any(line.split()[:3] == ["nobody", "lowered", "it"] for line in lines)

    def test_what_people_named_is_shown_as_text(self) -> None:
        row = {"contribution": "c", "file_name": HOSTILE, "code": "duplicate-in-task", "n_rows": 3}
        why = Why(reasons(owner=HOSTILE, duplicates=[row | {"message": HOSTILE}]))
        page = why._repr_html_()
        assert "<img" not in page
        assert page.count("<table") == 4
        assert len(why.duplicates) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "each owner's value"),
        ({"owner_cap": "1/2"}, "each owner's value, at most 1/2 of the pool to one owner"),
        ({"pay_on": "lower bound"}, "the lower end of each value's 95% interval"),
    ],
)
def test_a_task_says_by_which_rule_it_pays(
    bench: Bench, wire: Any, options: dict[str, str], said: str
) -> None:
    view = wire.task()
    shown = repr(Task(bench, TaskView(**view | {"spec": view["spec"] | options})))
    [line] = [line for line in shown.splitlines() if line.startswith("paid on")]
    assert line.removeprefix("paid on").strip() == said


def test_verbs_take_what_they_return_or_its_name(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/epochs/t%3A1", wire.epoch())
    server.on("POST", "/recomputations", computed().model_dump(mode="json"))
    server.on("GET", f"/epochs/{wire.epoch()['id']}/why", reasons().model_dump(mode="json"))
    epoch = bench.epoch("t:1")
    assert bench.recompute(epoch).is_same
    assert bench.recompute("t:1").is_same
    asked = [body["name"] for body in server.bodies("/recomputations")]
    assert asked == [epoch.id, "t:1"]
    assert bench.why(epoch, "ana").amount == 500_000


def test_a_why_says_what_is_due_and_which_rows_stand_out() -> None:
    row = {"contribution": "c" * 64, "file_name": HOSTILE, "row": 7, "value": 0.125}
    shown = Why(reasons(state="provisional", helped=[row], hurt=[], rows_say="by KNN-Shapley"))
    assert "why ana is due" in repr(shown)
    assert "provisional, not yet paid" in repr(shown)
    assert "by KNN-Shapley" in repr(shown)
    assert shown.rows.to_dict("records") == [row | {"side": "helped"}]
    assert HOSTILE not in shown._repr_html_()
    assert "helped" not in repr(Why(reasons()))


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0, "at once"), (172_800, "2 days after"), (5_400, "90 min after"), (61, "61 s after")],
)
def test_a_task_says_when_its_epochs_are_final(seconds: int, says: str) -> None:
    spec = {"dispute_seconds": seconds} if seconds else {}
    assert says in task_final(spec)


class _Api:
    """Answers with one epoch and keeps what is sent."""

    def __init__(self, *disputes: dict[str, Any]) -> None:
        self.sent: list[Any] = []
        view = {
            "id": "e" * 64, "task": "t", "number": 1, "study": STUDY, "pool": "1", "paid": "1",
            "returned": "0", "created_at": "2026-11-30T00:00:00Z", "payouts": [],
            "state": "disputed", "disputes": list(disputes),
        }  # fmt: skip
        self.view = EpochView.model_validate(view)

    def get(self, *_: Any) -> EpochView:
        return self.view

    def post(self, _kind: Any, *path: str, body: Any) -> EpochView:
        self.sent.append((path, body))
        return self.view


def disputing(*owners: str) -> tuple[Disputes, _Api]:
    api = _Api(
        *(
            {"id": owner * 64, "owner": owner, "reason": "r", "created_at": "2026-11-30T00:00:00Z"}
            for owner in owners
        )
    )
    found = Disputes()
    found.api = cast("Any", api)
    found._identity = cast("Any", SimpleNamespace(sign=lambda kind, body: (kind, body)))
    return found, api


def test_a_dispute_is_signed_with_its_reason() -> None:
    found, api = disputing()
    with pytest.raises(InvalidInputError, match="stops the payment of t:1"):
        found.dispute("t:1", "twice")
    found.dispute("t:1", "twice", sign=True)
    body = ("dispute", {"epoch": "e" * 64, "reason": "twice"})
    assert api.sent == [(("epochs", "e" * 64, "disputes"), body)]


def test_a_decision_names_the_one_dispute_that_waits() -> None:
    found, api = disputing("a", "b")
    with pytest.raises(NotFoundError, match="2 disputes of t:1 wait"):
        found.resolve("t:1", "uphold", "so it is", sign=True)
    with pytest.raises(NotFoundError, match="no disputes of t:1 wait"):
        found.resolve("t:1", "uphold", "so it is", owner="c", sign=True)
    with pytest.raises(InvalidInputError, match="no decision is called 'maybe'"):
        found.resolve("t:1", cast("Any", "maybe"), "so it is", sign=True)
    found.resolve("t:1", "dismiss", "it is not", owner="b", sign=True)
    body = {"dispute": "b" * 64, "decision": "dismiss", "reason": "it is not"}
    assert api.sent == [(("disputes", "b" * 64, "resolution"), ("resolution", body))]
