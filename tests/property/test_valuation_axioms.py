"""The axioms hold for every semivalue, and for estimators where they promise it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from workbench.valuation import semivalue_from_table, value_game
from workbench.valuation.coalitions import all_coalitions, keys_of

worths = st.floats(-10, 10, allow_nan=False, width=32)
semivalues = st.sampled_from(["shapley", "banzhaf", ("beta", 16, 1), ("beta", 2, 3)])


def games(n_players: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, 2**n_players, elements=worths)


@given(games(4), games(4), semivalues)
def test_semivalues_are_additive(one: Any, other: Any, semivalue: Any) -> None:
    both = semivalue_from_table(one + other, semivalue)

    apart = semivalue_from_table(one, semivalue) + semivalue_from_table(other, semivalue)
    assert np.allclose(both, apart, atol=1e-9)


@given(games(3), worths, semivalues)
def test_a_dummy_is_worth_what_it_adds_alone(game: Any, worth: float, semivalue: Any) -> None:
    with_dummy = np.concatenate([game, game + worth])

    values = semivalue_from_table(with_dummy, semivalue)

    assert abs(values[3] - worth) < 1e-9
    assert np.allclose(values[:3], semivalue_from_table(game, semivalue), atol=1e-9)


@given(games(4), st.permutations(range(4)), semivalues)
def test_renaming_players_renames_their_values(game: Any, order: Any, semivalue: Any) -> None:
    renamed = np.empty_like(game)
    for coalition in range(16):
        renamed[sum(1 << order[i] for i in range(4) if coalition >> i & 1)] = game[coalition]

    renamed_values = semivalue_from_table(renamed, semivalue)

    assert np.allclose(renamed_values[order], semivalue_from_table(game, semivalue), atol=1e-9)


@given(games(5))
def test_shapley_values_sum_to_the_total_gain(game: Any) -> None:
    assert np.isclose(semivalue_from_table(game).sum(), game[-1] - game[0], atol=1e-9)


@settings(max_examples=25)
@pytest.mark.parametrize("method", ["permutation", "antithetic", "leverage", "surrogate"])
@given(game=games(6), budget=st.integers(12, 64), seed=st.integers(0, 3))
def test_estimates_sum_to_the_total_gain_within_the_budget(
    method: str, game: Any, budget: int, seed: int
) -> None:
    met: set[bytes] = set()

    def utility(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        met.update(keys_of(coalitions))
        return game[coalitions @ (1 << np.arange(6))]

    values = value_game(utility, 6, method=method, budget=budget, seed=seed)

    assert len(met) == values.n_evaluations <= budget
    if values.method != "regression_adjusted":
        assert np.isclose(values.value.sum(), game[-1] - game[0], atol=1e-6)


@settings(max_examples=25)
@pytest.mark.parametrize("method", ["leverage", "regression_adjusted", "antithetic"])
@given(worth=arrays(np.float64, 6, elements=worths), budget=st.integers(14, 60))
def test_estimates_of_an_additive_game_are_exact(method: str, worth: Any, budget: int) -> None:
    values = value_game(lambda c: c @ worth, 6, method=method, budget=max(budget, 26))

    assert np.allclose(values.value, worth, atol=1e-8)


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(0, 5))
def test_keys_tell_all_coalitions_apart(n_players: int, seed: int) -> None:
    rows = np.random.default_rng(seed).random((30, n_players)) < 0.5

    assert len(set(keys_of(rows))) == len(np.unique(rows, axis=0))
    small = all_coalitions(min(n_players, 6))
    assert len(set(keys_of(small))) == len(small)
