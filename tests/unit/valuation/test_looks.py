"""Looks on the way to a budget ask nothing twice and stop once enough is known."""

from typing import Any

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.valuation.coalitions import keys_of
from workbench.valuation.looks import look_budgets, value_in_looks
from workbench.valuation.stopping import Stopping
from workbench.valuation.value_game import value_game

WEIGHTS = np.random.default_rng(4).random(13)


class Counting:
    """A smooth game that remembers what it was asked."""

    def __init__(self, play: Any = None) -> None:
        self.asked: list[bytes] = []
        self._play = play or (
            lambda coalitions: np.log1p(coalitions @ WEIGHTS[: coalitions.shape[1]])
        )

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        self.asked += keys_of(coalitions)
        return np.asarray(self._play(coalitions))


@pytest.mark.parametrize("method", ["surrogate", "permutation", "antithetic", "truncated"])
def test_looks_ask_nothing_twice_and_end_where_one_look_ends(method: str) -> None:
    game, looks = Counting(), []
    values = value_in_looks(game, 13, method=method, budget=150, on_look=looks.append, seed=3)
    alone = value_game(Counting(), 13, method=method, budget=150, seed=3)
    assert len(looks) == len(look_budgets(13, 150)) > 1
    assert len(set(game.asked)) == len(game.asked) <= 150
    assert values.value.tolist() == alone.value.tolist()
    assert [look.n_evaluations for look in looks] == sorted(look.n_evaluations for look in looks)


def test_a_rule_that_holds_twice_stops_early_and_says_so() -> None:
    game = Counting()
    values = value_in_looks(
        game, 13, method="surrogate", budget=400, stopping=Stopping(max_share_move=0.2)
    )
    assert len(game.asked) < 400
    assert "stopped after" in values.why


def test_a_game_that_no_process_fits_spends_the_rest_on_pairs_within_the_budget() -> None:
    noise = np.random.default_rng(0).random(2**13)
    game = Counting(lambda coalitions: noise[coalitions @ (1 << np.arange(13))])
    values = value_in_looks(game, 13, method="surrogate", budget=300, on_look=lambda _: None)
    assert values.method == "regression_adjusted"
    assert len(set(game.asked)) == len(game.asked) <= 300
    assert "not trusted" in values.why


def test_given_coalitions_cost_nothing() -> None:
    game, earlier = Counting(), Counting()
    coalitions = np.random.default_rng(1).random((40, 13)) < 0.5
    coalitions = np.unique(coalitions, axis=0)
    given = (coalitions, earlier(coalitions))
    values = value_in_looks(
        game, 13, method="surrogate", budget=60, given=given, on_look=lambda _: None
    )
    assert len(set(game.asked)) == len(game.asked) <= 60
    assert not set(game.asked) & set(keys_of(coalitions))
    assert values.n_evaluations == len(game.asked) + len(coalitions)


def test_what_asks_other_coalitions_at_another_budget_cannot_stop_early() -> None:
    with pytest.raises(InvalidInputError, match="cannot stop early"):
        value_in_looks(Counting(), 13, method="leverage", budget=200, stopping=Stopping())


def test_look_budgets_begin_with_a_start_and_end_at_the_budget() -> None:
    assert look_budgets(12, 256) == [26, 39, 59, 89, 134, 201, 256]
    assert look_budgets(3, 100) == [8]


def test_what_is_given_makes_the_answer_better() -> None:
    def game(coalitions: np.ndarray) -> np.ndarray:
        pairs = (coalitions[:, :6] * coalitions[:, 6:12]).sum(axis=1)
        return np.asarray(np.log1p(coalitions @ WEIGHTS) + 0.3 * pairs)

    truth = value_game(game, 13, method="exact", budget=2**13).value
    earlier = np.random.default_rng(2).random((80, 13)) < 0.5
    earlier[:, 12] = False
    earlier = np.unique(earlier, axis=0)

    def error(**facts: Any) -> float:
        found = value_in_looks(game, 13, method="surrogate", budget=40, seed=1, **facts)
        return float(((found.value - truth) ** 2).sum())

    assert error(given=(earlier, game(earlier))) < error() / 2
