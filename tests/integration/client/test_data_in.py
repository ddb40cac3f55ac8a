"""Files and datasets of every kind through a real server and its intake worker."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest

from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.core.errors import (
    DuplicateError,
    InvalidInputError,
    TooLargeError,
    UnsupportedFormatError,
    WorkbenchError,
)
from workbench.core.settings import Settings
from workbench.training.tiny_gpt2 import tiny_gpt2

LICENSE = "CC-BY-4.0"
HIDDEN = [{"text": f"prueba {n}", "source": ""} for n in range(20)]


@pytest.fixture(scope="module")
def texts(lab: Settings, bench: Bench) -> Task:
    """A task that takes texts."""
    bench.tasks()  # starts the server, which makes the folders
    base = tiny_gpt2(lab.models_dir, n_layers=1, width=16)
    return bench.open_task(
        "texts",
        title="Texts",
        kind="causal-lm",
        test=HIDDEN,
        licenses=[LICENSE],
        base=Model("tiny", base),
        sign=True,
    )


def as_file(ending: str, rows: list[dict[str, str]]) -> bytes:
    frame = pd.DataFrame(rows)
    if ending == ".csv":
        return frame.to_csv(index=False).encode()
    if ending == ".tsv":
        return frame.to_csv(index=False, sep="\t").encode()
    if ending == ".json":
        return json.dumps(rows).encode()
    if ending == ".txt":
        return "\n".join(row["text"] for row in rows).encode()
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def rows_of(name: str, n_rows: int = 3) -> list[dict[str, str]]:
    return [{"text": f"{name} dice {n}", "source": name} for n in range(n_rows)]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".txt"])
def test_a_gzipped_file_holds_the_rows_of_the_plain_one(
    texts: Task, tmp_path: Path, ending: str
) -> None:
    content = as_file(ending, rows_of(ending))
    plain, packed = tmp_path / f"rows{ending}", tmp_path / f"rows{ending}.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content[:20]) + gzip.compress(content[20:]))
    one, other = (texts.contribute(path, license=LICENSE) for path in (plain, packed))
    assert (one.state, one.n_rows) == (other.state, other.n_rows) == ("draft", 3)
    assert one.view.rows_sha256 == other.view.rows_sha256
    for path, draft in ((plain, one), (packed, other)):
        assert draft.view.file_name == path.name
        assert draft.view.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_unpacked_rows_meet_the_same_gates(bench: Bench, texts: Task, tmp_path: Path) -> None:
    rows = rows_of("carla")
    given = bench.as_("carla").task(texts.id).contribute(rows, license=LICENSE, sign=True)
    assert given.state == "accepted"
    path = tmp_path / "rows.jsonl.gz"
    more = [*rows, {"text": "carla dice otra cosa", "source": ""}, HIDDEN[0]]
    path.write_bytes(gzip.compress(as_file(".jsonl", more)))
    draft = bench.as_("dora").task(texts.id).contribute(path, license=LICENSE)
    codes = set(draft.findings["code"])
    assert {"duplicate-in-task", "in-hidden-test"} <= codes
    assert draft.n_rows == 1


def bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b"text\n" + b"a" * (2**20 - 5)
    return b"".join(packer.compress(block) for _ in range(256)) + packer.flush()


PACKED = gzip.compress(b"text\nhola\n")


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("rows.csv.gz", bomb(), TooLargeError, "more than 200-fold"),
        ("rows.csv.gz", gzip.compress(b"") * 70_000, TooLargeError, "more than 65536 gzip files"),
        ("rows.csv.gz", PACKED[:-3], UnsupportedFormatError, "ends too early"),
        ("rows.csv.gz", PACKED[:-8] + b"\0" * 8, UnsupportedFormatError, "data check"),
        ("rows.csv.gz", PACKED + b"tail", UnsupportedFormatError, "something follows its end"),
        ("rows.csv.gz", gzip.compress(PACKED), UnsupportedFormatError, "compressed twice"),
        ("rows.csv.gz", b"text\nhola\n", UnsupportedFormatError, "drop the ending .gz"),
        ("rows.csv", PACKED, UnsupportedFormatError, "the ending .gz"),
        ("rows.gz", PACKED, UnsupportedFormatError, "does not say the file's format"),
    ],
    ids=["bomb", "members", "cut", "corrupt", "tail", "twice", "no gzip", "no .gz", "no format"],
)
def test_a_bad_gzip_file_is_refused_and_the_server_goes_on(
    texts: Task, tmp_path: Path, name: str, content: bytes, error: type[WorkbenchError], said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    before = len(texts.contributions())
    with pytest.raises(error) as caught:
        texts.contribute(path, license=LICENSE)
    assert said in str(caught.value)
    assert caught.value.wanted
    assert caught.value.next_step
    assert len(texts.contributions()) == before


def test_a_datasets_provenance_is_its_rows_not_its_fingerprint(bench: Bench, texts: Task) -> None:
    made = datasets.Dataset.from_list(rows_of("eva"))
    mapped = made.map(lambda row: row, load_from_cache_file=False)
    assert made._fingerprint != mapped._fingerprint
    person = bench.as_("eva").task(texts.id)
    first = person.contribute(made, license=LICENSE, sign=True)
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows_of("eva"))
    assert first.view.file_sha256 == hashlib.sha256(lines.encode()).hexdigest()
    for same in (mapped, made.to_iterable_dataset(), datasets.DatasetDict({"train": made})):
        with pytest.raises(DuplicateError, match="by eva before"):
            person.contribute(same, license=LICENSE)


def test_a_dataset_that_cannot_be_rows_sends_nothing(
    lab: Settings, bench: Bench, texts: Task
) -> None:
    def endless() -> Iterator[dict[str, Any]]:
        while True:
            yield {"text": "x" * 2**16}

    made = datasets.Dataset.from_dict({"text": ["a"], "tags": [["x", "y"]]})
    before = len(texts.contributions())
    with pytest.raises(InvalidInputError, match="column 'tags' of the dataset is nested"):
        texts.contribute(made, license=LICENSE)
    small = Bench(
        bench.api.connection,
        lab.keys_dir,
        "sponsor",
        settings=replace(lab, max_upload_bytes=2**20),
        make_display=Silent,
    )
    with pytest.raises(TooLargeError, match="as JSON Lines") as caught:
        small.task(texts.id).contribute(
            datasets.IterableDataset.from_generator(endless), license=LICENSE
        )
    assert caught.value.facts["limit"] == 2**20
    assert len(texts.contributions()) == before
    assert texts.contribute(made.remove_columns("tags"), license=LICENSE).n_rows == 1


def test_classes_of_a_dataset_arrive_by_name(task: Task) -> None:
    features = datasets.Features(
        {
            "features": datasets.List(datasets.Value("float32")),
            "label": datasets.ClassLabel(names=["high", "low"]),
        }
    )
    made = datasets.Dataset.from_dict(
        {"features": [[0.5, 0.25], [7.5, 8.0], [1.5, 2.0]], "label": [1, 0, -1]}, features=features
    )
    draft = task.contribute(made, license=LICENSE)
    assert (draft.n_rows, set(draft.findings["code"])) == (2, {"missing-value"})


COLUMNS = {"frase": ["uno", "dos"], "nota": ["x", "y"]}


def test_a_column_is_guessed_and_said_or_named(texts: Task) -> None:
    guessed = texts.contribute(
        datasets.Dataset.from_dict({"frase": COLUMNS["frase"]}), license=LICENSE
    )
    assert list(guessed.findings["code"]) == ["columns-guessed"]
    named = texts.contribute(
        datasets.Dataset.from_dict(COLUMNS), license=LICENSE, columns={"text": "frase"}
    )
    assert named.findings.empty
    assert named.view.rows_sha256 == guessed.view.rows_sha256
    other = texts.contribute(pd.DataFrame(COLUMNS), license=LICENSE, columns={"text": "nota"})
    assert other.view.rows_sha256 != named.view.rows_sha256


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({}, "the columns 'frase', 'nota', but not 'text'"),
        ({"text": "frases"}, "did you mean 'frase'?"),
        ({"txt": "frase"}, "did you mean 'text'?"),
        ({"text": "frase", "source": "frase"}, "is given two roles"),
    ],
)
def test_an_unknown_column_or_role_is_named_with_those_there_are(
    texts: Task, tmp_path: Path, columns: dict[str, str], said: str
) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(pd.DataFrame(COLUMNS).to_csv(index=False).encode()))
    for source in (datasets.Dataset.from_dict(COLUMNS), path):
        with pytest.raises(InvalidInputError) as caught:
            texts.contribute(source, license=LICENSE, columns=columns)
        assert said in str(caught.value)
