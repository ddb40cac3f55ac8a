"""Canonical rows: what is kept as it stands, what is mended, what is no row."""

import hashlib
import json
import math

import pytest

from workbench.intake.cleaning import Fault
from workbench.intake.rows import Row, row_maker
from workbench.intake.schema import Columns, Schema

TEXT = row_maker(Schema("causal-lm"), Columns({"text": "text", "source": "source"}))
TABLE_SCHEMA = Schema("tabular-classification", ("f0", "f1"), ("a", "1"))
TABLE = row_maker(TABLE_SCHEMA, Columns({"label": "label", "f0": "f0", "f1": "f1"}))
LIST = row_maker(TABLE_SCHEMA, Columns({"label": "label", "features": "features"}))
LABELLED = row_maker(
    Schema("text-classification", (), ("good", "bad")),
    Columns({"text": "text", "label": "label", "source": "source"}),
)


def text_of(value: object, source: object = "") -> dict[str, str] | str:
    row = TEXT(1, {"text": value, "source": source})
    return row.code if isinstance(row, Fault) else json.loads(row.line)


def table_of(f0: object, f1: object = 0.0, label: object = "a") -> dict[str, object] | str:
    row = TABLE(1, {"f0": f0, "f1": f1, "label": label})
    return row.code if isinstance(row, Fault) else json.loads(row.line)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hola", "hola"),
        ("  hola \r\n", "hola"),
        ("a\r\nb\rc\x0bd\x0ce", "a\nb\nc\nd\ne"),
        ("=1+cmd|' /C calc'!A0", "=1+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("Ñañá e\u0301 ﬁ 🦊", "Ñañá e\u0301 ﬁ 🦊"),
        ("col\tcol", "col\tcol"),
        ("<script>{{7*7}}</script>", "<script>{{7*7}}</script>"),
    ],
)
def test_text_is_data_and_stays_as_it_is(text: str, kept: str) -> None:
    assert text_of(text) == {"source": "", "text": kept}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "empty-row"),
        ("", "empty-row"),
        (" \t\n\u00a0", "empty-row"),
        ("\u200b\u2060\ufeff", "empty-row"),
        (5, "not-text"),
        (True, "not-text"),
        (["a"], "not-text"),
        ({"a": 1}, "not-text"),
        ("a\ud800b", "not-unicode"),
        ("a\x00b", "control-characters"),
        ("a\x1b[2Jb", "control-characters"),
        ("a\x9bb", "control-characters"),
        ("a\x7fb", "control-characters"),
    ],
)
def test_what_is_no_text_is_a_fault(text: object, code: str) -> None:
    assert text_of(text) == code


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0041"])
def test_invisible_characters_are_kept_and_noticed(mark: str) -> None:
    row = TEXT(4, {"text": f"a{mark}b", "source": ""})
    assert isinstance(row, Row)
    assert row.has_invisible
    assert json.loads(row.line)["text"] == f"a{mark}b"


def test_a_source_is_one_short_line() -> None:
    assert text_of("a", "x\n y " * 400) == {"source": ("x y " * 400)[:500], "text": "a"}
    assert text_of("a", 12) == {"source": "12", "text": "a"}
    assert text_of("a", None) == {"source": "", "text": "a"}
    assert text_of("a", 1.5) == "not-text"
    assert text_of("a", "\x1b") == "control-characters"


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1), (" -2.50 ", -2.5), ("+.5", 0.5), ("1e3", 1000), (7, 7), (0.1, 0.1), ("-0", 0)],
)
def test_numbers_are_read_from_texts_and_numbers(value: object, number: float) -> None:
    assert table_of(value) == {"features": [number, 0], "label": "a"}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "missing-value"),
        (None, "missing-value"),
        ("NaN", "not-finite"),
        ("-inf", "not-finite"),
        ("1e999", "not-finite"),
        (math.nan, "not-finite"),
        (math.inf, "not-finite"),
        (10**400, "not-finite"),
        ("1,5", "not-a-number"),
        ("1_000", "not-a-number"),
        ("0x10", "not-a-number"),
        ("١٢", "not-a-number"),
        ("=1+1", "not-a-number"),
        ("9" * 65, "not-a-number"),
        (True, "not-a-number"),
        ([1], "not-a-number"),
    ],
)
def test_what_is_no_finite_number_is_a_fault(value: object, code: str) -> None:
    assert table_of(value) == code


@pytest.mark.parametrize(
    ("label", "read"), [("a", "a"), (" a ", "a"), (1, "1"), (1.0, "1"), ("1", "1")]
)
def test_labels_are_texts(label: object, read: str) -> None:
    assert table_of(1, 2, label) == {"features": [1, 2], "label": read}


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("z", "unknown-label"),
        ("A", "unknown-label"),
        (True, "unknown-label"),
        (["a"], "unknown-label"),
        (None, "missing-value"),
        ("", "missing-value"),
        (math.nan, "missing-value"),
        (math.inf, "unknown-label"),
        ("a\x00", "control-characters"),
    ],
)
def test_labels_the_task_does_not_know_are_faults(label: object, code: str) -> None:
    assert table_of(1, 2, label) == code


def test_features_may_come_as_one_list() -> None:
    row = LIST(1, {"features": [1, 2.5], "label": "a"})
    assert isinstance(row, Row)
    assert row.line == b'{"features":[1,2.5],"label":"a"}'


@pytest.mark.parametrize("features", [[1], [1, 2, 3], [], "1,2", 5, {"f0": 1}])
def test_another_number_of_features_is_a_fault(features: object) -> None:
    fault = LIST(1, {"features": features, "label": "a"})
    assert isinstance(fault, Fault)
    assert fault.code == "wrong-feature-count"


def digest_of(row: Row | Fault) -> str:
    assert isinstance(row, Row)
    return row.digest


def test_a_texts_source_does_not_count() -> None:
    one, other = ({"text": "hola", "source": "a"}, {"text": "HOLA", "source": "b"})
    assert digest_of(TEXT(1, one)) == digest_of(TEXT(2, other))


def test_the_digest_of_numbers_is_over_canonical_json() -> None:
    row = LIST(1, {"features": [1.0, 0.5], "label": "a"})
    assert digest_of(row) == hashlib.sha256(b'{"features":[1,0.5],"label":"a"}').hexdigest()
    others = [
        ([1.0, 2.0], "a"),
        ([2.0, 1.0], "a"),
        ([1.0, 2.0], "1"),
        ([1, 2.0000000000000004], "a"),
    ]
    digests = {digest_of(LIST(1, {"features": f, "label": label})) for f, label in others}
    assert len(digests) == 4


def test_a_labelled_text_keeps_its_label_and_is_the_same_under_another() -> None:
    one = LABELLED(1, {"text": " Hola ", "label": "good", "source": "a"})
    other = LABELLED(2, {"text": "hola", "label": "bad", "source": "b"})
    assert isinstance(one, Row)
    assert one.line == b'{"label":"good","source":"a","text":"Hola"}'
    assert one.digest == digest_of(other)
    assert one.n_chars == 5


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"text": "", "label": "good"}, "empty-row"),
        ({"text": "hola", "label": "fine"}, "unknown-label"),
        ({"text": "hola", "label": None}, "missing-value"),
        ({"text": 5, "label": "good"}, "not-text"),
    ],
)
def test_what_is_no_labelled_text_is_a_fault(row: dict[str, object], code: str) -> None:
    fault = LABELLED(1, row)
    assert isinstance(fault, Fault)
    assert fault.code == code
