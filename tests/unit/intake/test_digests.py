"""Digests: which rows are the same row."""

import hashlib

import pytest

from workbench.intake.digests import text_digest, text_key


def test_a_key_ignores_case_width_and_white_space() -> None:
    assert text_key("  Ñañá\t \nTLEN\u00a0in ") == "ñañá tlen in"
    assert text_key("ＭＩＴ ①ﬁ") == "mit 1fi"
    assert text_key("Straße") == text_key("STRASSE")


@pytest.mark.parametrize("text", ["ᾼ\u0345", "ϓ", "İ", "ﬃ", "Ǆ", "\u1e9e", "a\u0345b"])
def test_the_key_of_a_key_is_the_key(text: str) -> None:
    assert text_key(text_key(text)) == text_key(text)


def test_a_text_digest_is_the_sha256_of_its_key() -> None:
    assert text_digest(" Hola  ") == hashlib.sha256(b"hola").hexdigest()
