"""Semivalues of whole games, many of them in exact rationals."""

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.semivalues import (
    Semivalue,
    presence_nodes,
    read_semivalue,
    semivalue_from_table,
    semivalue_text,
    size_weights,
)

SEMIVALUES: list[Semivalue] = ["shapley", "banzhaf", ("beta", 16, 1), ("beta", 1, 4)]


def rational(n_players: int, worth: Callable[[int], int]) -> NDArray[Any]:
    return np.array([Fraction(int(worth(c))) for c in range(2**n_players)], dtype=object)


def weighted_vote(votes: list[int], quota: int) -> NDArray[Any]:
    n_players = len(votes)
    return rational(
        n_players, lambda c: sum(votes[i] for i in range(n_players) if c >> i & 1) >= quota
    )


def test_the_security_council_in_exact_rationals() -> None:
    # Shapley and Shubik (1954), with today's ten elected members: 421/2145 and 4/2145.
    council = rational(15, lambda c: c & 0b11111 == 0b11111 and c.bit_count() >= 9)

    values = semivalue_from_table(council)

    assert values[:5].tolist() == [Fraction(421, 2145)] * 5
    assert values[5:].tolist() == [Fraction(4, 2145)] * 10


def test_the_european_community_of_1958_in_exact_rationals() -> None:
    # Germany, France, Italy 4 votes, Belgium, Netherlands 2, Luxembourg 1, quota 12: Luxembourg
    # never decided anything.
    council = weighted_vote([4, 4, 4, 2, 2, 1], 12)

    shapley = semivalue_from_table(council)
    banzhaf = semivalue_from_table(council, "banzhaf")

    assert shapley.tolist() == [Fraction(14, 60)] * 3 + [Fraction(9, 60)] * 2 + [0]
    # Of 21 swings: 5 each and 3 each.
    assert (banzhaf / banzhaf.sum()).tolist() == [Fraction(5, 21)] * 3 + [Fraction(3, 21)] * 2 + [0]


def test_gloves_in_exact_rationals() -> None:
    gloves = rational(3, lambda c: min((c & 1) + (c >> 1 & 1), c >> 2 & 1))

    assert semivalue_from_table(gloves).tolist() == [Fraction(1, 6), Fraction(1, 6), Fraction(2, 3)]


def test_a_runway_in_exact_rationals() -> None:
    costs = [1, 2, 5, 9]
    airport = rational(4, lambda c: max((costs[i] for i in range(4) if c >> i & 1), default=0))

    assert semivalue_from_table(airport).tolist() == [
        Fraction(1, 4), Fraction(7, 12), Fraction(25, 12), Fraction(73, 12)
    ]  # fmt: skip


@pytest.mark.parametrize("n_players", [3, 5, 9])
def test_a_majority_in_exact_rationals(n_players: int) -> None:
    majority = rational(n_players, lambda c: 2 * c.bit_count() > n_players)

    assert semivalue_from_table(majority).tolist() == [Fraction(1, n_players)] * n_players
    pivotal = Fraction(comb(n_players - 1, n_players // 2), 2 ** (n_players - 1))
    assert semivalue_from_table(majority, "banzhaf").tolist() == [pivotal] * n_players


def test_a_unanimity_game_in_exact_rationals() -> None:
    unanimity = rational(5, lambda c: c & 0b10101 == 0b10101)

    third = Fraction(1, 3)
    assert semivalue_from_table(unanimity).tolist() == [third, 0, third, 0, third]
    assert semivalue_from_table(unanimity, "banzhaf").tolist() == [
        Fraction(1, 4), 0, Fraction(1, 4), 0, Fraction(1, 4)
    ]  # fmt: skip


@pytest.mark.parametrize("semivalue", SEMIVALUES)
@pytest.mark.parametrize("n_players", [1, 2, 7, 100, 1_000])
def test_size_weights_are_positive_and_sum_to_one(n_players: int, semivalue: Semivalue) -> None:
    weights = size_weights(n_players, semivalue)

    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)


def test_beta_of_one_and_one_is_shapley() -> None:
    assert size_weights(9, ("beta", 1, 1)) == pytest.approx(size_weights(9, "shapley"))


def test_a_large_alpha_favours_small_coalitions() -> None:
    weights = size_weights(10, ("beta", 16, 1))

    assert weights[0] == weights.max()
    assert (np.diff(weights) < 0).all()


@pytest.mark.parametrize("semivalue", SEMIVALUES)
@pytest.mark.parametrize("n_players", [1, 4, 9, 16])
def test_presence_gives_the_same_weights_as_the_closed_form(
    n_players: int, semivalue: Semivalue
) -> None:
    t, chance = presence_nodes(n_players, semivalue)
    others = n_players - 1
    binomial = [comb(others, s) * t**s * (1 - t) ** (others - s) for s in range(n_players)]

    assert np.array(binomial) @ chance == pytest.approx(size_weights(n_players, semivalue))


def test_several_games_are_valued_at_once() -> None:
    games = np.random.default_rng(0).normal(size=(16, 3))

    together = semivalue_from_table(games)

    assert together == pytest.approx(
        np.stack([semivalue_from_table(game) for game in games.T], axis=1)
    )


@pytest.mark.parametrize(
    "semivalue", ["shapely", ("beta", 0, 1), ("beta", 1), ("beta", np.inf, 1), None]
)
def test_an_unknown_semivalue_is_refused(semivalue: Any) -> None:
    with pytest.raises(InvalidInputError, match="no semivalue"):
        semivalue_from_table(np.zeros(4), semivalue)


@pytest.mark.parametrize("table", [np.zeros(3), np.zeros(1), np.zeros((2, 2, 2)), np.array(1.0)])
def test_a_table_with_missing_coalitions_is_refused(table: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidInputError, match="not a whole game"):
        semivalue_from_table(table)


def test_too_many_players_for_a_table_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="too many to enumerate"):
        semivalue_from_table(np.zeros(2**21))


def test_beta_of_rationals_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no rational weights"):
        semivalue_from_table(rational(2, int.bit_count), ("beta", 2, 1))


@pytest.mark.parametrize("semivalue", ["shapley", "banzhaf", ("beta", 4.0, 0.5)])
def test_a_semivalue_is_read_as_it_is_written(semivalue: Semivalue) -> None:
    assert read_semivalue(semivalue_text(semivalue)) == semivalue


@pytest.mark.parametrize(
    "text", ["", "mean", "beta", "beta:1", "beta:0,1", "beta:a,b", "beta:nan,1"]
)
def test_a_text_that_names_no_semivalue_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no semivalue is called"):
        read_semivalue(text)
