"""Epochs to draw."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from workbench.core.wire import EpochView, PayoutRow

MakeEpoch = Callable[..., EpochView]


@pytest.fixture
def row() -> Callable[..., PayoutRow]:
    """Make one owner's payout; what a test does not name is ordinary."""

    def make(owner: str = "Puebla", amount: int = 100_000_000, **fields: object) -> PayoutRow:
        ordinary = {"n_rows": 200, "value": 0.05, "standard_error": 0.004, "rank": 1, "share": 1.0}
        return PayoutRow.model_validate(ordinary | fields | {"owner": owner, "amount": str(amount)})

    return make


@pytest.fixture
def epoch() -> MakeEpoch:
    """Make an epoch that adds up; the pool is what is paid and returned."""

    def make(*payouts: PayoutRow, returned: int = 0, **fields: object) -> EpochView:
        paid = sum(int(row.amount) for row in payouts)
        ordinary = {
            "id": "e" * 64,
            "task": "speak-nahuatl",
            "number": 3,
            "study": "5" * 64,
            "pool": str(paid + returned),
            "paid": str(paid),
            "returned": str(returned),
            "payouts": list(payouts),
            "created_at": datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        }
        return EpochView.model_validate(ordinary | fields)

    return make
