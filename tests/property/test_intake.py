"""Laws of intake: formats do not matter, digests ignore what they say they ignore."""

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.errors import WorkbenchError
from workbench.intake.digests import text_digest, text_key
from workbench.intake.gates import duplicates_gate, hidden_gate, size_gate, task_gate
from workbench.intake.limits import Limits
from workbench.intake.readers import read_rows
from workbench.intake.rows import Row

# tmp_path is one folder for all examples: each writes its own files there.
SHARED_FOLDER = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CLEAN = st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"])
TEXTS = st.text(CLEAN | st.sampled_from(' \n\t,;"=+-@'), min_size=1, max_size=60).filter(
    lambda text: text.strip() != "" and text == text.strip()
)
SOURCES = st.sampled_from(["", "doc", "libro ñ", 'a "b"'])
TEXT_ROWS = st.lists(
    st.fixed_dictionaries({"text": TEXTS, "source": SOURCES}), min_size=1, max_size=8
)
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9).map(float)
TABLE_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "features": st.lists(FLOATS, min_size=3, max_size=3),
            "label": st.sampled_from(["benign", "maligno", "1"]),
        }
    ),
    min_size=1,
    max_size=8,
)


def as_csv(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    sink = io.StringIO(newline="")
    # Quoted throughout: the least a writer can do wrong.
    writer = csv.DictWriter(sink, list(rows[0]), delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


def as_tsv(rows: list[dict[str, Any]]) -> bytes:
    return as_csv(rows, "\t")


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows).encode()


def as_jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


WRITERS = {
    "a.csv": as_csv,
    "a.tsv": as_tsv,
    "a.json": as_json,
    "a.jsonl": as_jsonl,
    "a.parquet": as_parquet,
}


def flat(row: dict[str, Any]) -> dict[str, Any]:
    return {f"f{i}": x for i, x in enumerate(row["features"])} | {"label": row["label"]}


@pytest.mark.parametrize("name", WRITERS)
@SHARED_FOLDER
@given(rows=TEXT_ROWS)
def test_texts_are_the_same_rows_in_every_format(
    name: str, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(WRITERS[name](rows))
    read = read_rows(path, name, "causal-lm")
    assert read == rows


@pytest.mark.parametrize("name", WRITERS)
@SHARED_FOLDER
@given(rows=TABLE_ROWS)
def test_numbers_are_the_same_rows_in_every_format(
    name: str, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(WRITERS[name]([flat(row) for row in rows]))
    read = read_rows(path, name, "tabular-classification", features=3)
    assert read == rows
    # Equal numbers have equal digests, so no zero keeps a sign.
    assert b"-0.0" not in as_jsonl(read)


@SHARED_FOLDER
@given(rows=TABLE_ROWS)
def test_canonical_rows_can_be_contributed_again(
    rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(as_jsonl(rows))
    assert read_rows(path, path.name, "tabular-classification", features=3) == rows


@given(st.text())
def test_digests_ignore_case_width_and_white_space(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    digest = text_digest(text)
    assert text_digest(text.casefold()) == digest
    assert text_digest(f"\n {text}\u00a0\t") == digest
    assert text_digest(text.replace(" ", " \u2003\n")) == digest
    assert text_digest("".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)) == digest
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert text_digest(unicodedata.normalize(form, text)) == digest
    assert text_key(text_key(text)) == text_key(text)


@given(st.text(CLEAN, min_size=1), st.text(CLEAN, min_size=1))
def test_texts_with_other_keys_have_other_digests(one: str, other: str) -> None:
    assert (text_key(one) == text_key(other)) == (text_digest(one) == text_digest(other))


KEYS = st.lists(st.sampled_from("abcdefgh"), max_size=20)


def rows_of(keys: list[str]) -> list[Row]:
    return [Row(i, key.encode(), text_digest(key), len(key)) for i, key in enumerate(keys, 1)]


@given(KEYS, st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_every_row_is_kept_or_dropped_by_one_gate(
    keys: list[str], known: set[str], hidden: set[str]
) -> None:
    rows = rows_of(keys)
    findings = []
    rows, found = size_gate(rows, Limits())
    findings += found
    rows, found = duplicates_gate(rows)
    findings += found
    rows, found = task_gate(rows, [(text_digest(key), "other") for key in sorted(known)])
    findings += found
    rows, found = hidden_gate(rows, [text_digest(key) for key in hidden])
    findings += found
    n_dropped = sum(found.n_rows for found in findings if found.outcome == "dropped")
    assert len(rows) + n_dropped == len(keys)
    assert [row.line.decode() for row in rows] == [
        key
        for i, key in enumerate(keys)
        if key not in keys[:i] and key not in known and key not in hidden
    ]


@given(KEYS)
def test_the_first_of_equal_rows_always_stays(keys: list[str]) -> None:
    kept, _ = duplicates_gate(rows_of(keys))
    assert [row.number for row in kept] == [keys.index(key) + 1 for key in dict.fromkeys(keys)]


@settings(SHARED_FOLDER, max_examples=200)
@given(
    noise=st.binary(max_size=200),
    name=st.sampled_from([*WRITERS, "a.txt", "a.csv.gz"]),
    place=st.floats(0, 1, exclude_max=True),
)
def test_no_bytes_crash_a_reader(noise: bytes, name: str, place: float, tmp_path: Path) -> None:
    good = WRITERS.get(name, as_csv)([{"text": f"hola {i}", "source": ""} for i in range(5)])
    at = int(place * len(good))
    path = tmp_path / "noise"
    for content in (noise, good[:at] + noise + good[at:], good[:at] + noise + good[at + 5 :]):
        path.write_bytes(content)
        error = refusal_of(path, name)
        if error is not None:
            assert error.wanted
            assert error.next_step
            assert str(error).isprintable()


def refusal_of(path: Path, name: str) -> WorkbenchError | None:
    try:
        read_rows(path, name, "causal-lm")
    except WorkbenchError as error:
        return error
    return None
