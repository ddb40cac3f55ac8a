"""Each metric is tested as it allows."""

import numpy as np
import pytest
from scipy.stats import binomtest

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import MeasuredItems, bootstrap_difference, measure
from workbench.training.metrics.paired import measure_all, pair_difference

TRUE = np.arange(30) % 3


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def said(n_wrong: int, metric: str) -> MeasuredItems:
    guessed = np.where(np.arange(30) < n_wrong, (TRUE + 1) % 3, TRUE)
    return measure(metric, predictions=guessed, references=TRUE)


def test_accuracy_is_tested_by_the_items_that_tell_models_apart() -> None:
    found = pair_difference(said(12, "accuracy"), said(2, "accuracy"), rng())
    assert (found.test, found.better) == ("McNemar, exact", True)
    assert found.p == pytest.approx(binomtest(10, 10, 0.5).pvalue)
    assert found.difference == pytest.approx(1 / 3)


def test_macro_f1_is_tested_by_the_bootstrap() -> None:
    pair = said(12, "macro-f1"), said(2, "macro-f1")
    found = pair_difference(*pair, rng())
    assert found == bootstrap_difference(*pair, rng())
    assert found.test == "paired bootstrap, 2,000 draws"


def test_losses_over_other_tokens_are_not_exchangeable() -> None:
    nats = np.linspace(1, 9, 30)
    first, other = (
        measure("loss-per-token", nats=nats, n_tokens=np.arange(30) + start) for start in (1, 2)
    )
    assert pair_difference(first, first, rng()).test == "sign-flip, exact"
    assert "bootstrap" in pair_difference(first, other, rng()).test


def test_a_kind_has_the_metrics_its_answers_allow() -> None:
    answers = {"nats": [1.0, 2.0], "n_bytes": [3, 4], "predictions": ["a", "b"]}
    assert set(measure_all("causal-lm", answers)) == {"bits-per-byte"}
    answers |= {"references": [["a"], ["c"]], "n_tokens": [1, 2]}
    assert set(measure_all("translation", answers)) == {
        "loss-per-token", "bits-per-byte", "perplexity", "chrf",
    }  # fmt: skip
    with pytest.raises(InvalidInputError, match="no metric of causal-lm") as caught:
        measure_all("causal-lm", {})
    assert "nats and n_tokens" in caught.value.wanted
