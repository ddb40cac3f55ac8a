"""Laws of the secrets gate: nothing that detect-secrets' patterns find is passed over."""

from typing import Any

import pytest
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.intake.secret_tokens import (
    ANCHOR,
    KEY_HEADER,
    TOKEN_KINDS,
    find_secrets,
    mask_secrets,
)

PATTERNS = [(kind, pattern) for kind in TOKEN_KINDS for pattern in kind.patterns]
AROUND = st.text("ab :/=\n⟩-", max_size=4)


@pytest.mark.parametrize(
    "pattern", [p for _, p in PATTERNS] + [KEY_HEADER], ids=lambda pattern: pattern.pattern[:30]
)
def test_whatever_a_pattern_finds_holds_an_anchor(pattern: Any) -> None:
    @settings(max_examples=60)
    @given(st.from_regex(pattern), AROUND, AROUND)
    def law(found: str, before: str, after: str) -> None:
        assert ANCHOR.search(before + found + after)

    law()


@pytest.mark.parametrize("plugin", [OpenAIDetector, NpmDetector])
def test_what_a_pattern_of_detect_secrets_finds_is_found_by_its_bounded_twin(plugin: Any) -> None:
    [pattern] = plugin.denylist

    @settings(max_examples=60)
    @given(st.from_regex(pattern, fullmatch=True))
    def law(secret: str) -> None:
        if "npm_" not in secret and len(secret) < 200:
            assert find_secrets(secret)

    law()


PARTS = st.sampled_from(["eyJhIjoxfQ", "eyJhbGciOiJub25lIn0", "eyJ", "e30", ".", " ", "x", "-"])


@given(st.lists(PARTS, max_size=8).map("".join))
def test_what_is_a_token_to_detect_secrets_is_one_here(text: str) -> None:
    if list(JwtTokenDetector().analyze_string(f" {text}")) and not text.count("xeyJ"):
        assert find_secrets(f" {text}")


@settings(max_examples=200)
@given(st.lists(st.one_of([st.from_regex(p) for _, p in PATTERNS] + [AROUND]), max_size=4))
def test_masking_leaves_no_secret(parts: list[str]) -> None:
    masked = mask_secrets("".join(parts))
    assert find_secrets(masked) == []
