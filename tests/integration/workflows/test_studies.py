"""Studies last: interrupted, extended, joined and left, they train nothing twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.errors import InvalidInputError, JobCancelledError, MemoryLimitError
from workbench.core.jobs import JobSpec
from workbench.core.settings import Settings
from workbench.core.wire import StudyView, ValueRequest
from workbench.valuation.semivalues import semivalue_from_table, size_weights
from workbench.valuation.value_game import value_game
from workbench.workflows import value
from workbench.workflows.evaluate import TrainedUtility
from workbench.workflows.game import open_game
from workbench.workflows.home import Home
from workbench.workflows.inputs import job_inputs, owner_rows
from workbench.workflows.jobs import Report
from workbench.workflows.tasks import get_spec

# Closed forms, so that hundreds of trainings take no time.
CHEAP = {"recipe": {"utility": "ridge"}}
OWNERS = tuple(f"owner-{k:02}" for k in range(14))


def join(lab: Lab, owners: Any = OWNERS) -> None:
    for owner in owners:
        k = int(owner[-2:])
        lab.contribute(owner, make_rows(4 + 3 * k, 1_000 + k, flipped=k % 5 == 4))


def study_of(lab: Lab, **request: Any) -> StudyView:
    job = value.start(lab.home, "clouds", ValueRequest(**request))
    return value.get_study(lab.home, lab.wait(job)["study"])


def rows_of(lab: Lab, statement: str, *parameters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lab.home.database.select(statement, list(parameters)).to_pylist()
    return rows


def _utility(lab: Lab, coalition: str) -> float:
    [row] = rows_of(lab, "select utility from evaluation where coalition = ?", coalition)
    return float(row["utility"])


def n_evaluations(lab: Lab) -> int:
    [row] = rows_of(lab, "select count(*) as n from evaluation")
    return int(row["n"])


@pytest.fixture
def cheap(open_lab: Callable[[], Lab]) -> Lab:
    """An open home whose task evaluates coalitions in closed form."""
    lab = open_lab()
    lab.open_task(**CHEAP)
    return lab


def test_a_surrogate_study_has_intervals_and_evidence(cheap: Lab) -> None:
    join(cheap)
    study = study_of(cheap, budget=110, seed=5)
    assert (study.method, study.answered_by) == ("surrogate", "surrogate")
    assert "too many coalitions for the budget" in study.why_method
    assert study.n_evaluations == 110 == n_evaluations(cheap)
    assert all(row.low < row.value < row.high for row in study.values)
    worth = {row.owner: row.value for row in study.values}
    assert min(worth, key=worth.__getitem__) in {"owner-04", "owner-09"}
    looks = value.get_looks(cheap.home, study.id)
    assert sorted({row.n_evaluations for row in looks}) == [30, 45, 68, 102, 110]
    evidence = rows_of(
        cheap, "select coalition, ordinal from study_coalition where study = ? order by 2", study.id
    )
    assert [row["coalition"] for row in evidence[:2]] == ["0", f"{2**14 - 1:x}"]
    assert [row["ordinal"] for row in evidence] == list(range(110))


def test_one_and_two_workers_and_a_kill_in_the_middle_give_the_same_bytes(
    tmp_path: Path,
) -> None:
    def lab_with(name: str, n_workers: int) -> Lab:
        settings = Settings(
            home=tmp_path / name, cache_dir=tmp_path / f"{name}-cache",
            keys_dir=tmp_path / "keys", tracking_uri="http://127.0.0.1:9", n_workers=n_workers,
        )  # fmt: skip
        return Lab(Home.open(settings))

    def answers(lab: Lab) -> Any:
        study = study_of(lab, budget=60, seed=1)
        table = rows_of(lab, "select coalition, utility, seed from evaluation order by 1")
        return study.values, table

    found = []
    for name, n_workers in (("one", 1), ("two", 2), ("killed", 2)):
        lab = lab_with(name, n_workers)
        lab.open_task()
        join(lab, OWNERS[:13])
        if name == "killed":
            job = value.start(lab.home, "clouds", ValueRequest(budget=60, seed=1))
            after = -1
            while n_evaluations(lab) < 20:
                events = lab.home.jobs.events(job.id, after, 10.0)
                after = events[-1][0] if events else after
            lab.home.close()
            with duckdb.connect(str(lab.home.settings.database_path)) as connection:
                rows = connection.execute("select count(*) from store.evaluation").fetchall()
            assert 20 <= rows[0][0] < 60
            lab = lab_with(name, 1)
            lab.home.resume()
        found.append(answers(lab))
        lab.home.close()
    assert found[0] == found[1] == found[2]


def test_a_larger_budget_goes_on_from_the_smaller_one(cheap: Lab) -> None:
    join(cheap)
    study_of(cheap, budget=60)
    assert n_evaluations(cheap) == 60
    larger = study_of(cheap, budget=105)
    assert larger.n_evaluations == 105
    assert larger.n_given == 0
    # The last batch of the smaller study was cut short, so a few coalitions were its own.
    assert 105 <= n_evaluations(cheap) <= 125


def test_who_joins_later_finds_every_old_coalition(cheap: Lab) -> None:
    join(cheap, OWNERS[:13])
    first = study_of(cheap, budget=60)
    join(cheap, OWNERS[13:])
    second = study_of(cheap, budget=40)
    assert second.game == first.game
    assert (second.n_given, second.n_evaluations) == (60, 100)
    assert n_evaluations(cheap) == 100
    assert len(second.values) == 14


def test_who_leaves_takes_only_coalitions_of_their_own_along(
    cheap: Lab, open_lab: Callable[[], Lab]
) -> None:
    join(cheap, OWNERS[:13])
    study_of(cheap, budget=70)
    before = n_evaluations(cheap)
    [gone] = rows_of(cheap, "select position from player where owner = 'owner-03'")
    cheap.home.close()
    with duckdb.connect(str(cheap.home.settings.database_path)) as connection:
        connection.execute(
            "update store.contribution set state = 'withdrawn' where owner = 'owner-03'"
        )
    cheap = open_lab()
    second = study_of(cheap, budget=30)
    without = rows_of(
        cheap,
        "select count(*) as n from evaluation where (words[1] >> ?) & 1 = 0",
        gone["position"],
    )
    assert second.n_given == without[0]["n"] - (n_evaluations(cheap) - before)
    assert n_evaluations(cheap) == before + 30
    assert len(second.values) == 12


def test_sql_gives_every_semivalue_of_an_exact_study(cheap: Lab) -> None:
    join(cheap, OWNERS[:6])
    study = study_of(cheap, semivalue="banzhaf")
    assert study.answered_by == "exact"
    table = {
        int(row["coalition"], 16): row["utility"]
        for row in rows_of(cheap, "select coalition, utility from evaluation")
    }
    utilities = np.array([table[c] for c in range(64)])
    by_size = rows_of(
        cheap,
        "select player, n_others, mean_with - mean_without as gained from semivalue_by_size"
        " where study = ? and mean_with is not null and mean_without is not null",
        study.id,
    )
    for semivalue in ("shapley", "banzhaf", ("beta", 4.0, 1.0)):
        weights = size_weights(6, semivalue)
        summed = np.zeros(6)
        for row in by_size:
            summed[row["player"]] += weights[row["n_others"]] * row["gained"]
        assert summed == pytest.approx(semivalue_from_table(utilities, semivalue), abs=1e-12)
    sealed = {row.player: row.value for row in study.values}
    assert [sealed[k] for k in range(6)] == pytest.approx(
        semivalue_from_table(utilities, "banzhaf").tolist(), abs=1e-12
    )


@pytest.mark.parametrize("method", ["permutation", "antithetic"])
def test_orders_are_stored_and_their_means_are_the_values(cheap: Lab, method: str) -> None:
    join(cheap, OWNERS[:5])
    study = study_of(cheap, method=method, budget=25)
    orders = rows_of(cheap, "select players, coalitions from permutation")
    assert len(orders) >= 2
    assert all(len(row["coalitions"]) == len(row["players"]) + 1 for row in orders)
    assert sum(row.value for row in study.values) == pytest.approx(
        _utility(cheap, "1f") - _utility(cheap, "0"), abs=1e-9
    )


def test_more_players_than_a_word_has_bits_are_valued(cheap: Lab) -> None:
    owners = [f"owner-{k:02}" for k in range(70)]
    for k, owner in enumerate(owners):
        cheap.contribute(owner, make_rows(3, 2_000 + k))
    study = study_of(cheap, budget=160)
    assert len(study.values) == 70
    widths = rows_of(cheap, "select max(len(words)) as most from evaluation")
    assert widths == [{"most": 2}]
    total = _utility(cheap, f"{2**70 - 1:x}") - _utility(cheap, "0")
    assert sum(row.value for row in study.values) == pytest.approx(total, abs=1e-9)


def test_a_study_stops_once_shares_hardly_move(cheap: Lab) -> None:
    join(cheap)
    study = study_of(cheap, budget=2_000, max_share_move=0.3)
    assert study.n_evaluations < 2_000
    assert "stopped after" in study.why_method


def test_replicates_are_trained_and_averaged(cheap: Lab) -> None:
    join(cheap, OWNERS[:3])
    study = study_of(cheap, n_replicates=2)
    rows = rows_of(cheap, "select replicate, count(*) as n from evaluation group by 1 order by 1")
    assert [row["n"] for row in rows] == [8, 8]
    assert study.n_replicates == 2


class TestRefusals:
    """What cannot be valued is refused before anything starts."""

    @pytest.mark.parametrize(
        ("request_", "match"),
        [
            ({"method": "magic"}, "no method is called 'magic'"),
            ({"budget": 3}, "budget of 3 evaluations is too small"),
            ({"semivalue": "mean"}, "no semivalue is called 'mean'"),
            ({"confidence": 1.5}, "confidence of 1.5"),
            ({"executor": "ray"}, "executor is ray and the address None"),
            ({"address": "127.0.0.1:6379"}, "executor is local and the address"),
        ],
    )
    def test_wrong_requests(self, cheap: Lab, request_: dict[str, Any], match: str) -> None:
        join(cheap, OWNERS[:5])
        with pytest.raises(InvalidInputError, match=match):
            value.start(cheap.home, "clouds", ValueRequest(**request_))
        assert cheap.home.jobs.list("clouds") == []

    def test_a_closed_form_that_a_task_does_not_have(self, open_lab: Callable[[], Lab]) -> None:
        with pytest.raises(InvalidInputError, match="not evaluated by 'magic'"):
            open_lab().open_task(recipe={"utility": "magic"})

    def test_a_cancelled_study_keeps_its_evaluations(self, lab: Lab) -> None:
        join(lab, OWNERS[:13])
        job = value.start(lab.home, "clouds", ValueRequest(budget=400))
        after = -1
        while n_evaluations(lab) < 5:
            events = lab.home.jobs.events(job.id, after, 10.0)
            after = events[-1][0] if events else after
        lab.home.jobs.cancel(job.id)
        with pytest.raises(JobCancelledError):
            lab.wait(job)
        assert n_evaluations(lab) >= 5


class Failing:
    """Workers of which one runs out of memory on one player's rows alone."""

    n_workers = 2

    def __init__(self, home: Home, player: int) -> None:
        self._home = home
        self._player = player

    def run(self, spec: JobSpec, **listeners: Any) -> Any:
        if str(1 << self._player) in spec.parameters["coalitions"]:
            raise MemoryLimitError("the job took 6 GiB", wanted="less")
        return self._home.executor.run(spec, **listeners)

    def close(self) -> None:
        self._home.executor.close()


def test_a_worker_out_of_memory_names_the_coalition_and_costs_no_other(cheap: Lab) -> None:
    join(cheap, OWNERS[:4])
    home, spec = cheap.home, get_spec(cheap.home, "clouds")
    owners = owner_rows(home, "clouds")
    inputs = job_inputs(home, spec, owners)
    report = Report("job", publish=lambda _: None, cancelled=lambda: False)
    game = open_game(home, spec, owners, inputs, report)
    failing = Failing(home, player=2)
    utility = TrainedUtility(home, failing, game, owners, inputs, report, budget=16, n_replicates=1)
    with pytest.raises(MemoryLimitError, match=r"took 6 GiB; coalition \{2\}") as caught:
        value_game(utility, 4, method="exact")
    assert caught.value.facts["coalition"] == [2]
    assert {row["coalition"] for row in rows_of(cheap, "select coalition from evaluation")} >= {
        "0", "1", "2", "3",
    }  # fmt: skip
