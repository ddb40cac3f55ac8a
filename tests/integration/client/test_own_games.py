"""Games of a person's own: valued in this process, kept by the server."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from workbench.client.bench import Bench
from workbench.core.errors import InvalidInputError, JobError

Coalitions = NDArray[np.bool_]


class Counting:
    """A game that counts what it is asked, and fails where it is told to."""

    def __init__(self, worth: Callable[[NDArray[np.bool_]], float]) -> None:
        self.worth = worth
        self.n_asked = 0

    def __call__(self, coalitions: Coalitions) -> NDArray[np.float64]:
        answers = []
        for coalition in coalitions:
            answers.append(self.worth(coalition))
            self.n_asked += 1
        return np.array(answers)


def gloves(coalition: NDArray[np.bool_]) -> float:
    return float(min(coalition[:2].sum(), coalition[2]))


def test_any_callable_is_valued(bench: Bench) -> None:
    study = bench.value(utility=Counting(gloves), players=["ana", "ben", "eva"])
    assert study.values.set_index("player")["value"].round(6).to_dict() == {
        "eva": 0.666667, "ana": 0.166667, "ben": 0.166667,
    }  # fmt: skip
    assert "exact" in repr(study)
    assert "eva" in study._repr_html_()


def test_what_a_name_knows_is_not_asked_again(bench: Bench) -> None:
    first, second = Counting(gloves), Counting(gloves)
    before = bench.value(utility=first, players=3, name="gloves")
    after = bench.value(utility=second, players=3, name="gloves")
    assert (first.n_asked, second.n_asked) == (8, 0)
    assert before.result.value.tolist() == after.result.value.tolist()
    wider = Counting(lambda coalition: gloves(coalition[:3]))
    bench.value(utility=wider, players=4, name="gloves")
    assert wider.n_asked == 8


def test_a_failure_names_its_coalition_and_all_others_are_kept(bench: Bench) -> None:
    def broken(coalition: NDArray[np.bool_]) -> float:
        if coalition.tolist() == [True, False, True]:
            raise ZeroDivisionError("no memory for this one")
        return gloves(coalition)

    with pytest.raises(JobError, match=r"coalition \{0, 2\} raised ZeroDivisionError: no memory"):
        bench.value(utility=Counting(broken), players=3, name="broken")
    mended = Counting(gloves)
    bench.value(utility=mended, players=3, name="broken")
    assert mended.n_asked <= 3


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (lambda c: np.full(len(c), np.nan), r"utility of coalition \{.*\} is nan"),
        (lambda c: np.zeros((len(c), 2)), "of shape"),
        (lambda c: np.array(["x"] * len(c)), "the utility answered"),
    ],
)
def test_a_wrong_answer_is_refused(bench: Bench, answer: Any, match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        bench.value(utility=answer, players=3)


def test_an_estimator_is_trained_on_the_rows_of_each_coalition(bench: Bench) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    rng = np.random.default_rng(0)
    groups = rng.choice(["a", "b", "c", "wrong"], 200)
    labels = np.where(groups == "wrong", 1 - y[:200], y[:200])
    study = bench.value(
        estimator=LogisticRegression(), x=x[:200], y=labels, groups=groups, test=(x[200:], y[200:])
    )
    worth = study.values.set_index("player")["value"]
    assert worth.idxmin() == "wrong"
    assert study.sizes == [int((groups == name).sum()) for name in study.players]
    everything = LogisticRegression().fit(x[:200], labels).score(x[200:], y[200:])
    frequent = max((y[200:] == 0).mean(), (y[200:] == 1).mean())
    assert worth.sum() == pytest.approx(everything - frequent, abs=1e-12)


def test_other_rows_or_another_test_are_another_game(bench: Bench) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    groups = np.repeat(["a", "b", "twin"], 20)
    rows = np.concatenate([np.arange(40), np.arange(20, 40)])
    asked = {"estimator": LogisticRegression(), "name": "clinics", "groups": groups}

    def asked_for(rows: Any, test: slice) -> tuple[int, Any]:
        before = len(bench.sql("select 1 from evaluation"))
        study = bench.value(x=x[rows], y=y[rows], test=(x[test], y[test]), **asked)
        return len(bench.sql("select 1 from evaluation")) - before, study

    n_new, study = asked_for(rows, slice(200, 300))
    # "b" and its twin have the same rows, so half of the coalitions say it all.
    assert n_new == 8
    value = study.values.set_index("player")["value"]
    assert value["b"] == pytest.approx(value["twin"], abs=1e-12)
    assert asked_for(rows, slice(200, 300))[0] == 0
    assert asked_for(rows, slice(300, 400))[0] == 8
    # Only "a" has other rows now: what b and its twin are worth without it is known.
    changed = np.concatenate([np.arange(100, 120), rows[20:]])
    assert asked_for(changed, slice(200, 300))[0] == 4
    known = bench.sql("select count(*) as n from evaluation where game = ?", [study.game])
    assert known.loc[0, "n"] == 12


def test_pictures_show_the_whole_way(bench: Bench) -> None:
    weights = np.arange(1, 14)
    study = bench.value(
        utility=lambda c: np.log1p(c @ weights), players=13, budget=150, player_sizes=weights
    )
    for axes in (
        study.plot(), study.plot_convergence(), study.plot_marginals("12"),
        study.plot_against_rows(),
    ):  # fmt: skip
        axes.figure.canvas.draw()
    assert len(study.looks) > 1
    stopped = bench.value(
        utility=lambda c: np.log1p(c @ weights), players=13, budget=900, max_share_move=0.2
    )
    assert "stopped after" in stopped.result.why
    few = bench.value(utility=Counting(gloves), players=3)
    few.plot_lattice().figure.canvas.draw()
    with pytest.raises(InvalidInputError, match="nobody is called"):
        few.plot_marginals("nobody")
    with pytest.raises(InvalidInputError, match="how many rows"):
        few.plot_against_rows()
    plt.close("all")


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({}, "neither a task nor one game"),
        ({"utility": gloves, "estimator": 1}, "neither a task nor one game"),
        ({"utility": gloves}, "names no players"),
        ({"utility": gloves, "players": 3, "bugdet": 4}, "no option 'bugdet'"),
        ({"utility": gloves, "players": 3, "semivalue": "mean"}, "no semivalue"),
        ({"estimator": LogisticRegression()}, "an estimator alone"),
        (
            {"estimator": 1, "x": [[1]], "y": [1, 2], "groups": [1], "test": ([[1]], [1])},
            "1 rows, 2 labels",
        ),
        ({"utility": gloves, "players": ["a", "a"], "name": "twice"}, "named twice"),
    ],
)
def test_what_is_no_game_is_refused(bench: Bench, asked: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        bench.value(**asked)


def test_a_tasks_study_has_the_same_pictures(bench: Bench, task: Any) -> None:
    study = bench.value(task)
    assert len(study.evaluations) == 8
    assert study.evaluations.loc[0, "owners"] == ()
    for axes in (
        study.plot(), study.plot_convergence(), study.plot_marginals("ana"),
        study.plot_against_rows(), study.plot_lattice(),
    ):  # fmt: skip
        axes.figure.canvas.draw()
    plt.close("all")
