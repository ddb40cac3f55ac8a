"""Intervals, ranks and their probabilities."""

import numpy as np
import pytest

from workbench.valuation.values import Values, draw_values, ranks_of


def test_intervals_are_wider_with_fewer_samples() -> None:
    value, error = np.array([1.0]), np.array([0.5])

    normal = Values.of(value, error)
    student = Values.of(value, error, degrees_of_freedom=4)

    assert normal.high[0] == pytest.approx(1 + 1.959964 * 0.5)
    assert student.high[0] == pytest.approx(1 + 2.776445 * 0.5)


def test_a_rank_is_less_sure_the_nearer_its_neighbours() -> None:
    values = Values.of(np.array([9.0, 1.1, 1.0]), np.full(3, 0.1))

    assert values.probability_of_rank[0] == 1
    assert values.probability_of_rank[1] == pytest.approx(0.76, abs=0.03)


def test_a_covariance_keeps_its_correlations_under_the_given_errors() -> None:
    values = Values.of(
        np.zeros(2), np.array([2.0, 3.0]), covariance=np.array([[1.0, 0.5], [0.5, 1.0]])
    )

    assert values.covariance.tolist() == [[4, 3], [3, 9]]


def test_ranks_of_many_rows_are_ranks_of_each() -> None:
    rows = np.random.default_rng(0).integers(0, 4, (50, 6)).astype(float)

    by_definition = 1 + (rows[:, None, :] > rows[:, :, None]).sum(axis=2)

    assert (ranks_of(rows) == by_definition).all()
    assert (ranks_of(rows[0]) == by_definition[0]).all()


def test_draws_have_the_covariance_and_are_always_the_same() -> None:
    covariance = np.array([[4.0, 1.0], [1.0, 2.0]])

    drawn = draw_values(np.zeros(2), covariance, 20_000)

    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.1)
    assert (drawn == draw_values(np.zeros(2), covariance, 20_000)).all()
