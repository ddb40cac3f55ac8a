"""The same verbs from a terminal, with stable JSON and helpful refusals."""

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

RULES = {
    "id": "line",
    "title": "A line",
    "kind": "tabular-classification",
    "licenses": ["CC0-1.0"],
    "classes": ["low", "high"],
    "n_features": 2,
}
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def opened(terminal: Any, write_rows: Write, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A terminal on a home with a task, two contributions and a pool."""
    rules = tmp_path_factory.mktemp("rules") / "rules.json"
    rules.write_text(json.dumps(RULES))
    hidden = write_rows("hidden.jsonl", 0.003, 20)
    opening = ["task", "open", str(rules), "--test", str(hidden), "--as", "sponsor"]
    problem = terminal.json(*opening, status=1)
    assert "--sign" in problem["wanted"]
    assert terminal.json(*opening, "--sign")["id"] == "line"
    for owner, start in (("ana", 0.011), ("ben", 0.017)):
        words = ["contribute", "line", str(write_rows("rows.jsonl", start, 16))]
        words += ["--license", "CC0-1.0", "--as", owner, "--sign"]
        assert terminal.json(*words)["state"] == "accepted"
    assert terminal.json("task", "fund", "line", "5", "--as", "sponsor", "--sign")["pool"] == (
        "5000000"
    )
    return terminal


def test_init_makes_home_and_key(terminal: Any) -> None:
    wire = terminal.json("init", "--owner", "a-village")
    assert wire["home"] == str(terminal.home)
    assert wire["principal"]["owner"] == "a-village"
    assert "workbench demo" in terminal("init").stdout


def test_a_misspelt_task_is_helped(opened: Any) -> None:
    shown = opened("task", "show", "lime", status=1)
    assert shown.stderr.startswith("✗ no task is called 'lime'")
    assert "did you mean 'line'?" in shown.stderr
    assert opened.json("train", "lime", status=1)["facts"]["nearest"] == ["line"]


def test_a_draft_becomes_a_contribution_by_its_id(opened: Any, write_rows: Write) -> None:
    path = write_rows("carla.jsonl", 0.5, 4)
    draft = opened.json("contribute", "line", str(path), "--license", "CC0-1.0", "--as", "carla")
    assert draft["state"] == "draft"
    assert opened.json("contribution", "show", draft["id"]) == draft
    problem = opened.json("contribution", "submit", draft["id"], "--as", "carla", status=1)
    assert "--sign" in problem["wanted"]
    given = opened.json("contribution", "submit", draft["id"], "--as", "carla", "--sign")
    assert given["state"] == "accepted"
    listed = opened.json("contribution", "list", "line")
    assert [view["owner"] for view in listed] == ["ana", "ben", "carla"]


def test_columns_of_a_gzipped_file_are_named_or_those_there_are_shown(
    opened: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"x,y,etiqueta\n0.25,1.5,low\n1.75,2.5,high\n"))
    words = ["contribute", "line", str(path), "--license", "CC0-1.0", "--as", "dora"]
    problem = opened.json(*words, "--column", "f0=x", "--column", "label=etiquetas", status=1)
    assert "the columns 'x', 'y', 'etiqueta', but not 'etiquetas'" in problem["detail"]
    assert "did you mean 'etiqueta'?" in problem["next_step"]
    named = [word for pair in ("f0=x", "f1=y", "label=etiqueta") for word in ("--column", pair)]
    draft = opened.json(*words, *named)
    assert (draft["state"], draft["n_rows"], draft["file_name"]) == ("draft", 2, "rows.csv.gz")


@pytest.mark.parametrize("path", ["../rows.csv", "*.csv", "no-such-file.csv"])
def test_a_path_that_is_no_plain_file_is_refused(opened: Any, path: str) -> None:
    problem = opened.json("contribute", "line", path, "--license", "CC0-1.0", status=1)
    assert problem["title"] == "InvalidInputError"
    assert problem["next_step"]


def test_the_verbs_lead_from_training_to_a_leaderboard(opened: Any) -> None:
    run = opened.json("train", "line", "--size", "quick")
    assert run["model"]
    assert "· run " in opened("verify", run["id"][:16], status=1).stdout
    found = opened.json("compare", "line")
    assert [row["model"] for row in found["rows"]] == ["base", run["model"]]
    assert set(found) == {
        "run", "verdict", "caveats", "rows", "metrics", "scores", "slices", "disagreements",
        "generations", "leaderboard", "n_items", "confidence",
    }  # fmt: skip
    assert {name for line in found["scores"] for name in line} == {
        "model", "metric", "score", "low", "high", "difference", "difference_low",
        "difference_high", "p", "test", "verdict",
    }  # fmt: skip
    assert {line["test"] for line in found["scores"] if line["metric"] == "accuracy"} == {
        None, "McNemar, exact",
    }  # fmt: skip
    shown = opened("compare", "line").stdout
    assert found["verdict"] in shown
    assert "log-loss by class" in shown
    study = opened.json("value", "line", "--method", "exact")
    assert study["state"] == "sealed"
    again = opened.json("reproduce", study["id"], "--all")
    assert (again["outcome"], again["n_compared"]) == ("identical", study["n_evaluations"])
    assert ": identical" in opened("reproduce", run["id"][:12]).stdout
    problem = opened.json("pay", "line", "--as", "sponsor", status=1)
    assert "pays the whole pool" in problem["detail"]
    epoch = opened.json("pay", "line", "--as", "sponsor", "--sign")
    assert sum(int(row["amount"]) for row in epoch["payouts"]) == int(epoch["paid"])
    assert opened.json("leaderboard", "line") == epoch
    assert "✓ Σ payouts" in opened("leaderboard", "line").stdout
    assert "line/leaderboard.html" in "\n".join(opened.json("publish")["files"])
    verbs = [job["verb"] for job in opened.json("job", "list")]
    assert {"train", "compare", "value"} <= set(verbs)


def test_sql_answers_in_rows(opened: Any) -> None:
    statement = "select owner, n_rows from contribution where n_rows > ? order by owner"
    rows = opened.json("sql", statement, "-p", "10")
    assert rows == [{"owner": "ana", "n_rows": 16}, {"owner": "ben", "n_rows": 16}]
    assert "ana" in opened("sql", statement, "-p", "10").stdout
    assert opened.json("sql", "drop table x", status=1)["title"] == "QueryRefusedError"


def test_doctor_is_well_and_logs_are_readable(opened: Any) -> None:
    assert {"python", "server", "database"} <= {check["name"] for check in opened.json("doctor")}
    assert "GET /" in opened("server", "logs", "-n", "5").stdout
    assert len(opened.json("server", "logs", "-n", "3")) == 3


def test_a_server_is_steered(opened: Any) -> None:
    assert opened.json("server", "start")["running"]
    assert opened.json("server", "stop") == {
        "running": False, "home": str(opened.home), "stopped": True,
    }  # fmt: skip
    assert opened.json("server", "status")["running"] is False


def test_doctor_works_when_the_server_cannot_start(
    tmp_path: Path, terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "workbench.duckdb").write_bytes(b"no database")
    monkeypatch.setenv("WORKBENCH_HOME", str(home))
    broken = type(terminal)(home)
    shown = broken("doctor", status=1)
    assert "✗ server" in shown.stdout
    assert "✓ python" in shown.stdout


def test_interrupting_detaches_and_the_job_goes_on(opened: Any) -> None:
    """A real terminal, a real interrupt: the process ends, the server's job does not."""
    controller, worker = pty.openpty()
    command = ["value", "line", "--seed", "5", "--method", "permutation", "--home"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from workbench.cli.main import main; main()", *command,
         str(opened.home)],
        stdin=worker, stdout=worker, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"WORKBENCH_PROGRESS": "lines"},
    )  # fmt: skip
    assert process.stderr is not None
    # Its first line comes a second after it began to watch.
    assert process.stderr.readline()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    os.close(controller)
    os.close(worker)
    job = opened.json("job", "list")[-1]
    assert process.returncode == 130
    assert "the server goes on" in said
    assert opened.json("job", "watch", job["id"][:12])["state"] == "done"
