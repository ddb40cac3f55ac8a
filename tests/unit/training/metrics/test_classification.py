"""Classified items are scored as scikit-learn scores them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import measure

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)
NAN = float("nan")


@given(PAIRS)
def test_accuracy_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    guessed, true = map(list, zip(*pairs, strict=True))
    items = measure("accuracy", predictions=guessed, references=true)
    assert items.score == pytest.approx(accuracy_score(true, guessed))
    assert items.score == pytest.approx(items.per_item.mean())


@given(PAIRS)
def test_macro_f1_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    guessed, true = map(list, zip(*pairs, strict=True))
    items = measure("macro-f1", predictions=guessed, references=true)
    assert items.score == pytest.approx(f1_score(true, guessed, average="macro"))
    np.testing.assert_array_equal(items.per_item, np.array(guessed) == np.array(true))


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(1, 40))
def test_log_loss_is_scikit_learns(seed: int, n_classes: int, n_items: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(n_classes, 0.2), size=n_items)
    true = rng.integers(0, n_classes, size=n_items)
    items = measure("log-loss", probabilities=shares, references=true)
    assert items.score == pytest.approx(log_loss(true, shares, labels=range(n_classes)))
    assert items.score == pytest.approx(items.per_item.mean())


def test_macro_f1_by_hand() -> None:
    # Class 0: 1 found of 1 predicted and 2 true: 2/3. Class 1: 1 of 2 and 1: 2/3. Class 2: 1.
    items = measure("macro-f1", predictions=[0, 1, 1, 2], references=[0, 0, 1, 2])
    assert items.score == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_classes_that_nobody_has_do_not_count() -> None:
    near = measure("macro-f1", predictions=[0, 1], references=[0, 0])
    far = measure("macro-f1", predictions=[0, 900], references=[0, 0])
    assert near.score == far.score == pytest.approx(1 / 3)


def test_one_class_only_is_a_test_as_well() -> None:
    right, wrong = {"predictions": [3, 3], "references": [3, 3]}, {"predictions": [1, 1]}
    for metric in ("accuracy", "macro-f1"):
        assert measure(metric, **right).score == 1
        assert measure(metric, **(right | wrong)).score == 0
    assert measure("log-loss", probabilities=[[1.0], [1.0]], references=[0, 0]).score < 1e-15


def test_who_is_sure_and_wrong_loses_much_but_not_everything() -> None:
    items = measure("log-loss", probabilities=[[1.0, 0.0]], references=[1])
    assert items.score == pytest.approx(36.04, abs=0.01)


@pytest.mark.parametrize(
    ("metric", "inputs", "found"),
    [
        ("accuracy", {"predictions": [], "references": []}, "predictions holds no item"),
        ("macro-f1", {"predictions": [], "references": []}, "predictions holds no item"),
        ("log-loss", {"probabilities": [], "references": []}, "probabilities holds no item"),
        ("accuracy", {"predictions": [0, NAN], "references": [0, 0]}, "item 1 has nan"),
        ("macro-f1", {"predictions": [0, 1], "references": [NAN, 0]}, "item 0 has nan"),
        ("macro-f1", {"predictions": [0, None], "references": [1, 0]}, "item 1 has nan"),
        ("log-loss", {"probabilities": [[0.5, NAN]], "references": [0]}, "item 0 has nan"),
        ("accuracy", {"predictions": [0.5], "references": [0]}, "item 0 is 0.5"),
        ("accuracy", {"predictions": [-1], "references": [0]}, "item 0 is -1"),
        ("accuracy", {"predictions": ["cat"], "references": [0]}, "could not convert"),
        ("accuracy", {"predictions": [[0]], "references": [0]}, "predictions has 2 dimensions"),
        ("accuracy", {"predictions": [0, 1], "references": [0]}, "have 2 and 1 items"),
        ("macro-f1", {"predictions": [10**6], "references": [0]}, "has class 1000000"),
        ("log-loss", {"probabilities": [[0.5, 0.6]], "references": [0]}, "item 0 are [0.5, 0.6]"),
        ("log-loss", {"probabilities": [[1.5, -0.5]], "references": [0]}, "item 0 are [1.5"),
        ("log-loss", {"probabilities": [[0.5, 0.5]], "references": [2]}, "has class 2"),
        ("log-loss", {"probabilities": [[1], [0, 1]], "references": [0, 1]}, "inhomogeneous"),
        ("log-loss", {"probabilities": [0.5], "references": [0]}, "have the shape (1,)"),
    ],
)
def test_what_cannot_be_is_refused(metric: str, inputs: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        measure(metric, **inputs)
    assert found in refused.value.found
    assert refused.value.wanted
