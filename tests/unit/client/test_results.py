"""Results read the same in a notebook, a terminal and a frame, and never lie about sums."""

from typing import Any

import matplotlib.pyplot as plt
import pytest

from tests.unit.client.comparisons import compared
from workbench.client.epoch import Epoch, Leaderboard
from workbench.client.run import Run
from workbench.client.study import Study
from workbench.core.errors import InvalidMoveError
from workbench.core.wire import EpochView, RunView, StudyView

HOSTILE = "<img src=x onerror=alert(1)>"


def test_an_epoch_shows_that_it_adds_up(wire: Any) -> None:
    epoch = Epoch(EpochView(**wire.epoch()))
    assert epoch.adds_up
    assert "✓ Σ payouts 1.00 = pool 1.00 credits" in repr(epoch)
    assert repr(epoch).splitlines()[3].split()[0] == "a"


def test_what_returned_to_the_sponsor_is_part_of_the_sum(wire: Any) -> None:
    view = EpochView(**wire.epoch(pool="1500000", returned="500000"))
    assert "1.00 + 0.50 returned to the sponsor = pool 1.50" in repr(Epoch(view))


@pytest.mark.parametrize("change", [{"paid": "999999", "returned": "1"}, {"pool": "2000000"}])
def test_payouts_that_do_not_sum_are_never_shown_as_right(wire: Any, change: Any) -> None:
    epoch = Epoch(EpochView(**wire.epoch(**change)))
    assert not epoch.adds_up
    assert "✗" in repr(epoch)


def test_payouts_are_whole_amounts(wire: Any) -> None:
    frame = Leaderboard(EpochView(**wire.epoch()), "A task").frame
    assert list(frame["amount"]) == [1_000_000, 0]
    assert all(type(amount) is int for amount in frame["amount"])
    assert list(frame["amount_credits"]) == ["1.00", "0.00"]
    assert frame.loc[1, "low"] == pytest.approx(-0.25 - 1.96 * 0.125, abs=1e-3)


def test_values_have_an_interval_and_exact_units(wire: Any) -> None:
    values = Study(StudyView(**wire.study())).values
    assert list(values["owner"]) == ["a", "b"]
    assert list(values.columns) == [
        "owner", "n_rows", "value", "standard_error", "low", "high", "rank",
        "probability_of_rank", "units",
    ]  # fmt: skip
    assert type(values["units"][0]) is int


def test_a_study_says_how_it_was_done(wire: Any) -> None:
    study = Study(StudyView(**wire.study()))
    assert "exact: all 4 coalitions are affordable" in repr(study)
    assert study.id in repr(study)


def test_a_plot_shows_each_owner_with_its_interval(wire: Any) -> None:
    axes = Study(StudyView(**wire.study())).plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert axes.get_xlabel() == "value (accuracy), 95% interval"
    assert axes.figure.patch.get_alpha() == 0
    plt.close("all")


def test_a_plot_can_be_drawn_into_given_axes_with_names_as_text(wire: Any) -> None:
    view = wire.study()
    view["values"][0]["owner"] = "$\\frac{$"
    _, axes = plt.subplots()
    assert Study(StudyView(**view)).plot(axes) is axes
    axes.figure.canvas.draw()
    plt.close("all")


def test_a_study_that_runs_has_nothing_to_plot(wire: Any) -> None:
    study = Study(StudyView(**wire.study(values=[], state="running", sealed_at=None)))
    assert study.values.columns[0] == "owner"
    with pytest.raises(InvalidMoveError, match="no values yet"):
        study.plot()


def test_a_run_says_where_it_was_logged_and_what_it_speaks(wire: Any) -> None:
    text = repr(Run(RunView(**wire.run())))
    assert "MLflow run m1" in text
    assert "now says 'yy'" in text
    pending = Run(RunView(**wire.run(tracking_state="pending", tracking_run=None, model=None)))
    assert "not in MLflow yet" in repr(pending)


def test_hostile_names_are_text_in_every_result(wire: Any) -> None:
    study = wire.study()
    study["values"][0]["owner"] = HOSTILE
    epoch = wire.epoch()
    epoch["payouts"][0]["owner"] = HOSTILE
    run = wire.run(task=HOSTILE, details={"samples": [{"prompt": HOSTILE, "tuned": HOSTILE}]})
    for result in (
        Study(StudyView(**study)),
        Epoch(EpochView(**epoch), HOSTILE),
        Run(RunView(**run)),
        compared(HOSTILE),
    ):
        html = result._repr_html_()
        assert "<img" not in html
        assert "&lt;img" in html


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("provisional", "provisional until 2026-12-01 00:00 UTC: held, not yet paid"),
        ("disputed", "disputed: held until somebody decides"),
        ("final", "credits, final"),
        ("void", "void: nobody was paid, the whole pool is back in the task's pool"),
    ],
)
def test_an_epoch_says_where_its_money_is(wire: Any, state: str, says: str) -> None:
    dispute = {
        "id": "d" * 64, "owner": HOSTILE, "reason": "counted twice",
        "created_at": "2026-11-30T00:00:00Z", "decision": "dismiss", "decided_by": "sponsor",
        "decided_because": "counted once", "decided_at": "2026-11-30T01:00:00Z",
    }  # fmt: skip
    changes = {"state": state, "final_at": "2026-12-01T00:00:00Z", "disputes": [dispute]}
    epoch = Epoch(EpochView(**wire.epoch(**changes)))
    assert says in repr(epoch)
    assert "counted twice — dismissed by sponsor: counted once" in repr(epoch)
    assert ("workbench dispute t:1" in repr(epoch)) == (state == "provisional")
    assert ("workbench resolve t:1" in repr(epoch)) == (state == "disputed")
    assert list(epoch.disputes["decision"]) == ["dismiss"]
    assert HOSTILE not in epoch._repr_html_()
