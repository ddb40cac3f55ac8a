"""What people hand in is checked before a byte is sent."""

import json
import os
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pytest

from workbench.client.sources import check_path, hidden_test, read_source
from workbench.core.errors import InvalidInputError, TooLargeError

LIMIT = 10_000


def _lines(source: Any) -> list[Any]:
    content = read_source(source, LIMIT).content
    assert isinstance(content, bytes)
    return [json.loads(line) for line in content.splitlines()]


def test_a_frame_becomes_one_object_a_row() -> None:
    frame = pd.DataFrame(
        {
            "text": ["ā", None],
            "n": np.array([1, 2], dtype=np.int64),
            "x": [0.1, float("nan")],
            "when": pd.to_datetime(["2026-01-02", None]),
            "v": [np.array([1.5, 2.5]), [np.float64(3.5)]],
        }
    )
    first, second = _lines(frame)
    assert first == {"text": "ā", "n": 1, "x": 0.1, "when": "2026-01-02T00:00:00", "v": [1.5, 2.5]}
    assert second == {"text": None, "n": 2, "x": None, "when": None, "v": [3.5]}


def test_nullable_columns_have_nulls() -> None:
    assert _lines(pd.DataFrame({"n": pd.array([1, None], dtype="Int64")})) == [
        {"n": 1},
        {"n": None},
    ]


def test_floats_keep_every_digit() -> None:
    x = 0.1 + 0.2
    assert _lines(pd.DataFrame({"x": [x]})) == [{"x": x}]


def test_a_dataset_is_taken_like_a_frame() -> None:
    dataset = datasets.Dataset.from_dict({"text": ["a", "b"]})
    assert _lines(dataset) == [{"text": "a"}, {"text": "b"}]


def test_texts_become_rows_with_a_text() -> None:
    assert _lines(["a", {"text": "b"}]) == [{"text": "a"}, {"text": "b"}]


def test_the_same_rows_give_the_same_bytes() -> None:
    assert read_source([{"a": 1, "b": 2}], LIMIT) == read_source([{"b": 2, "a": 1}], LIMIT)


@pytest.mark.parametrize("source", [3, None, {"text": "a"}, b"bytes", object()])
def test_what_holds_no_rows_is_refused(source: object) -> None:
    with pytest.raises(InvalidInputError, match="holds no rows") as caught:
        read_source(source, LIMIT)
    assert "DataFrame" in caught.value.wanted


@pytest.mark.parametrize("source", [[], pd.DataFrame({"a": []})])
def test_nothing_is_refused(source: object) -> None:
    with pytest.raises(InvalidInputError, match="is empty"):
        read_source(source, LIMIT)


@pytest.mark.parametrize("row", [3, None, ["a"]])
def test_a_row_of_another_kind_is_named(row: object) -> None:
    with pytest.raises(InvalidInputError, match="row 1 is a") as caught:
        read_source([{"a": 1}, row], LIMIT)
    assert caught.value.facts["row"] == 1


def test_a_value_json_does_not_know_is_named() -> None:
    with pytest.raises(InvalidInputError, match="row 0, column 'a', cannot be written as JSON"):
        read_source([{"a": object()}], LIMIT)


def test_columns_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="two columns"):
        read_source(pd.DataFrame([[1, 2]], columns=["a", "a"]), LIMIT)


def test_a_file_is_not_read_but_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text\na\n")
    source = read_source(str(path), LIMIT)
    assert (source.file_name, source.size, source.content) == ("rows.csv", 7, path)


@pytest.mark.parametrize("name", ["../rows.csv", "*.csv", "row?.csv", "row[s].csv", "a\0b"])
def test_patterns_and_ways_upwards_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "rows.csv").write_text("a")
    with pytest.raises(InvalidInputError, match="pattern or leads upwards"):
        check_path(f"{tmp_path}/{name}")


def test_a_link_is_refused_even_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a")
    (tmp_path / "link.csv").symlink_to(tmp_path / "rows.csv")
    with pytest.raises(InvalidInputError, match="a symbolic link"):
        check_path(tmp_path / "link.csv")


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="is a folder"):
        check_path(tmp_path)
    with pytest.raises(InvalidInputError, match="no regular file"):
        check_path(tmp_path / "pipe")


def test_a_misspelt_file_name_finds_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "nahuatl.csv").write_text("a")
    with pytest.raises(InvalidInputError, match="there is no file") as caught:
        check_path(tmp_path / "nahautl.csv")
    assert caught.value.facts["nearest"] == ["nahuatl.csv"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()
    with pytest.raises(InvalidInputError, match=r"rows\.csv is empty"):
        read_source(tmp_path / "rows.csv", LIMIT)


def test_a_file_past_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(3 * 2**30)
    with pytest.raises(TooLargeError, match="3,221,225,472 bytes") as caught:
        read_source(path, 512 * 2**20)
    assert caught.value.facts == {"size": 3 * 2**30, "limit": 512 * 2**20}


def test_hidden_rows_are_canonical_json_lines() -> None:
    source = hidden_test([{"text": "é", "source": ""}], LIMIT)
    assert source.content == '{"source":"","text":"é"}\n'.encode()


def test_a_hidden_test_without_rows_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no rows"):
        hidden_test([], LIMIT)


@pytest.mark.parametrize("name", ["hidden.csv", "hidden.jsonl.gz", "hidden.parquet", "hidden"])
def test_a_hidden_test_of_another_format_is_refused_before_it_is_sent(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"text\na\n")
    with pytest.raises(InvalidInputError, match=f"the file '{name}'") as caught:
        hidden_test(tmp_path / name, LIMIT)
    assert ".jsonl" in caught.value.wanted
    (tmp_path / "hidden.NDJSON").write_bytes(b"{}")
    assert hidden_test(tmp_path / "hidden.NDJSON", LIMIT).size == 2
