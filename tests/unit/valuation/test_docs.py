"""The table of estimators in the documents knows every estimator."""

import re
from pathlib import Path

import pytest

from workbench.valuation import ESTIMATORS

PAGE = (Path(__file__).parents[3] / "docs" / "valuation.md").read_text(encoding="utf-8")
TABLES = [
    [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()]
    for lines in re.findall(r"^\| method \|.*\n(?:^\|.*\n)+", PAGE, re.MULTILINE)
]
OF_GAMES, OF_ROWS = TABLES


@pytest.mark.parametrize("rows", TABLES)
def test_every_row_fills_every_column(rows: list[list[str]]) -> None:
    assert rows[0] == [
        "method", "formula", "source", "unbiased", "least budget", "intervals", "semivalues",
        "use when",
    ]  # fmt: skip
    assert all(len(row) == len(rows[0]) and all(row) for row in rows)


def test_every_estimator_is_in_the_table_and_nothing_else_is() -> None:
    assert [row[0].strip("`") for row in OF_GAMES[2:]] == list(ESTIMATORS)


def test_the_table_gives_the_reason_that_the_estimator_gives() -> None:
    for row in OF_GAMES[2:]:
        # The first words: the page may say more than one line of help.
        begins = ESTIMATORS[row[0].strip("`")].use_when.split(":")[0].split(";")[0].split(",")[0]
        assert row[-1].startswith(begins), row[0]


def test_what_values_rows_and_runs_is_there_and_says_that_a_preview_never_pays() -> None:
    assert [row[0].strip("`") for row in OF_ROWS[2:]] == [
        "knn_shapley", "data_oob", "in-run attribution"
    ]  # fmt: skip
    assert "it never pays" in OF_ROWS[-1][-1]
