"""The table of reasons: complete, consistent, safe to print."""

import string

import pytest

from workbench.core.errors import WorkbenchError
from workbench.intake.codes import REASONS, finding, refusal, shown, shown_list
from workbench.intake.gates import GATES


class Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_says_what_was_found_and_what_to_do(code: str) -> None:
    reason = REASONS[code]
    assert reason.code == code
    assert set(code) <= set(string.ascii_lowercase + string.digits + "-")
    assert reason.gate in GATES
    assert reason.message.format_map(Anything())
    assert reason.remedy.format_map(Anything())
    assert (reason.error is None) == (not reason.wanted)
    assert reason.error is None or reason.outcome == "refused"


# Codes are a promise: people filter by them. New ones are added here, none is renamed.
def test_codes_are_stable() -> None:
    assert sorted(REASONS) == sorted(
        [
            "private-key",
            "password-in-address",
            "access-token",
            "no-such-file",
            "not-a-file",
            "unsafe-name",
            "unknown-ending",
            "content-mismatch",
            "empty-file",
            "file-too-large",
            "broken-gzip",
            "gzip-bomb",
            "gzip-members",
            "gzip-too-large",
            "bad-utf8",
            "nul-byte",
            "line-too-long",
            "too-many-rows",
            "too-many-columns",
            "too-much-text",
            "no-rows",
            "ragged-row",
            "broken-csv",
            "duplicate-column",
            "broken-json",
            "not-an-object",
            "duplicate-key",
            "not-finite-json",
            "huge-number",
            "too-deep",
            "json-too-large",
            "broken-parquet",
            "encrypted-parquet",
            "parquet-too-large",
            "column-type",
            "unknown-kind",
            "unknown-role",
            "missing-columns",
            "same-column",
            "two-shapes",
            "surplus-features",
            "columns-guessed",
            "empty-row",
            "missing-value",
            "not-text",
            "bad-conversation",
            "not-unicode",
            "control-characters",
            "invisible-characters",
            "not-a-number",
            "not-finite",
            "wrong-feature-count",
            "unknown-label",
            "license-normalised",
            "license-unreadable",
            "license-not-allowed",
            "row-too-long",
            "duplicate-in-file",
            "duplicate-in-task",
            "earlier-commitment",
            "review-accepted",
            "review-refused",
            "near-duplicate-in-file",
            "near-duplicate-in-task",
            "near-hidden-test",
            "e-mail-address",
            "bank-account",
            "payment-card",
            "ip-address",
            "phone-number",
            "in-hidden-test",
            "hidden-test-leak",
            "no-rows-left",
        ]
    )


def test_a_refusal_carries_its_code_and_facts() -> None:
    error = refusal("ragged-row", row=3, line=4, n_fields=2, n_columns=5)
    assert error.facts["reason"] == "ragged-row"
    assert error.facts["row"] == 3
    assert str(error) == str(WorkbenchError.from_problem(error.to_problem()))


def test_a_finding_lists_the_first_hundred_rows_and_counts_all() -> None:
    found = finding("duplicate-in-file", range(1, 201), n_rows=200)
    assert found.rows == list(range(1, 101))
    assert found.n_rows == 200
    assert found.message.startswith("200 rows ")
    assert finding("duplicate-in-file", [7], n_rows=1).message.startswith("1 row ")


def test_rows_of_the_hidden_test_are_counted_but_not_named() -> None:
    found = finding("in-hidden-test", [1, 2], n_rows=2)
    assert (found.rows, found.n_rows) == ([], 2)


def test_contributed_text_is_shown_escaped_and_short() -> None:
    assert shown("\x1b[2J\u202eevil\ud800") == "'\\x1b[2J\\u202eevil\\ud800'"
    assert len(shown("x" * 1000)) < 70
    assert shown_list(list(range(30))).endswith("and 10 more")


def test_braces_in_contributed_text_are_text() -> None:
    error = refusal("duplicate-column", column=shown("{name.__class__}"))
    assert "{name.__class__}" in error.found
