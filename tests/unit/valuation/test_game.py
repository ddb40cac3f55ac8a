"""A game asks each coalition once, within its budget, and blames by name."""

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError, JobError, TrainingDivergedError
from workbench.valuation.coalitions import all_coalitions, describe, draw_of_size, keys_of
from workbench.valuation.game import Game


class Counted:
    """A utility that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def __call__(self, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        self.asked += keys_of(coalitions)
        return coalitions.sum(axis=1).astype(np.float64)


def test_a_coalition_is_asked_once_however_often_it_is_wanted() -> None:
    utility = Counted()
    game = Game(utility, 3)

    game(all_coalitions(3))
    answers = game(np.concatenate([all_coalitions(3), all_coalitions(3)[::-1]]))

    assert len(utility.asked) == 8
    assert answers.tolist() == [0, 1, 1, 2, 1, 2, 2, 3, 3, 2, 2, 1, 2, 1, 1, 0]


def test_more_than_the_budget_is_never_asked() -> None:
    utility = Counted()
    game = Game(utility, 4, budget=5)
    game(all_coalitions(4)[:4])

    with pytest.raises(InvalidInputError, match="exceed the budget of 5"):
        game(all_coalitions(4)[:6])

    assert len(utility.asked) == 4
    assert game.n_affordable(all_coalitions(4)[[0, 9, 1, 10]]) == 3


def test_a_thousand_players_fit_into_a_mask() -> None:
    game = Game(Counted(), 1_024)
    rows = np.random.default_rng(0).random((5, 1_024)) < 0.5

    assert (game(rows) == rows.sum(axis=1)).all()
    assert (game.evaluated()[0] == rows).all()


@pytest.mark.parametrize("worth", [np.nan, np.inf, -np.inf])
def test_a_utility_that_is_not_finite_is_refused_with_its_coalition(worth: float) -> None:
    game = Game(lambda c: np.where(c[:, 0] & ~c[:, 1], worth, 1.0), 2)

    with pytest.raises(InvalidInputError, match=r"coalition \{0\} is") as refused:
        game(all_coalitions(2))

    assert refused.value.facts["coalition"] == [0]
    assert game.n_evaluations == 3


@pytest.mark.parametrize("shape", [(), (3,), (4, 1)])
def test_an_answer_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    game = Game(lambda _: np.zeros(shape), 2)

    with pytest.raises(InvalidInputError, match="shape"):
        game(all_coalitions(2))


def test_a_utility_that_raises_is_blamed_on_its_coalition_and_the_others_are_kept() -> None:
    def utility(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        if (coalitions.sum(axis=1) == 2).any():
            raise ZeroDivisionError("no rows")
        return coalitions.sum(axis=1).astype(np.float64)

    game = Game(utility, 2)
    with pytest.raises(JobError, match=r"\{0, 1\} raised ZeroDivisionError: no rows") as failed:
        game(all_coalitions(2))

    assert failed.value.facts["coalition"] == [0, 1]
    assert game.n_evaluations == 3


def test_an_error_of_the_workbench_keeps_its_class() -> None:
    def utility(_: NDArray[np.bool_]) -> NDArray[np.float64]:
        raise TrainingDivergedError("the loss is NaN", job="7")

    with pytest.raises(TrainingDivergedError, match=r"coalition \{\}") as failed:
        Game(utility, 2)(all_coalitions(2))

    assert failed.value.facts == {"job": "7", "coalition": []}


def test_replicates_are_averaged_and_count_once() -> None:
    noise = iter([0.0, 1.0, 2.0])
    game = Game(lambda c: np.full(len(c), next(noise)), 2, budget=4, n_replicates=3)

    assert game(all_coalitions(2)).tolist() == [1, 1, 1, 1]
    assert game.n_evaluations == 4


def test_a_utility_cannot_change_what_was_asked() -> None:
    def utility(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        coalitions[:] = True
        return np.arange(len(coalitions), dtype=np.float64)

    asked = all_coalitions(2)
    Game(utility, 2)(asked)

    assert (asked == all_coalitions(2)).all()


def test_progress_is_reported() -> None:
    seen: list[tuple[int, int]] = []
    game = Game(Counted(), 3, budget=6, on_progress=lambda done, of: seen.append((done, of)))
    game(all_coalitions(3)[:2])
    game(all_coalitions(3)[:5])

    assert seen == [(2, 6), (5, 6)]


@pytest.mark.parametrize("n_players", [0, 1_025])
def test_players_are_one_to_a_thousand_and_twenty_four(n_players: int) -> None:
    with pytest.raises(InvalidInputError, match="players take part"):
        Game(Counted(), n_players)


def test_a_game_without_replicates_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="replicates"):
        Game(Counted(), 2, n_replicates=0)


def test_coalitions_of_a_size_are_distinct_and_all_there() -> None:
    drawn = draw_of_size(6, 3, 100, np.random.default_rng(0))

    assert len(set(keys_of(drawn))) == 20
    assert (drawn.sum(axis=1) == 3).all()


def test_a_coalition_is_described_by_its_members() -> None:
    assert describe(np.array([True, False, True])) == "{0, 2}"
