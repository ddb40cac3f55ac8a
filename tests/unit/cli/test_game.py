"""Anybody values their own game at a terminal, without a home and without a server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from workbench.cli import game
from workbench.cli.main import app
from workbench.core.errors import InvalidInputError
from workbench.valuation import game_file

runner = CliRunner()
GLOVES = {"": 0, "ana": 0, "ben": 0, "cleo": 0, "ana,ben": 0, "ana,cleo": 1, "ben,cleo": 1}
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a home that is not there, on the glove game unless told otherwise."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))

    def values(*words: str, name: str = "game.json", text: str | None = None) -> Result:
        utilities = GLOVES | {"ana,ben,cleo": 1}
        whole = json.dumps({"players": ["ana", "ben", "cleo"], "utilities": utilities})
        path = tmp_path / name
        path.write_text(whole if text is None else text)
        return runner.invoke(app, ["game", "values", str(path), *words])

    return values


def test_values_are_a_table_best_first_with_how_they_were_found(run: Run, tmp_path: Path) -> None:
    shown = run()

    assert shown.exit_code == 0
    heads, _, best, *_, caption, why = shown.stdout.splitlines()
    assert heads.split() == ["rank", "player", "value", "error", "95%", "interval", "P(rank)"]
    assert best.split() == ["1", "cleo", "+0.666667", "±", "0", "+0.6667", "…", "+0.6667", "100%"]
    assert caption == "exact, 8 evaluations, converged"
    assert "all 8 coalitions" in why
    # Nothing was made: no server, no key, no folder.
    assert [path.name for path in tmp_path.iterdir()] == ["game.json"]


def test_json_is_for_programs(run: Run) -> None:
    wire = json.loads(run("--json").stdout)

    assert list(wire) == [
        "players", "value", "standard_error", "low", "high", "rank", "probability_of_rank",
        "n_evaluations", "converged", "method", "why",
    ]  # fmt: skip
    assert wire["players"] == ["ana", "ben", "cleo"]
    assert wire["value"] == pytest.approx([1 / 6, 1 / 6, 2 / 3])
    assert wire["rank"] == [2, 2, 1]
    assert (wire["n_evaluations"], wire["converged"], wire["method"]) == (8, True, "exact")


def test_a_game_in_csv_is_the_same_game(run: Run) -> None:
    rows = "\n".join(f'"{key}",{utility}' for key, utility in GLOVES.items())

    shown = run("--json", name="game.CSV", text=f'coalition,utility\n{rows}\n"ana ben cleo",1\n')

    assert json.loads(shown.stdout)["value"] == pytest.approx([1 / 6, 1 / 6, 2 / 3])


def test_method_budget_and_seed_are_those_asked_for(run: Run) -> None:
    one, same, other = (
        json.loads(run("--json", "--method", "permutation", "--budget", "7", "--seed", s).stdout)
        for s in ("3", "3", "4")
    )

    assert one == same != other
    assert one["method"] == "permutation"
    assert one["n_evaluations"] <= 7


def test_a_semivalue_is_named_and_beta_has_two_numbers(run: Run) -> None:
    banzhaf = json.loads(run("--json", "--semivalue", "banzhaf").stdout)
    beta = json.loads(run("--json", "--semivalue", "beta:1,1").stdout)

    assert banzhaf["value"] == pytest.approx([0.25, 0.25, 0.75])
    assert beta["value"] == pytest.approx([1 / 6, 1 / 6, 2 / 3])


@pytest.mark.parametrize("text", ["mean", "beta", "beta:1", "beta:1,2,3", "beta:0,1", "gamma:1,1"])
def test_an_unknown_semivalue_is_refused(run: Run, text: str) -> None:
    shown = run("--semivalue", text)

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert f"no semivalue is called {text!r}" in shown.stderr


@pytest.mark.parametrize(
    ("words", "match"),
    [
        (["--method", "magic"], "no method is called 'magic'"),
        (["--budget", "2"], "a budget of 2 evaluations is too small"),
        (["--method", "exact", "--budget", "7"], "exact cannot answer within a budget of 7"),
    ],
)
def test_what_cannot_be_answered_is_refused(run: Run, words: list[str], match: str) -> None:
    shown = run(*words)

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert match in shown.stderr


def test_a_refusal_is_json_for_programs(run: Run) -> None:
    shown = run("--json", text='{"players": ["a"], "utilities": {"": 0, "a": NaN}}')

    problem = json.loads(shown.stderr)
    assert shown.exit_code == 1
    assert problem["type"] == "urn:workbench:error:invalid-input"
    assert problem["detail"] == "the utility of coalition {a} is NaN"


def test_a_file_of_another_kind_is_refused(run: Run) -> None:
    shown = run(name="game.xlsx")

    assert shown.exit_code == 1
    assert "cannot be read from 'xlsx'" in shown.stderr


def test_a_file_that_is_not_there_or_none_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        assert runner.invoke(app, ["game", "values", str(path)]).exit_code == 1


def test_no_more_of_a_file_is_read_than_may_be_there(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(game_file, "MAX_BYTES", 30)

    shown = run()

    assert shown.exit_code == 1
    assert "more than 30 bytes" in shown.stderr
    assert len(game._read(Path(__file__), 31)) == 31


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(InvalidInputError, match="cannot be read: Permission denied"):
        game._read(Path(__file__), 1)


def test_an_interrupt_does_not_speak_of_a_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.valuation.table_game.value_table", interrupt)

    shown = run()

    assert shown.exit_code == 130
    assert shown.stderr == "Interrupted. Nothing was written; the same command starts again\n"


def test_a_mistake_in_the_command_line_has_status_2(run: Run) -> None:
    assert runner.invoke(app, ["game", "values"]).exit_code == 2
    assert run("--budget", "many").exit_code == 2


def test_names_cannot_steer_the_terminal(run: Run) -> None:
    text = json.dumps({"players": ["a\u202eb"], "utilities": {"": 0, "a\u202eb": 1}})

    assert "\u202e" not in run(text=text).stdout
