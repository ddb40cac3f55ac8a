"""Epochs to draw."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from workbench import pages
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


@pytest.fixture
def details() -> Callable[..., dict[str, Any]]:
    """Make what a run of a comparison holds, of models whose scores and half widths are given."""

    def make(better: str = "lower", **scores: tuple[float, float]) -> dict[str, Any]:
        first, *_ = scores
        pair = {"p": 0.0004, "test": "sign-flip", "verdict": "worse"}
        lines = [
            {"model": model, "metric": "loss", "score": score}
            | {"low": score - half, "high": score + half}
            | {"difference": score - scores[first][0]}
            | {"difference_low": score - scores[first][0] - half}
            | {"difference_high": score - scores[first][0] + half}
            | pair
            for model, (score, half) in scores.items()
        ]
        lines[0] |= dict.fromkeys((*pair, "difference", "difference_low", "difference_high"))
        return {
            "scores": [*lines, lines[0] | {"metric": "perplexity", "score": 99.0}],
            "metrics": [
                {"metric": "loss", "unit": "nats a token", "better": better},
                {"metric": "perplexity", "unit": "", "better": "lower"},
            ],
            "confidence": 0.95,
            "n_rows": 1_234,
        }

    return make


@pytest.fixture
def models(details: Callable[..., dict[str, Any]]) -> Callable[..., pages.PublishedModels]:
    """Make what is published of such a comparison."""

    def make(champion: str | None = None, **scores: tuple[float, float]) -> pages.PublishedModels:
        at = datetime(2026, 11, 22, 10, 45, tzinfo=UTC)
        return pages.models_document("c" * 64, details(**scores), created_at=at, champion=champion)

    return make
