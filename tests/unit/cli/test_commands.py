"""What people type becomes what the workbench is asked."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from workbench.cli import contributions, home, tasks, work
from workbench.cli.main import app
from workbench.cli.server import _entries, _line
from workbench.cli.tables import frame_table
from workbench.core.errors import InvalidInputError, NotFoundError

runner = CliRunner()


def test_columns_are_named_theirs_and_yours() -> None:
    assert contributions._pairs(["text=frase", "source=a=b"]) == {"text": "frase", "source": "a=b"}
    for wrong in ("text", "=frase", "text="):
        with pytest.raises(InvalidInputError, match="--column"):
            contributions._pairs([wrong])
    with pytest.raises(InvalidInputError, match="says twice what 'text' is read from") as caught:
        contributions._pairs(["text=a", "text=b"])
    assert caught.value.next_step == "keep text=a or text=b"


def test_recipe_parameters_are_json_or_text() -> None:
    said = ["steps=12", "learning_rate=2e-3", "metric=accuracy", 'prompts=["a"]']
    assert work._parameters(said) == {
        "steps": 12, "learning_rate": 2e-3, "metric": "accuracy", "prompts": ["a"],
    }  # fmt: skip
    with pytest.raises(InvalidInputError, match="--set"):
        work._parameters(["steps"])


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("x", "x"), ('"3"', "3"), ("null", None), ("[1]", "[1]")]
)
def test_sql_parameters_are_json_scalars_or_text(text: str, value: object) -> None:
    assert home._scalar(text) == value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.array([1, 2]), [1, 2]),
        (float("nan"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
        ("a", "a"),
        (None, None),
    ],
)
def test_sql_values_are_plain_json(value: object, plain: object) -> None:
    assert home._plain_value(value) == plain


def test_rules_of_a_task_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    rules = {"id": "t", "title": "T", "kind": "causal-lm", "licenses": ["MIT"]}
    path.write_text(json.dumps(rules))
    assert tasks._read_rules(path) == rules
    path.write_text('{"id": "t"}')
    with pytest.raises(InvalidInputError, match="say nothing of kind, licenses, title"):
        tasks._read_rules(path)
    path.write_text("{")
    with pytest.raises(InvalidInputError, match="is no JSON"):
        tasks._read_rules(path)


def test_a_frame_is_an_aligned_table_or_a_sentence() -> None:
    frame = pd.DataFrame({"n": [1, 10], "x": [0.5, float("nan")], "s": ["a", None]})
    assert frame_table(frame, "nothing").splitlines() == [
        " n    x  s",
        "──  ───  ─",
        " 1  0.5  a",
        "10",
    ]
    assert frame_table(frame.iloc[:0], "nothing") == "nothing"


def test_the_newest_log_lines_come_also_from_rotated_files(tmp_path: Path) -> None:
    for name, messages in {".2": ["a"], ".1": ["b", "c"], "": ["d"]}.items():
        lines = [json.dumps({"message": message}) for message in messages]
        (tmp_path / f"server.jsonl{name}").write_text("\n".join(lines) + "\n")
    assert [entry["message"] for entry in _entries(tmp_path, 3)] == ["b", "c", "d"]


def test_a_half_written_log_line_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "server.jsonl").write_text('{"message": "a"}\n{"mess')
    assert [entry["message"] for entry in _entries(tmp_path, 9)] == ["a", '{"mess']


def test_a_server_that_never_logged_shows_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no log"):
        _entries(tmp_path, 9)
    (tmp_path / "server.out").write_text("Traceback\n")
    assert _entries(tmp_path, 9) == [{"message": "Traceback"}]


def test_a_log_line_reads_like_a_sentence() -> None:
    entry = {
        "time": "10:00", "level": "error", "logger": "x", "message": "request", "request": "ab",
        "method": "GET", "route": "/tasks", "status": 200, "ms": 1.5, "traceback": "T\nU\x1b",
    }  # fmt: skip
    assert _line(entry).splitlines() == [
        "10:00 error   GET /tasks 200 1.5 ms request=ab",
        "    T",
        "    U\ufffd",
    ]


def test_logs_of_a_home_that_is_not_there_are_refused(tmp_path: Path) -> None:
    shown = runner.invoke(app, ["server", "logs", "--home", str(tmp_path / "none")])
    assert shown.exit_code == 1
    assert "workbench server start" in shown.stderr


def test_a_server_that_does_not_run_is_an_answer(tmp_path: Path) -> None:
    shown = runner.invoke(app, ["server", "status", "--json", "--home", str(tmp_path)])
    assert shown.exit_code == 0
    assert json.loads(shown.stdout) == {"running": False, "home": str(tmp_path)}
