"""Croissant metadata, read by MLCommons' own library: valid, and it loads the rows."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from workbench.registry.croissant import AcceptedRows, croissant

# rdflib 7 calls a class of its own that it has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SHAPES: dict[str, list[dict[str, Any]]] = {
    "text": [{"source": "cuaderno", "text": "nican"}, {"source": "", "text": "axcan"}],
    "translation": [{"source": "", "text": "atl", "translation": "agua"}],
    "labelled text": [{"label": "song", "source": "", "text": "cuicatl"}],
    "table": [{"features": [1.5, -2.0], "label": "high"}],
    "chat": [{"messages": [{"content": "a", "role": "user"}], "source": ""}],
}
WHEN = datetime(2026, 11, 26, 12, tzinfo=UTC)


def accepted(rows: list[dict[str, Any]], k: int = 0, license: str = "CC-BY-4.0") -> AcceptedRows:
    content = lines_of(rows)
    return AcceptedRows(
        id=f"{k:x}" * 64, owner=f"owner-{k}", license=license,
        sha256=hashlib.sha256(content).hexdigest(), n_bytes=len(content), n_rows=len(rows),
        columns=frozenset(name for row in rows for name in row), accepted_at=WHEN,
    )  # fmt: skip


def lines_of(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows).encode()


def read(document: dict[str, Any]) -> mlcroissant.Dataset:
    """Return the data set, which the library refuses unless it is valid; it must not grumble."""
    found = mlcroissant.Dataset(jsonld=document)
    assert found.metadata.ctx.issues.errors == set()
    assert found.metadata.ctx.issues.warnings == set()
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_metadata_of_every_shape_are_valid(shape: str) -> None:
    rows = accepted(SHAPES[shape])
    document = croissant("t", "A task", "causal-lm", [rows])
    assert read(document).metadata.name == "A task: 000000000000"
    [file] = document["distribution"]
    assert file["sha256"] == rows.sha256
    assert file["contentSize"] == f"{rows.n_bytes} B"
    digest = file["contentUrl"].removeprefix("ni:///sha-256;") + "="
    assert base64.urlsafe_b64decode(digest).hex() == rows.sha256
    assert {field["name"] for field in document["recordSet"][0]["field"]} == set(rows.columns)


def test_metadata_of_all_data_of_a_task_are_valid() -> None:
    licences = ["CC-BY-4.0", "CC0-1.0 AND MIT", "MIT OR Apache-2.0", "LicenseRef-own"]
    rows = [accepted(SHAPES["text"], k, text) for k, text in enumerate(licences)]
    document = croissant("t", "A task\n<b>", "causal-lm", rows)
    read(document)
    assert document["license"] == [
        "LicenseRef-own", "MIT OR Apache-2.0", "https://spdx.org/licenses/CC-BY-4.0.html",
        "https://spdx.org/licenses/CC0-1.0.html", "https://spdx.org/licenses/MIT.html",
    ]  # fmt: skip
    assert [one["name"] for one in document["creator"]] == [f"owner-{k}" for k in range(4)]
    assert document["version"] == "4.0.0"
    assert croissant("t", "A task\n<b>", "causal-lm", rows) == document


def test_whoever_has_the_file_loads_its_rows(tmp_path: Path) -> None:
    document = croissant("t", "A task", "causal-lm", [accepted(SHAPES["text"])])
    (tmp_path / "rows.jsonl").write_bytes(lines_of(SHAPES["text"]))
    # What a reader does who fetched the blob by its content.
    document["distribution"][0]["contentUrl"] = "rows.jsonl"
    (tmp_path / "croissant.json").write_text(json.dumps(document))
    found = mlcroissant.Dataset(jsonld=tmp_path / "croissant.json")
    name = document["recordSet"][0]["name"]
    records = list(found.records(record_set=name))
    assert [record[f"{name}/text"] for record in records] == [b"nican", b"axcan"]
