"""Statements: exact, and readable by others' bookkeeping."""

import csv
import re
from datetime import UTC, datetime

import pytest

from workbench.client.statement import Statement, beancount_account
from workbench.core.credits import parse_credits
from workbench.core.wire import StatementLine, StatementView

# Beancount's grammar of accounts, currencies and amounts.
ACCOUNT = r"(?:Assets|Liabilities|Equity|Income|Expenses)(?::[A-Z0-9][A-Za-z0-9-]*)+"
LEG = re.compile(rf"  ({ACCOUNT})  (-?\d+\.\d+) CREDIT")


def make(opening: int, *moves: tuple[str, int]) -> Statement:
    lines, balance = [], opening
    for seq, (counterparty, amount) in enumerate(moves):
        balance += amount
        lines.append(
            StatementLine(
                seq=seq, kind="transfer", reason="r" * 64, counterparty=counterparty,
                amount=str(amount), balance=str(balance),
                created_at=datetime(2026, 12, 1 + seq, tzinfo=UTC),
            )
        )  # fmt: skip
    view = StatementView(
        owner='a"na', account="user:ana_b", opening=str(opening), closing=str(balance), lines=lines
    )
    return Statement(view)


STATEMENT = make(5, ("pool:nahuatl", 10_000_001), ("user:bén", -1), ("hold:x", -2), ("hold:x", 1))


def test_the_lines_lead_to_the_balance() -> None:
    assert STATEMENT.adds_up
    assert STATEMENT.closing == 10_000_004
    assert "✓ 0.000005 + 4 lines = 10.000004 credits" in repr(STATEMENT)


def test_a_line_that_does_not_add_up_is_told() -> None:
    line = STATEMENT.view.lines[1].model_copy(update={"amount": "-2"})
    lines = [STATEMENT.view.lines[0], line, *STATEMENT.view.lines[2:]]
    wrong = Statement(STATEMENT.view.model_copy(update={"lines": lines}))
    assert not wrong.adds_up
    assert "report this" in repr(wrong)


def test_the_csv_has_every_micro_credit() -> None:
    rows = list(csv.DictReader(STATEMENT.csv().splitlines()))
    moved = [parse_credits(row["in"] or "0") - parse_credits(row["out"] or "0") for row in rows]
    assert moved == [int(line.amount) for line in STATEMENT.view.lines]
    assert rows[-1]["balance"] == "10.000004"


def test_beancount_can_add_it_up() -> None:
    text = STATEMENT.beancount()
    opened = re.findall(rf"^\d{{4}}-\d\d-\d\d open ({ACCOUNT}) CREDIT$", text, re.M)
    blocks = re.split(r"\n\n", text)[1:-1]
    own = 0
    for block in blocks:
        legs = [LEG.fullmatch(line) for line in block.splitlines() if line.count("  ") > 1]
        amounts = {leg[1]: parse_credits(leg[2]) for leg in legs if leg}
        assert len(amounts) == 2
        assert sum(amounts.values()) == 0
        assert set(amounts) <= set(opened)
        own += amounts["Assets:User:N-ana-u5f-b"]
    assert len(blocks) == 1 + len(STATEMENT.view.lines)
    assert own == STATEMENT.closing
    assert text.endswith("2026-12-05 balance Assets:User:N-ana-u5f-b 10.000004 CREDIT\n")
    assert 'option "title" "a\\"na"' in text


def test_an_empty_statement_is_valid_too() -> None:
    assert make(0).beancount().count("\n") == 2
    assert len(make(0).csv().splitlines()) == 1


@pytest.mark.parametrize("account", ["user:ñandú", "hold:" + "f" * 64, "reserve", "pool:a_b-c"])
def test_every_account_has_a_name_that_beancount_takes(account: str) -> None:
    assert re.fullmatch(ACCOUNT, beancount_account(account, "Income"))
