"""Amounts: exact in, exact out."""

import ast
from pathlib import Path

import pytest

from workbench.core import credits as room
from workbench.core.credits import MAX_AMOUNT, format_credits, parse_credits
from workbench.core.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1", 1_000_000),
        ("12.5", 12_500_000),
        ("0.000001", 1),
        ("-0.000001", -1),
        ("166.666667", 166_666_667),
        ("0007", 7_000_000),
        ("9223372036854.775807", MAX_AMOUNT),
    ],
)
def test_a_decimal_text_is_read_exactly(text: str, amount: int) -> None:
    assert parse_credits(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "1\n", "+1", "--1", "1.", ".5", "1.0000001", "1e6", "1_000", "1,5"),
        *("0x1", "nan", "١", "9223372036854.775808", "99999999999999"),
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_credits(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (1, "0.000001"),
        (-1, "-0.000001"),
        (1_000_000, "1.00"),
        (166_666_667, "166.666667"),
        (166_670_000, "166.67"),
        (-12_500_000, "-12.50"),
    ],
)
def test_an_amount_is_written_with_at_least_two_places(amount: int, text: str) -> None:
    assert format_credits(amount) == text


def test_no_float_and_no_decimal_ever_touches_an_amount() -> None:
    tree = ast.parse(Path(room.__file__).read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"float", "Decimal", "round"}
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Div)]
    assert not [
        n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)
    ]
