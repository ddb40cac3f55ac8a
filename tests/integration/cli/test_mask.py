"""Masking from a terminal."""

import json
from pathlib import Path
from typing import Any


def test_a_draft_is_masked_and_submitted(terminal: Any, tmp_path: Path) -> None:
    rules, hidden, rows = (tmp_path / name for name in ("rules.json", "hidden.jsonl", "rows.csv"))
    rules.write_text(
        json.dumps(
            {"id": "letters", "title": "Letters", "kind": "text-classification",
             "licenses": ["CC0-1.0"], "classes": ["a", "b"]}
        )
    )  # fmt: skip
    hidden.write_text('{"text": "atl", "label": "a"}\n{"text": "tepetl", "label": "b"}\n')
    terminal("task", "open", str(rules), "--test", str(hidden), "--sign")
    rows.write_text("text,label\nxinechnotza itzel@correo.mx,a\nmoztla,b\n")
    given = ["contribute", "letters", str(rows), "--license", "CC0-1.0"]
    draft = terminal.json(*given)
    assert [found["outcome"] for found in draft["findings"]] == ["held"]
    refused = terminal.json(*given, "--sign", status=1)
    assert "e-mail addresses: i…x" in refused["detail"]
    assert "itzel" not in json.dumps([draft, refused])
    masked = terminal.json("contribution", "mask", draft["id"], "--sign")
    assert (masked["state"], masked["n_rows"]) == ("accepted", 2)
    screen = terminal("contribution", "show", draft["id"]).output
    assert "contribution mask" in " ".join(screen.split())
