"""Commit, contribute, review and withdraw, as a person types them."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.conftest import Terminal

RULES = {
    "id": "line",
    "title": "A line",
    "kind": "tabular-classification",
    "licenses": ["CC-BY-4.0"],
    "classes": ["low", "high"],
    "n_features": 2,
}


@pytest.fixture(scope="module")
def opened(
    terminal: Terminal, write_rows: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Terminal:
    """A terminal on a home with a task."""
    hidden = write_rows("hidden.jsonl", 0.0, 40)
    rules = tmp_path_factory.mktemp("rules") / "rules.json"
    rules.write_text(json.dumps(RULES))
    words = ["task", "open", str(rules), "--test", str(hidden), "--as", "sponsor", "--sign"]
    assert terminal.json(*words)["id"] == "line"
    return terminal


def contribute(terminal: Terminal, path: Path, name: str, *more: str, status: int = 0) -> Any:
    words = ("contribute", "line", str(path), "--license", "CC-BY-4.0", "--as", name, "--json")
    return json.loads(terminal(*words, *more, status=status).stdout)


def test_a_file_is_committed_to_and_contributed_later(
    opened: Terminal, write_rows: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_rows("ana.jsonl", 0.013, 12)
    said = opened("commit", "line", str(path), "--as", "ana", "--sign").output
    assert "Nobody has seen the file" in said
    again = opened.json("commit", "line", str(path), "--as", "ana", "--sign")
    listed = opened.json("contribution", "commitments", "line")
    assert listed == [again]
    [note] = [line.split()[-1] for line in said.splitlines() if line.startswith("What opens it")]
    assert stat.S_IMODE(Path(note).stat().st_mode) == 0o600
    assert json.loads(Path(note).read_text())["owner"] == "ana"

    copied = tmp_path / "ben.jsonl"
    copied.write_bytes(path.read_bytes())
    later = contribute(opened, copied, "ben", "--sign")
    assert (later["state"], later["n_rows"]) == ("accepted", 12)
    first = contribute(opened, path, "ana", "--sign", "--purpose", "training")
    assert (first["state"], first["n_rows"], first["commitment"]) == ("accepted", 12, again["id"])
    later = opened.json("contribution", "show", later["id"], status=0)
    assert later["n_rows"] == 0
    assert "12 rows belong to ana" in opened("contribution", "show", later["id"]).output

    receipt = opened("contribution", "receipt", first["id"]).output
    assert "the signature verifies" in receipt
    assert "They may be used for: training." in receipt
    assert opened.json("contribution", "receipt", first["id"])["contribution"] == first["id"]

    would = opened("withdraw", first["id"]).output
    assert "would happen" in would
    assert "12 count again as theirs" in would
    refused = opened.json("withdraw", first["id"], "--as", "ben", "--sign", status=1)
    assert "only 'ana' withdraws" in refused["detail"]
    assert "is withdrawn" in opened("withdraw", first["id"], "--as", "ana", "--sign").output
    assert opened.json("contribution", "show", later["id"])["n_rows"] == 12
    problem = opened.json("withdraw", first["id"], status=1)
    assert problem["title"] == "InvalidMoveError"


def test_what_is_quarantined_waits_for_a_reviewer(
    opened: Terminal, write_rows: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "leaked.jsonl"
    leaked = write_rows("hidden.jsonl", 0.0, 40).read_text().splitlines()[:3]
    rows = write_rows("new.jsonl", 0.027, 9).read_text().splitlines()
    path.write_text("\n".join(leaked + rows) + "\n")
    assert "nothing waits" in opened("review").output
    given = contribute(opened, path, "eva", "--sign", status=1)
    assert given["state"] == "quarantined"

    assert [one["id"] for one in opened.json("review")] == [given["id"]]
    assert "hidden test" in opened("review").output
    for words, match in (
        ((given["id"],), "has no decision"),
        ((given["id"], "accept"), "has no reason"),
        ((given["id"], "accept", "--reason", "public"), "sign=True"),
        ((given["id"], "perhaps", "--reason", "public", "--sign"), "body of a review"),
        ((given["id"], "accept", "--reason", "mine", "--sign", "--as", "eva"), "eva itself"),
    ):
        problem = opened.json("review", *words, status=1)
        assert match in problem["detail"] + problem["wanted"]
    found = opened.json("review", given["id"], "accept", "--reason", "public", "--sign")
    assert (found["state"], found["n_rows"]) == ("accepted", 9)
    assert opened.json("review") == []
