"""The axioms of the Shapley value."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from workbench.valuation.exact import exact_values

worths = st.floats(-10, 10, allow_nan=False, width=32)


def games(n_players: int) -> st.SearchStrategy[NDArray[np.float64]]:
    return arrays(np.float64, 2**n_players, elements=worths)


@given(games(5))
def test_values_sum_to_what_everybody_together_adds(game: NDArray[np.float64]) -> None:
    assert np.isclose(exact_values(game).value.sum(), game[-1] - game[0], atol=1e-9)


@given(games(4), games(4))
def test_values_of_a_sum_of_games_are_sums_of_values(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> None:
    both = exact_values(one + other).value

    assert np.allclose(both, exact_values(one).value + exact_values(other).value, atol=1e-9)


@given(games(3))
def test_a_player_that_never_adds_anything_is_worth_nothing(game: NDArray[np.float64]) -> None:
    with_null = np.concatenate([game, game])

    assert abs(exact_values(with_null).value[3]) < 1e-12


@given(games(4), st.permutations(range(4)))
def test_renaming_players_renames_their_values(game: NDArray[np.float64], order: list[int]) -> None:
    renamed = np.empty_like(game)
    for coalition in range(16):
        members = sum(1 << order[i] for i in range(4) if coalition >> i & 1)
        renamed[members] = game[coalition]

    assert np.allclose(exact_values(renamed).value[order], exact_values(game).value, atol=1e-9)
