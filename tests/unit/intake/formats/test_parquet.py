"""Parquet: columns by type, and files that lie about themselves."""

import io
import struct
import tracemalloc
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.formats.parquet import open_parquet
from workbench.intake.formats.table import Table
from workbench.intake.limits import Limits


def packed(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def table(content: bytes, **limits: int) -> Table:
    return open_parquet(io.BytesIO(content), Limits(**limits))


def reason(content: bytes, *wanted: str, **limits: int) -> str:
    with pytest.raises(InvalidInputError) as caught:
        list(table(content, **limits).rows(wanted))
    assert caught.value.found.isprintable()
    return str(caught.value.facts["reason"])


def test_rows_are_numbered_over_row_groups_and_batches() -> None:
    content = packed({"text": [f"t{i}" for i in range(20_000)]}, row_group_size=7_000)
    rows = list(table(content).rows(["text"]))
    assert rows[0] == (1, {"text": "t0"})
    assert rows[-1] == (20_000, {"text": "t19999"})


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_kind_of_text_is_text(kind: Any) -> None:
    opened = table(packed({"t": pa.array(["a", None, "a", "b"]).cast(kind)}))
    assert opened.columns == {"t": True}
    assert [values["t"] for _, values in opened.rows(["t"])] == ["a", None, "a", "b"]


def test_numbers_come_as_numbers() -> None:
    opened = table(packed({"i": [1, None], "f": [0.5, 2.0], "b": [True, False]}))
    assert opened.columns == {"i": False, "f": False, "b": False}
    assert next(iter(opened.rows(["i", "f", "b"]))) == (1, {"i": 1, "f": 0.5, "b": True})


@pytest.mark.parametrize(
    "values",
    [[["a"]], [{"x": 1}], [b"a"], pa.array([1], pa.timestamp("us")), pa.array([1], pa.date32())],
)
def test_other_types_are_refused_only_where_they_are_wanted(values: Any) -> None:
    content = packed({"odd": values, "text": ["hola"]})
    assert list(table(content).rows(["text"])) == [(1, {"text": "hola"})]
    assert reason(content, "odd") == "column-type"


def test_messages_come_as_lists_of_objects() -> None:
    turns = [{"role": "user", "content": f"hola {n}"} for n in range(3)]
    opened = table(packed({"messages": [turns] * 200, "n": range(200)}))
    assert opened.columns == {"messages": False, "n": False}
    assert list(opened.rows(["messages"])) == [(n, {"messages": turns}) for n in range(1, 201)]


@pytest.mark.parametrize("member", [1, ["a"], {"b": "c"}, b"a"])
def test_messages_with_anything_but_texts_are_refused(member: object) -> None:
    assert reason(packed({"odd": [[{"role": "user", "more": member}]]}), "odd") == "column-type"


def test_repeated_messages_are_unpacked_a_few_at_a_time() -> None:
    long = [{"role": "user", "content": "x" * 20_000}]
    content = packed({"messages": [long] * 2_000})
    assert len(content) < 100_000
    rows = iter(table(content).rows(["messages"]))
    tracemalloc.start()
    try:
        for _ in range(100):
            next(rows)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_column_with_a_dot_is_no_path() -> None:
    content = packed({"a.b": ["x"], "a": [{"b": "y"}]})
    assert list(table(content).rows(["a.b"])) == [(1, {"a.b": "x"})]


def test_a_damaged_file_is_refused() -> None:
    content = packed({"text": [f"hola {i}" for i in range(1_000)]})
    for broken in (
        b"PAR1",
        b"PAR1PAR1",
        content[:-1],
        content[:-9] + b"\xff" + content[-8:],
        content[:50] + content[60:],
        content[:-8] + struct.pack("<I", 2**31) + b"PAR1",
        content[:-8] + struct.pack("<I", 0) + b"PAR1",
        b"PAR1" + b"\0" * 100 + struct.pack("<I", 50) + b"PAR1",
    ):
        assert reason(broken, "text") == "broken-parquet"


def test_bytes_that_are_no_utf8_are_refused() -> None:
    raw = pa.array([b"ok", b"\xff\xfe"], pa.binary())
    text = pa.StringArray.from_buffers(2, raw.buffers()[1], raw.buffers()[2])
    assert reason(packed({"text": text}), "text") == "broken-parquet"


def test_an_encrypted_file_is_refused() -> None:
    content = packed({"text": ["hola"]})
    assert reason(content[:-4] + b"PARE", "text") == "encrypted-parquet"


def test_what_the_footer_declares_is_bounded() -> None:
    content = packed({"text": ["hola"] * 100_000, "n": list(range(100_000))})
    assert len(content) < 700_000
    assert reason(content, "text", max_rows=99_999) == "too-many-rows"
    assert reason(content, "text", max_columns=1) == "too-many-columns"
    assert reason(content, "text", max_file_bytes=1_000) == "parquet-too-large"
    assert reason(packed({"text": pa.array([], pa.string())}), "text") == "no-rows"


def test_two_columns_of_one_name_are_refused() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["t", "t"]), sink)
    assert reason(sink.getvalue()) == "duplicate-column"


def test_one_text_a_hundred_thousand_times_is_held_once() -> None:
    places = pa.array([0] * 100_000, pa.int32())
    text = pa.DictionaryArray.from_arrays(places, ["x" * 100_000])
    content = packed({"text": text}, store_schema=False)
    assert len(content) < 300_000
    before = pa.total_allocated_bytes()
    texts = {id(values["text"]) for _, values in table(content).rows(["text"])}
    # 10 GB if it were unpacked; one string for each batch instead.
    assert len(texts) <= 20
    assert pa.total_allocated_bytes() - before < 10**8
