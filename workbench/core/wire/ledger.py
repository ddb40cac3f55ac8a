"""Money that moves: entries, holds, what waits for approval, statements, balances."""

from datetime import datetime
from typing import Literal

from workbench.core.wire.message import Wire


class PostingView(Wire):
    """One movement of an entry."""

    source: str
    destination: str
    amount: str


class EntryView(Wire):
    """Postings that happened together, and the record that moved them."""

    seq: int
    id: str
    kind: str
    reason: str
    postings: list[PostingView]
    created_at: datetime


class TreasuryView(Wire):
    """A movement out of the treasury, and who signed it."""

    id: str
    kind: str
    destination: str
    amount: str
    state: Literal["proposed", "executed"]
    proposed_by: str
    approved_by: str | None
    created_at: datetime


class HoldView(Wire):
    """An amount set aside for somebody, and what became of it."""

    id: str
    payer: str
    payee: str
    amount: str
    settled: str
    state: Literal["held", "settled", "void", "expired"]
    expires_at: datetime
    created_at: datetime
    closed_at: datetime | None


class StatementLine(Wire):
    """One posting of an account: what came in or went out, and what was there afterwards."""

    seq: int
    kind: str
    reason: str
    counterparty: str
    amount: str
    balance: str
    created_at: datetime


class StatementView(Wire):
    """What came to an owner group and went from it, and what it has."""

    owner: str
    account: str
    opening: str
    closing: str
    lines: list[StatementLine]


class BalanceRow(Wire):
    """What an account holds."""

    account: str
    amount: str
