"""Comparisons as the recipes make them, of models whose losses are known."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from workbench.client.comparison import Comparison
from workbench.core.wire import RunView
from workbench.training.comparing import CompareParameters, compare_models
from workbench.training.hidden_items import HiddenItems

N_ITEMS = 48


def compare(
    gains: Mapping[str, float], *, value: str = "poem", prompt: str = "In atl", noise: float = 0.2
) -> dict[str, Any]:
    """Return what a recipe returns: each model's loss a token is the first's plus its gain."""
    rng = np.random.default_rng(3)
    n_tokens = rng.integers(4, 20, size=N_ITEMS)
    common = rng.gamma(9, 0.4, size=N_ITEMS)
    answers = {
        model: {
            "nats": n_tokens
            * np.abs(common + gain + noise * bool(gain) * rng.normal(size=N_ITEMS)),
            "n_tokens": n_tokens,
            "n_bytes": 3 * n_tokens,
        }
        for model, gain in gains.items()
    }
    sources = [(value, "law")[place % 3 == 0] for place in range(N_ITEMS)]
    items = HiddenItems(range(N_ITEMS), [f"{k:064x}" for k in range(N_ITEMS)], {"source": sources})
    parameters = CompareParameters(models=list(gains), n_resamples=200)
    found = compare_models("causal-lm", answers, items, parameters, 0, main="loss-per-token")
    said = [{"prompt": prompt, "model": model, "text": f" {value}"} for model in gains]
    return found | {"generations": said}


def comparison(details: dict[str, Any], champion: str | None = None, task: str = "t") -> Comparison:
    """Return a comparison as the client has it."""
    view = RunView(
        id="r" * 64, task=task, kind="comparison", model=None, metrics={}, details=details,
        tracking_state="logged", tracking_run="m1", created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )  # fmt: skip
    return Comparison(view, champion)


def compared(hostile: str) -> Comparison:
    """Return a comparison in which everything that somebody named is this text."""
    details = compare({hostile: 0.0, "b": -1.0}, value=hostile, prompt=hostile)
    return comparison(details, task=hostile)
