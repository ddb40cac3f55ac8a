"""Scores become the utilities that a classifier's own probabilities have."""

import numpy as np
import pytest
from scipy.special import softmax

from workbench.training.class_scores import EVEN_SHARE, block_means, row_utilities, uniform_utility

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 4, size=30)
SCORES = RNG.normal(size=(5, 3, 30))
PRESENT = np.array([0, 1, 3])


def test_likelihoods_are_of_the_softmax_mixed_with_the_even_share() -> None:
    shares = np.full((5, 4, 30), EVEN_SHARE / 4)
    shares[:, PRESENT] += (1 - EVEN_SHARE) * softmax(SCORES, axis=1)
    expected = np.log(shares[:, LABELS, np.arange(30)])
    assert row_utilities(SCORES, PRESENT, LABELS, 4, "log-likelihood") == pytest.approx(expected)


def test_a_hit_is_the_class_with_the_highest_score() -> None:
    expected = PRESENT[SCORES.argmax(axis=1)] == LABELS
    assert (row_utilities(SCORES, PRESENT, LABELS, 4, "accuracy") == expected).all()


def test_ties_share_a_hit_and_unknown_classes_get_none() -> None:
    scores = np.array([[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])
    found = row_utilities(scores, PRESENT, np.array([1, 2]), 4, "accuracy")
    assert found.tolist() == [[0.5, 0.0]]


def test_no_score_is_too_large() -> None:
    scores = np.array([[[1e6], [-1e6], [0.0]]])
    found = row_utilities(scores, PRESENT, np.array([1]), 4, "log-likelihood")
    assert found == pytest.approx(np.log(EVEN_SHARE / 4))


def test_nobody_predicts_every_class_evenly() -> None:
    assert uniform_utility(4, "accuracy") == 0.25
    assert uniform_utility(4, "log-likelihood") == pytest.approx(-np.log(4))


@pytest.mark.parametrize("n_blocks", [1, 4, 7, 30])
def test_blocks_are_interleaved(n_blocks: int) -> None:
    rows = RNG.normal(size=(3, 30))
    total, blocks = block_means(rows, n_blocks)
    expected = [rows[:, b::n_blocks].mean(axis=1) for b in range(n_blocks)]
    assert total == pytest.approx(rows.mean(axis=1))
    assert blocks == pytest.approx(np.transpose(expected))
