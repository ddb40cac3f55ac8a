"""Translations: which columns they are read from, and what is none."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.cleaning import Fault
from workbench.intake.columns import choose_columns
from workbench.intake.digests import text_digest
from workbench.intake.rows import Row, row_maker
from workbench.intake.schema import Columns, Schema

SCHEMA = Schema("translation")
MAKE = row_maker(SCHEMA, Columns({"text": "es", "translation": "nah", "source": "doc"}))


@pytest.mark.parametrize(
    ("found", "named", "by_role"),
    [
        ("text translation", {}, {"text": "text", "translation": "translation"}),
        ("doc text target", {}, {"source": "doc", "text": "text", "translation": "target"}),
        ("source target", {}, {"text": "source", "translation": "target"}),
        ("source target doc", {}, {"text": "source", "translation": "target", "source": "doc"}),
        ("source_text target_text", {}, {"text": "source_text", "translation": "target_text"}),
        ("es translation", {}, {"text": "es", "translation": "translation"}),
        ("text nah", {}, {"text": "text", "translation": "nah"}),
        ("es nah", {"text": "es"}, {"text": "es", "translation": "nah"}),
        ("es nah", {"translation": "nah"}, {"text": "es", "translation": "nah"}),
        ("a text translation source", {}, {n: n for n in ("text", "translation", "source")}),
    ],
)  # fmt: skip
def test_columns_are_guessed_or_named(
    found: str, named: dict[str, str], by_role: dict[str, str]
) -> None:
    assert choose_columns(SCHEMA, dict.fromkeys(found.split(), True), named).by_role == by_role


@pytest.mark.parametrize(("found", "missing"), [("es nah", "text"), ("text", "translation")])
def test_a_language_that_cannot_be_told_is_asked_for(found: str, missing: str) -> None:
    with pytest.raises(InvalidInputError, match=f"but not '{missing}'") as caught:
        choose_columns(SCHEMA, dict.fromkeys(found.split(), True), {})
    assert caught.value.next_step


def test_a_row_is_both_languages_and_its_document() -> None:
    row = MAKE(1, {"es": " agua ", "nah": "Ātl\r\n", "doc": "libro"})
    assert isinstance(row, Row)
    assert row.line == '{"source":"libro","text":"agua","translation":"Ātl"}'.encode()
    assert (row.digest, row.n_chars) == (text_digest("agua\nātl"), 12)


def test_another_translation_of_a_text_is_another_row() -> None:
    rows = [MAKE(1, {"es": "agua", "nah": nah}) for nah in ("atl", "ATL ", "a")]
    digests = [row.digest for row in rows if isinstance(row, Row)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"es": "agua"}, Fault("missing-value", "the translation")),
        ({"es": "agua", "nah": " "}, Fault("missing-value", "the translation")),
        ({"es": "agua", "nah": 5}, Fault("not-text", "'5'")),
        ({"es": "", "nah": "atl"}, Fault("empty-row")),
    ],
)
def test_a_language_that_is_missing_is_said(row: dict[str, object], fault: Fault) -> None:
    assert MAKE(1, row) == fault
