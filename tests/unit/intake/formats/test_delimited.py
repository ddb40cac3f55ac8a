"""CSV and TSV: rows as a spreadsheet numbers them, and what is refused."""

import io

import pytest

from workbench.core.errors import InvalidInputError, TooLargeError
from workbench.intake.formats.delimited import open_delimited
from workbench.intake.formats.table import Format, Table
from workbench.intake.limits import Limits


def table(content: str, form: Format = Format.CSV, **limits: int) -> Table:
    return open_delimited(io.BytesIO(content.encode()), form, Limits(**limits))


def rows(content: str, form: Format = Format.CSV) -> list[tuple[int, dict[str, object]]]:
    return [(number, dict(values)) for number, values in table(content, form).rows(())]


def reason(content: str, **limits: int) -> tuple[str, object]:
    with pytest.raises(InvalidInputError) as caught:
        list(table(content, **limits).rows(()))
    return caught.value.facts["reason"], caught.value.facts.get("row")


def test_the_header_is_row_1() -> None:
    assert rows("a,b\n1,2\n3,4\n") == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]


def test_a_quoted_line_break_stays_in_its_row_and_blank_lines_count() -> None:
    assert rows('a\n"x\ny"\n\nz\n') == [(2, {"a": "x\ny"}), (4, {"a": "z"})]


def test_quotes_and_delimiters_inside_quotes_are_text() -> None:
    assert rows('a,b\n"x,""y""",=1+1\n') == [(2, {"a": 'x,"y"', "b": "=1+1"})]
    assert rows("a\tb\n1,5\tx\n", Format.TSV) == [(2, {"a": "1,5", "b": "x"})]


def test_columns_of_numbers_are_told_from_texts() -> None:
    assert table("n,t,e\n1,x,\n-2.5e3,3,\n").columns == {"n": False, "t": True, "e": False}


def test_unnamed_columns_are_left_out() -> None:
    assert list(table(",a,\n0,x,\n").columns) == ["a"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n", ("no-rows", None)),
        ("a,b", ("no-rows", None)),
        ("a,b\n\n\n", ("no-rows", None)),
        ("a,a\n1,2\n", ("duplicate-column", None)),
        ("a, a\n1,2\n", ("duplicate-column", None)),
        ("a,b\n1\n", ("ragged-row", 2)),
        ("a,b\n1,2\n1,2,3\n", ("ragged-row", 3)),
        ("a,b\n1,2\n1,", ("missing", None)),
        ('a\n"x\n', ("broken-csv", 2)),
        ('a\n"x"y\n', ("broken-csv", 2)),
        ('a\n"' + "x" * 140_000 + '"\n', ("broken-csv", 2)),
        ("a\n" + "x" * 1_100_000 + "\n", ("line-too-long", 2)),
        ("a\n" + '"' + "\n" * 1_100_000 + '"\n', ("broken-csv", 2)),
        (",".join(f"c{i}" for i in range(2_001)) + "\n", ("too-many-columns", None)),
    ],
)
def test_a_broken_table_is_refused_with_its_row(content: str, expected: tuple[str, object]) -> None:
    if expected[0] == "missing":
        assert rows(content)[-1] == (3, {"a": "1", "b": ""})
    else:
        assert reason(content) == expected


def test_a_ragged_row_far_below_the_sample_is_found() -> None:
    assert reason("a,b\n" + "1,2\n" * 3_000 + "1\n") == ("ragged-row", 3_002)


def test_a_record_over_many_lines_is_bounded() -> None:
    record = ",".join(['"x\n"'] * 50)
    content = ",".join(f"c{i}" for i in range(50)) + "\n" + record + "\n"
    with pytest.raises(TooLargeError):
        list(table(content, max_line_chars=200).rows(()))
