"""Every command has the same options, one way to print and one way to refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from workbench.cli import door
from workbench.cli.door import Answer, Door, as_text, refusal, verb
from workbench.cli.main import app
from workbench.core.errors import InvalidInputError, NotFoundError, WorkerLostError

runner = CliRunner()


def _commands(command: Any, words: tuple[str, ...] = ()) -> dict[str, Any]:
    children = getattr(command, "commands", {})
    if not children:
        return {" ".join(words): command}
    found: dict[str, Any] = {}
    for name, child in children.items():
        found |= _commands(child, (*words, name))
    return found


COMMANDS = _commands(typer.main.get_command(app))
GROUPS = {words[0] for name in COMMANDS if len(words := name.split()) > 1}
# What signs or spends, and nothing else, has --sign.
SIGNING = {
    "identity rotate", "identity replace", "identity address", "identity admit", "role give",
    "role take",
    "task open", "task fund", "contribute", "contribution submit", "contribution mask", "pay",
    "commit", "review", "withdraw", "dispute", "resolve", "transfer", "treasury approve",
    "treasury grant", "hold open", "hold settle", "hold void", "propose", "merge", "rollback",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_speaks_json_and_knows_home_and_identity(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {"--json", "--home", "--as"} <= options
    assert ("--sign" in options) == (name in SIGNING)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does(name: str) -> None:
    shown = runner.invoke(app, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_argument_and_option_is_explained(name: str) -> None:
    own = [one for one in COMMANDS[name].params if one.name != "help"]
    assert [one.name for one in own if not one.help] == []
    places = [one for one in own if one.param_type_name == "argument"]
    assert [one.metavar for one in places if one.metavar != (one.metavar or "").upper()] == []
    # The kind of a list is no word for people.
    assert (
        "list[" not in runner.invoke(app, [*name.split(), "--help"]).stdout.partition("Options:")[2]
    )


@pytest.mark.parametrize("words", [[], *([name] for name in sorted(GROUPS))])
def test_no_line_of_a_list_of_commands_is_cut(words: list[str]) -> None:
    shown = runner.invoke(app, [*words, "--help"], env={"COLUMNS": "80"}).stdout
    assert "Commands:" in shown
    assert "..." not in shown.partition("Commands:")[2]


@pytest.fixture
def one_verb() -> Any:
    def make(function: Any) -> typer.Typer:
        small = typer.Typer()
        verb(small, "go")(function)
        return small

    return make


def test_an_answer_is_text_for_people_and_json_for_programs(one_verb: Any) -> None:
    def go(door: Door, name: str) -> Answer:
        """Go."""
        return Answer({"name": name, "as": door.identity, "home": str(door.home)}, f"hi {name}")

    small = one_verb(go)
    assert runner.invoke(small, ["Ana"]).stdout == "hi Ana\n"
    shown = runner.invoke(small, ["Ana", "--json", "--as", "demo-x", "--home", "/h"])
    assert json.loads(shown.stdout) == {"name": "Ana", "as": "demo-x", "home": "/h"}


def test_a_bad_answer_has_status_1(one_verb: Any) -> None:
    def go(_: Door) -> Answer:
        """Go."""
        return Answer([], "found wanting", status=1)

    shown = runner.invoke(one_verb(go), [])
    assert (shown.exit_code, shown.stdout) == (1, "found wanting\n")


def test_a_refusal_says_found_wanted_and_next_on_standard_error(one_verb: Any) -> None:
    def go(_: Door) -> Answer:
        """Go."""
        raise NotFoundError("no 'x'", wanted="one of: y", next_step="look", nearest=["y"])

    small = one_verb(go)
    shown = runner.invoke(small, [])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == "✗ no 'x'\n  wanted: one of: y\n  next:   look\n  did you mean y?\n"
    problem = json.loads(runner.invoke(small, ["--json"]).stderr)
    assert problem["type"] == "urn:workbench:error:not-found"
    assert problem["facts"] == {"nearest": ["y"]}


def test_an_interrupt_has_status_130_and_says_what_goes_on(one_verb: Any) -> None:
    notes: list[str] = []

    def go(_: Door) -> Answer:
        """Go."""
        interrupt = KeyboardInterrupt()
        for note in notes:
            interrupt.add_note(note)
        raise interrupt

    shown = runner.invoke(one_verb(go), [])
    assert shown.exit_code == 130
    assert "workbench job list" in shown.stderr
    notes.append("the server goes on with train abc")
    assert runner.invoke(one_verb(go), []).stderr == "the server goes on with train abc\n"


def test_a_mistake_in_the_command_line_has_status_2() -> None:
    assert runner.invoke(app, ["train"]).exit_code == 2
    assert runner.invoke(app, ["train", "t", "--no-such-option"]).exit_code == 2
    assert runner.invoke(app, ["no-such-verb"]).exit_code == 2


def test_the_version_is_told() -> None:
    assert runner.invoke(app, ["--version"]).stdout == "0.1.0\n"


def test_a_refusal_shows_the_end_of_a_log_and_cannot_steer_the_terminal() -> None:
    text = refusal(WorkerLostError("\x1b[31mred", log=["line 1", "\x1b]0;t\x07"]), as_json=False)
    assert "\x1b" not in text
    assert "│ line 1" in text


def test_a_refusal_that_says_it_all_shows_no_log() -> None:
    assert "│" not in refusal(InvalidInputError("no", log=["Loading weights: 100%"]), as_json=False)


def test_whole_numbers_past_what_javascript_holds_travel_as_text() -> None:
    wire = json.loads(as_text({"units": 2**53, "rows": [2**53 - 1, True], "x": (1.5,)}))
    assert wire == {"units": str(2**53), "rows": [2**53 - 1, True], "x": [1.5]}


def test_a_door_opens_a_bench_that_is_quiet_for_programs(tmp_path: Path) -> None:
    found = Door(tmp_path, "demo-x", as_json=True)
    assert found.bench.api.make_display is not None
    assert found.settings.home == tmp_path
    assert Door(tmp_path, "me", as_json=False).bench.api.make_display is None
    assert door.Bench is type(found.bench)
