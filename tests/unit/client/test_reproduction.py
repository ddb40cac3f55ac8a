"""A reproduction says how a run came out when it was done again, and in what it differs."""

from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.reproduction import Reproduction
from workbench.client.run import Run
from workbench.client.study import Study
from workbench.core.errors import InvalidInputError
from workbench.core.wire import ReproductionView, RunView, StudyView

LOSS = {"name": "loss", "recorded": 1.25, "found": 1.5}
TORCH = {"name": "torch", "recorded": "2.12", "found": "2.13"}


def shown(wire: Any, **changes: Any) -> Reproduction:
    return Reproduction(ReproductionView(**wire.reproduction(**changes)))


def test_identical_is_said_in_one_line(wire: Any) -> None:
    found = shown(wire)
    assert found.is_reproduced
    assert repr(found).splitlines() == [
        "✓ fine-tune rrrrrrrrrrrr of t, done again: identical",
        "the same environment; 5 metrics compared, tolerance 0.001",
        "signed as record 999999999999",
    ]
    assert found.frame.empty


def test_what_differs_is_named_with_both_values(wire: Any) -> None:
    found = shown(wire, outcome="different", first_difference=LOSS, fingerprint_differences=[TORCH])
    assert not found.is_reproduced
    text = repr(found)
    assert text.startswith("✗")
    assert "another environment" in text
    assert ["result:", "loss", "1.25", "1.5"] in [line.split() for line in text.splitlines()]
    assert found.frame.to_dict("records") == [
        {"what": "result", **LOSS},
        {"what": "environment", **TORCH},
    ]


def test_what_is_not_there_any_more_is_nothing(wire: Any) -> None:
    found = shown(wire, fingerprint_differences=[TORCH | {"found": None}])
    assert ["environment:", "torch", "2.12", "nothing"] in [
        line.split() for line in repr(found).splitlines()
    ]


@pytest.mark.parametrize(
    ("n_compared", "said"),
    [
        (16, "16 of 256 utilities trained again, chosen by the record log's head 888888888888"),
        (256, "all 256 utilities trained again"),
    ],
)
def test_a_study_says_how_much_was_trained_again(wire: Any, n_compared: int, said: str) -> None:
    found = shown(wire, kind="valuation", n_compared=n_compared, n_recorded=256)
    assert said in repr(found)


def test_a_run_shows_its_last_reproduction(wire: Any) -> None:
    views = [wire.reproduction(outcome="different"), wire.reproduction()]
    text = repr(Run(RunView(**wire.run(reproductions=views))))
    assert (
        "reproduced 2026-11-22 10:00 UTC: identical (record 999999999999, 2 times in all)" in text
    )
    assert "reproduced" not in repr(Run(RunView(**wire.run())))


@pytest.mark.parametrize("kind", ["id", "run", "study"])
def test_a_bench_asks_for_it_and_waits(bench: Bench, server: Any, wire: Any, kind: str) -> None:
    run = Run(RunView(**wire.run()))
    study = Study(StudyView(**wire.study(id="r" * 64)), bench.api)
    asked: Any = {"id": "r" * 64, "run": run, "study": study}[kind]
    path = f"/runs/{'r' * 64}/reproductions"
    done = wire.job(verb="reproduce", state="done", result=wire.reproduction())
    server.on("POST", path, done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    server.on("GET", path, [wire.reproduction()])
    assert bench.reproduce(asked, tolerance=0.5, all=True).outcome == "identical"
    assert server.bodies(path) == [{"tolerance": 0.5, "share_tolerance": 0.03, "all": True}]
    assert [one.outcome for one in bench.reproductions(asked)] == ["identical"]


def test_a_tolerance_below_zero_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="tolerance"):
        bench.reproduce("r" * 64, tolerance=-1.0)
