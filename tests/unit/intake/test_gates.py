"""Gates: who stays, who goes, and what is said about it."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.wire import Finding
from workbench.intake.digests import text_digest
from workbench.intake.formats.table import Format, Table
from workbench.intake.gates import (
    GATES,
    duplicates_gate,
    hidden_gate,
    license_gate,
    outcome_of,
    schema_gate,
    size_gate,
    task_gate,
    verdict,
)
from workbench.intake.limits import Limits
from workbench.intake.rows import Row
from workbench.intake.schema import Schema

LIMITS = Limits()


def rows_of(*texts: str) -> list[Row]:
    return [Row(i, t.encode(), text_digest(t), len(t)) for i, t in enumerate(texts, start=2)]


def numbers(rows: list[Row]) -> list[int]:
    return [row.number for row in rows]


def test_the_order_of_the_gates_is_fixed() -> None:
    assert GATES == (
        "format",
        "schema",
        "license",
        "size",
        "secrets",
        "personal-data",
        "duplicates-in-file",
        "duplicates-in-task",
        "hidden-test",
        "near-duplicates",
        "verdict",
    )


def test_bad_rows_are_dropped_with_their_numbers_and_the_rest_stays() -> None:
    raw = [{"text": "a"}, {"text": ""}, {"text": 5}, {"text": "b"}, {"text": None}]
    table = Table(Format.JSON, {"text": True}, lambda _: iter(enumerate(raw, start=1)))
    read = schema_gate(table, Schema("causal-lm"), {}, LIMITS)
    assert numbers(read.rows) == [1, 4]
    assert read.n_submitted == 5
    assert [(f.code, f.rows) for f in read.findings] == [("empty-row", [2, 5]), ("not-text", [3])]


def test_a_good_licence_is_silent_and_another_spelling_noted() -> None:
    assert license_gate("CC-BY-4.0", ["CC-BY-4.0"]) == ("CC-BY-4.0", [])
    normalised, (note,) = license_gate("cc-by-4.0", ["CC-BY-4.0"])
    assert normalised == "CC-BY-4.0"
    assert (note.code, note.outcome) == ("license-normalised", "note")


def test_a_bad_licence_refuses() -> None:
    for text, code in [
        ("all rights reserved", "license-unreadable"),
        ("CC-BY-NC-4.0", "license-not-allowed"),
    ]:
        normalised, (found,) = license_gate(text, ["CC-BY-4.0"])
        assert (normalised, found.code, found.outcome) == ("", code, "refused")


def test_a_task_with_a_broken_list_is_not_blamed_on_the_contributor() -> None:
    with pytest.raises(InvalidInputError, match="compound"):
        license_gate("MIT", ["MIT OR Apache-2.0"])


def test_rows_beyond_the_size_are_dropped() -> None:
    kept, (found,) = size_gate(rows_of("abc", "abcd"), Limits(max_row_chars=3))
    assert numbers(kept) == [2]
    assert (found.code, found.rows) == ("row-too-long", [3])


def test_the_first_of_equal_rows_stays() -> None:
    kept, (found,) = duplicates_gate(rows_of("Hola", "b", " hola", "b", "HOLA"))
    assert numbers(kept) == [2, 3]
    assert found.rows == [4, 5, 6]


def test_rows_of_others_are_dropped_and_their_owner_is_named() -> None:
    known = [(text_digest("a"), "Puebla"), (text_digest("c"), "Morelos"), (text_digest("z"), "X")]
    kept, findings = task_gate(rows_of("A", "b", "c", "d"), known)
    assert numbers(kept) == [3, 5]
    assert [(f.rows, f.message.split(" by ")[1]) for f in findings] == [
        ([4], "Morelos"),
        ([2], "Puebla"),
    ]


def test_owners_after_the_twentieth_share_a_finding() -> None:
    texts = [str(i) for i in range(25)]
    known = [(text_digest(t), f"owner {t}") for t in texts]
    kept, findings = task_gate(rows_of(*texts), known)
    assert kept == []
    assert len(findings) == 21
    assert findings[-1].message.endswith("5 other owners")
    assert sum(f.n_rows for f in findings) == 25


def test_rows_of_the_hidden_test_are_dropped() -> None:
    kept, (found,) = hidden_gate(rows_of("a", "b", "c"), [text_digest("B")])
    assert numbers(kept) == [2, 4]
    assert (found.code, found.n_rows) == ("in-hidden-test", 1)


def test_one_percent_of_hidden_rows_passes_and_more_quarantines() -> None:
    assert verdict(198, 2, 200, LIMITS) == []
    (found,) = verdict(197, 3, 200, LIMITS)
    assert (found.code, found.outcome, found.n_rows) == ("hidden-test-leak", "quarantined", 3)
    assert found.message.startswith("3 of 200 new rows")
    assert verdict(1, 0, 1, LIMITS) == []


def test_an_upload_of_which_nothing_is_left_is_refused() -> None:
    assert [f.code for f in verdict(0, 0, 5, LIMITS)] == ["no-rows-left"]
    assert [f.code for f in verdict(0, 5, 5, LIMITS)] == ["hidden-test-leak", "no-rows-left"]


def test_which_rows_are_hidden_is_not_told() -> None:
    _, findings = hidden_gate(rows_of("a", "b"), [text_digest("b")])
    findings += verdict(1, 1, 2, LIMITS)
    assert [f.rows for f in findings] == [[], []]
    assert [f.n_rows for f in findings] == [1, 1]


def test_no_rows_and_no_hidden_test_say_nothing() -> None:
    assert hidden_gate([], []) == ([], [])
    assert task_gate([], []) == ([], [])
    assert duplicates_gate([]) == ([], [])


def test_the_worst_finding_decides() -> None:
    def found(outcome: str) -> Finding:
        return Finding.model_validate(
            {"gate": "g", "code": "c", "outcome": outcome, "rows": [], "n_rows": 0,
             "message": "", "remedy": ""}
        )  # fmt: skip

    assert outcome_of([]) == "accepted"
    assert outcome_of([found("note"), found("dropped")]) == "accepted"
    assert outcome_of([found("quarantined"), found("dropped")]) == "quarantined"
    assert outcome_of([found("quarantined"), found("held")]) == "held"
    assert outcome_of([found("held"), found("quarantined"), found("refused")]) == "refused"
