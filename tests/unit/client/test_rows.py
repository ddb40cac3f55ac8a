"""Rows in memory become lines; what cannot is named by row and column."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from workbench.client.rows import rows_to_jsonl, to_rows
from workbench.core.errors import InvalidInputError, TooLargeError


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (b"\xff", "binary"),
        (bytearray(b"a"), "binary"),
        (memoryview(b"a"), "binary"),
        ({"x": 1}, "nested"),
        ({"a", "b"}, "nested"),
        (["a", "b"], "nested"),
        ([[1.0], [2.0]], "nested"),
        ([{"role": "user"}], "nested"),
        ({"role": "user", "content": "a"}, "nested"),
    ],
)
def test_a_nested_or_binary_column_of_a_frame_is_named(cell: object, kind: str) -> None:
    frame = pd.DataFrame({"text": ["a", "b"], "extra": [None, cell]})
    with pytest.raises(InvalidInputError, match=f"the column 'extra' is {kind}: row 1") as caught:
        list(to_rows(frame))
    assert "drop(columns='extra')" in caught.value.next_step


def test_a_column_of_messages_is_taken() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert list(to_rows(pd.DataFrame({"messages": [messages]}))) == [{"messages": messages}]


def test_an_arrow_table_is_taken_like_a_frame() -> None:
    assert list(to_rows(pa.table({"text": ["a"], "v": [[1.0, None]]}))) == [
        {"text": "a", "v": [1.0, None]}
    ]


def test_dicts_keep_what_json_can_hold() -> None:
    row = {"text": "a", "about": {"pages": [1, 2], "tags": ["x"]}}
    assert list(to_rows([row])) == [row]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"\xff", "type bytes"),
        (float("inf"), "Out of range"),
        ("\ud800", "surrogates"),
        (object(), "type object"),
    ],
)
def test_what_json_cannot_hold_is_named_by_row_and_column(value: Any, why: str) -> None:
    with pytest.raises(InvalidInputError, match="row 1, column 'x', cannot be written") as caught:
        rows_to_jsonl(to_rows([{"x": 1, "y": 2}, {"y": 1, "x": value}]), 1_000)
    assert why in caught.value.found
    assert (caught.value.facts["row"], caught.value.facts["column"]) == (1, "x")


def test_reading_ends_at_the_limit() -> None:
    line = len(b'{"text": "a"}\n')
    assert len(rows_to_jsonl(to_rows(["a", "a"]), 2 * line)) == 2 * line
    with pytest.raises(TooLargeError, match="the first 2 rows have 28 bytes") as caught:
        rows_to_jsonl(to_rows(["a"] * 5), 2 * line - 1)
    assert caught.value.facts == {"size": 2 * line, "limit": 2 * line - 1}
