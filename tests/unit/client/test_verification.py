"""A verification says sealed, or what was changed; no answer of MLflow's steers a terminal."""

from typing import Any

import pytest
from typer.testing import CliRunner

from workbench.cli import verify as command
from workbench.cli.main import app
from workbench.client.bench import Bench
from workbench.client.home_verification import HomeVerification
from workbench.client.run import Run
from workbench.client.verification import Verification
from workbench.core.errors import InvalidInputError
from workbench.core.wire import RunView

RUN = "r" * 64
SEALED: dict[str, Any] = {
    "run": RUN, "state": "sealed", "why": "", "tracking_run": "m1", "record": "c" * 64,
    "sealed_at": "2026-11-22T10:00:00+00:00", "n_differences": 0, "differences": [],
}  # fmt: skip


def broken(n_differences: int = 1) -> dict[str, Any]:
    difference = {"part": "metrics", "key": "loss at step 3", "sealed": "1.25", "found": "0.9"}
    difference |= {"message": "metric loss at step 3: 1.25 sealed, 0.9\x1b[2J found"}
    return SEALED | {
        "state": "seal broken",
        "n_differences": n_differences,
        "differences": [difference] * n_differences,
    }


def answer(server: Any, wire: Any, result: dict[str, Any]) -> None:
    done = wire.job(state="done", verb="verify", task=None, result=result)
    server.on("POST", f"/runs/{RUN}/verifications", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)


def test_a_bench_asks_by_run_or_by_id(bench: Bench, server: Any, wire: Any) -> None:
    answer(server, wire, SEALED)

    for named in (RUN, Run(RunView.model_validate(wire.run()))):
        found = bench.verify(named)
        assert found.is_sealed
        assert found.frame.empty
    assert "✓ run rrrrrrrrrrrr: sealed" in repr(found)
    assert "record cccccccccccc" in repr(found)


def test_what_changed_is_a_line_and_a_row() -> None:
    found = Verification(broken())

    assert not found.is_sealed
    assert found.frame.to_dict("records") == [
        {"part": "metrics", "key": "loss at step 3", "sealed": "1.25", "found": "0.9"}
    ]
    assert "✗ run rrrrrrrrrrrr: seal broken" in repr(found)
    assert "metric loss at step 3: 1.25 sealed, 0.9" in repr(found)
    assert "\x1b" not in repr(found)


def test_many_changes_are_counted() -> None:
    assert "… and 30 more" in repr(Verification(broken(50)))


def test_a_run_without_a_seal_says_why() -> None:
    waiting = SEALED | {"state": "not sealed yet", "why": "MLflow has not answered", "record": None}

    assert not Verification(waiting).is_sealed
    assert "· run rrrrrrrrrrrr: not sealed yet\nMLflow has not answered" in repr(
        Verification(waiting)
    )


@pytest.mark.parametrize(("result", "status"), [(SEALED, 0), (broken(), 1)])
def test_the_exit_status_is_the_answer(
    bench: Bench,
    server: Any,
    wire: Any,
    monkeypatch: pytest.MonkeyPatch,
    result: dict[str, Any],
    status: int,
) -> None:
    answer(server, wire, result)
    monkeypatch.setattr(command.Door, "bench", bench)

    ended = CliRunner().invoke(app, ["verify", RUN, "--json"])

    assert ended.exit_code == status
    assert f'"state": "{result["state"]}"' in ended.stdout


HOME: dict[str, Any] = {
    "state": "verified", "origin": "0" * 64, "size": 9, "root": "1" * 64, "head": "2" * 64,
    "steps": [{"step": "log", "state": "verified", "message": "9 entries in one chain"}],
    "first_bad": None,
}  # fmt: skip
DAMAGED = HOME | {
    "state": "damaged",
    "steps": [
        {"step": "log", "state": "bad", "message": "its bytes hash to f\x1b[2J"},
        {"step": "files", "state": "not checked", "message": ""},
    ],
    "first_bad": {"step": "log", "seq": 3, "found": "its bytes hash to f\x1b[2J", "wanted": "e"},
}


def answer_of_home(server: Any, wire: Any, result: dict[str, Any]) -> None:
    done = wire.job(state="done", verb="verify", task=None, result=result)
    server.on("POST", "/verifications", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)


def test_a_home_shows_a_tick_a_step(bench: Bench, server: Any, wire: Any) -> None:
    answer_of_home(server, wire, HOME)

    found = bench.verify()
    assert found.is_whole
    assert found.first_bad is None
    assert list(found.frame["state"]) == ["verified"]
    assert "✓ log  9 entries in one chain" in repr(found)
    assert "1" * 64 in repr(found)


def test_a_damaged_home_names_the_first_bad_entry() -> None:
    found = HomeVerification(DAMAGED)

    assert not found.is_whole
    assert "the first bad entry 3 of the log: found its bytes hash to f" in repr(found)
    assert "wanted e" in repr(found)
    assert "· files  not checked" in repr(found)
    assert "\x1b" not in repr(found)


def test_files_are_of_the_home_alone(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="beside a run"):
        bench.verify(RUN, files=True)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("words", "result", "status"),
    [([], HOME, 0), (["--files"], DAMAGED, 1)],
)
def test_a_homes_exit_status_is_the_answer(
    bench: Bench,
    server: Any,
    wire: Any,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    result: dict[str, Any],
    status: int,
) -> None:
    answer_of_home(server, wire, result)
    monkeypatch.setattr(command.Door, "bench", bench)

    ended = CliRunner().invoke(app, ["verify", *words, "--json"])

    assert ended.exit_code == status
    assert f'"state": "{result["state"]}"' in ended.stdout
    assert server.bodies("/verifications") == [{"files": bool(words)}]
