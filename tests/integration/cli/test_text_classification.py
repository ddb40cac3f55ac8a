"""A classifier of texts, from a terminal: opened, fed, trained, valued, compared, reproduced."""

import csv
import itertools
import json
from pathlib import Path
from typing import Any

WORDS = {
    "nahuatl": ["atl", "tepetl", "siwatl", "tlakatl", "nochi", "kalli"],
    "spanish": ["agua", "cerro", "mujer", "hombre", "todo", "casa"],
}
RULES = {
    "id": "tongues",
    "title": "Which tongue?",
    "kind": "text-classification",
    "licenses": ["CC0-1.0"],
    "classes": sorted(WORDS),
}


def write(path: Path, n_words: int, first: int, step: int, columns: tuple[str, str]) -> Path:
    """Write every ``step``-th phrase of some words, from the first on, as CSV."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        for tongue, words in WORDS.items():
            phrases = list(itertools.permutations(words, n_words))[first::step]
            rows.writerows([" ".join(phrase), tongue] for phrase in phrases)
    return path


def test_the_whole_way(terminal: Any, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    hidden = tmp_path / "hidden.jsonl"
    with write(tmp_path / "hidden.csv", 2, 0, 3, ("text", "label")).open(newline="") as file:
        hidden.write_text("".join(json.dumps(row) + "\n" for row in csv.DictReader(file)))
    opening = ["task", "open", str(rules), "--test", str(hidden), "--as", "sponsor", "--sign"]
    assert terminal.json(*opening)["kind"] == "text-classification"
    for first, owner in enumerate(("ana", "ben")):
        given = write(tmp_path / f"{owner}.csv", 3, first, 12, ("sentence", "tongue"))
        words = ["contribute", "tongues", str(given), "--license", "CC0-1.0", "--as", owner]
        found = terminal.json(*words, "--column", "label=tongue", "--sign")
        assert (found["state"], found["n_rows"]) == ("accepted", 20)
        assert "text is read from the column" in found["findings"][0]["message"]
    refused = terminal.json("train", "tongues", "--set", "features=magic", status=1)
    assert "features is 'magic'" in refused["detail"]
    assert "ngrams" in refused["wanted"]
    run = terminal.json("train", "tongues")
    assert run["metrics"]["accuracy"] == 1
    study = terminal.json("value", "tongues", "--method", "exact")
    assert {row["owner"] for row in study["values"]} == {"ana", "ben"}
    assert all(row["value"] > 0 for row in study["values"])
    [base, model] = terminal.json("compare", "tongues", "base", run["model"])["rows"]
    assert model["loss"] == run["metrics"]["loss"] < base["loss"]
    assert terminal.json("reproduce", run["id"])["outcome"] == "identical"
