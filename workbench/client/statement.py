"""A statement: what came in and went out, line by line, for people and for bookkeeping."""

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.credits import format_credits
from workbench.core.wire import StatementLine, StatementView

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ("created_at", "kind", "counterparty", "amount", "balance", "reason", "seq")
_CURRENCY: Final = "CREDIT"
# Accounts that are neither income nor expenses of anybody.
_EQUITY: Final = frozenset({"treasury", "reserve"})
_OPENING: Final = "Equity:Opening-Balances"


class Statement(Shown):
    """What came to an owner group and went from it.

    Parameters
    ----------
    view : the statement.
    """

    def __init__(self, view: StatementView) -> None:
        self.view = view

    @property
    def opening(self) -> int:
        """What there was before the first line, in µcr."""
        return int(self.view.opening)

    @property
    def closing(self) -> int:
        """What there is after the last line, in µcr."""
        return int(self.view.closing)

    @property
    def adds_up(self) -> bool:
        """Whether the lines lead from the opening to the closing balance, one by one."""
        balance = self.opening
        for line in self.view.lines:
            balance += int(line.amount)
            if balance != int(line.balance):
                return False
        return balance == self.closing

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a line; amounts in µcr as Python ints, ``…_credits`` as text."""
        rows = [line.model_dump() for line in self.view.lines]
        return make_frame(rows, _COLUMNS, money=["amount", "balance"])

    def csv(self) -> str:
        """Return the lines as CSV: exact credits, instants in ISO 8601, UTC."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["date", "kind", "counterparty", "in", "out", "balance", "reason", "entry"])
        for line in self.view.lines:
            came, went = _sides(line)
            writer.writerow(
                [
                    line.created_at.isoformat(), line.kind, line.counterparty, came, went,
                    format_credits(int(line.balance)), line.reason, line.seq,
                ]
            )  # fmt: skip
        return text.getvalue()

    def beancount(self) -> str:
        """Return the lines as text for beancount, which checks that they add up.

        Names that beancount does not allow are written with the code points of their letters;
        metadata has them as they are.
        """
        own = beancount_account(self.view.account, "Assets")
        lines = self.view.lines
        text = [
            f'option "title" "{_quoted(self.view.owner)}"',
            f'option "operating_currency" "{_CURRENCY}"',
        ]
        if not lines:
            return "\n".join(text) + "\n"
        first, last = lines[0].created_at.date(), lines[-1].created_at.date()
        others: dict[str, str] = {}
        for line in lines:
            # What first came from there is income; what first went there, an expense.
            root = "Income" if int(line.amount) > 0 else "Expenses"
            others.setdefault(line.counterparty, beancount_account(line.counterparty, root))
        accounts = {own, *others.values()}
        if self.opening:
            accounts.add(_OPENING)
        text += [f"{first} commodity {_CURRENCY}"]
        text += [f"{first} open {account} {_CURRENCY}" for account in sorted(accounts)]
        if self.opening:
            text += ["", f'{first} * "opening balance"']
            text += _legs(own, _OPENING, self.opening)
        for line in lines:
            text += ["", f'{line.created_at.date()} * "{_quoted(line.kind)}"']
            text += [f'  counterparty: "{_quoted(line.counterparty)}"']
            text += [f'  reason: "{_quoted(line.reason)}"', f'  entry: "{line.seq}"']
            text += _legs(own, others[line.counterparty], int(line.amount))
        closing = f"{format_credits(self.closing)} {_CURRENCY}"
        # A balance holds at the beginning of its day.
        text += ["", f"{last + timedelta(days=1)} balance {own} {closing}"]
        return "\n".join(text) + "\n"

    def _table(self) -> Table:
        rows = [
            [
                f"{line.created_at:%Y-%m-%d %H:%M:%S}", line.kind, line.counterparty,
                *_sides(line), format_credits(int(line.balance)), line.reason[:12],
            ]
            for line in self.view.lines
        ]  # fmt: skip
        heads = [Column("date"), Column("kind"), Column("with")]
        heads += [Column(name, "right") for name in ("in", "out", "balance")]
        return Table(
            f"{self.view.owner}: {format_credits(self.closing)} credits",
            [*heads, Column("reason")],
            rows,
            [self._sum()],
        )

    def _sum(self) -> str:
        if not self.adds_up:
            return "✗ the lines do not lead to the balance: report this"
        opening, closing = format_credits(self.opening), format_credits(self.closing)
        return f"✓ {opening} + {len(self.view.lines)} lines = {closing} credits"


def beancount_account(account: str, root: str) -> str:
    """Return an account's name as beancount takes it.

    Its parts begin with a capital or a digit and have letters, digits and hyphens; other
    characters become their code points.

    Parameters
    ----------
    account : as the ledger has it.
    root : ``"Assets"``, ``"Income"`` or ``"Expenses"``; the treasury is equity in any case.

    Examples
    --------
    >>> beancount_account("pool:speak-nahuatl", "Income")
    'Income:Pool:N-speak-nahuatl'
    >>> beancount_account("user:ana_b", "Assets"), beancount_account("treasury", "Income")
    ('Assets:User:N-ana-u5f-b', 'Equity:Treasury')
    """
    kind, _, name = account.partition(":")
    parts = ["Equity" if kind in _EQUITY else root, kind.capitalize()]
    if name:
        parts.append("N-" + re.sub(r"[^A-Za-z0-9-]", lambda c: f"-u{ord(c[0]):x}-", name))
    return ":".join(parts)


def _legs(own: str, other: str, amount: int) -> list[str]:
    return [
        f"  {account}  {format_credits(part)} {_CURRENCY}"
        for account, part in ((own, amount), (other, -amount))
    ]


def _sides(line: StatementLine) -> tuple[str, str]:
    amount = int(line.amount)
    text = format_credits(abs(amount))
    return (text, "") if amount > 0 else ("", text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
