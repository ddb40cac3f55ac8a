"""Digests: which rows are the same row."""

import hashlib

import pytest

from workbench.intake.digests import row_digest, tabular_digest, text_digest, text_key


def test_a_key_ignores_case_width_and_white_space() -> None:
    assert text_key("  Ñañá\t \nTLEN\u00a0in ") == "ñañá tlen in"
    assert text_key("ＭＩＴ ①ﬁ") == "mit 1fi"
    assert text_key("Straße") == text_key("STRASSE")


@pytest.mark.parametrize("text", ["ᾼ\u0345", "ϓ", "İ", "ﬃ", "Ǆ", "\u1e9e", "a\u0345b"])
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    assert text_key(text_key(text)) == text_key(text)


def test_a_text_digest_is_the_sha256_of_its_key() -> None:
    assert text_digest(" Hola  ") == hashlib.sha256(b"hola").hexdigest()


def test_a_texts_source_does_not_count() -> None:
    one = row_digest("causal-lm", {"text": "hola", "source": "a"})
    assert one == row_digest("causal-lm", {"text": "HOLA", "source": "b"})


def test_a_tabular_digest_is_over_canonical_json() -> None:
    expected = hashlib.sha256(b'{"features":[1,0.5],"label":"x"}').hexdigest()
    assert tabular_digest([1.0, 0.5], "x") == expected
    row = {"features": [1.0, 0.5], "label": "x"}
    assert row_digest("tabular-classification", row) == expected


def test_other_numbers_or_labels_have_other_digests() -> None:
    digests = {
        tabular_digest([1.0, 2.0], "x"),
        tabular_digest([2.0, 1.0], "x"),
        tabular_digest([1.0, 2.0], "X"),
        tabular_digest([1.0, 2.0000000000000004], "x"),
    }
    assert len(digests) == 4
