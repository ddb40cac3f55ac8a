"""One door to every estimator: same budget, same seed, same kind of answer."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation import ESTIMATORS, Values, semivalue_from_table, value_game
from workbench.valuation.coalitions import all_coalitions, keys_of

SAMPLING = [
    "permutation", "antithetic", "truncated", "stratified", "leverage", "regression_adjusted",
    "surrogate",
]  # fmt: skip
WORTH = np.array([5.0, 3.0, 2.0, 1.0, 0.5, 0.25, 0.1])


def smooth(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A utility that saturates, as accuracy does with rows."""
    return np.log1p(coalitions @ WORTH) + 0.05 * coalitions[:, 0] * coalitions[:, 1]


def truth(semivalue: Any = "shapley") -> NDArray[np.float64]:
    return semivalue_from_table(smooth(all_coalitions(7)), semivalue)


class Counting:
    """A game that counts the distinct coalitions it is asked."""

    def __init__(self) -> None:
        self.met: set[bytes] = set()

    def __call__(self, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        self.met |= set(keys_of(coalitions))
        return smooth(coalitions)


@pytest.mark.parametrize("budget", [16, 23, 40, 77, 128])
@pytest.mark.parametrize("method", SAMPLING)
def test_a_budget_is_never_exceeded_and_evaluations_are_counted(method: str, budget: int) -> None:
    game = Counting()

    values = value_game(game, 7, method=method, budget=budget)

    assert len(game.met) == values.n_evaluations <= budget


@pytest.mark.parametrize("method", SAMPLING)
def test_an_estimate_is_near_the_truth_and_within_its_errors(method: str) -> None:
    values = value_game(smooth, 7, method=method, budget=100, seed=1)

    assert values.value == pytest.approx(truth(), abs=0.12)
    assert (np.abs(values.value - truth()) <= 5 * values.standard_error + 0.01).all()
    assert (values.low <= values.value).all()
    assert (values.value <= values.high).all()


@pytest.mark.parametrize("method", ["stratified", "leverage", "regression_adjusted", "surrogate"])
def test_with_all_coalitions_an_estimate_is_exact(method: str) -> None:
    values = value_game(smooth, 7, method=method, budget=128)

    assert values.value == pytest.approx(truth(), abs=1e-9)


@pytest.mark.parametrize(
    "method", ["permutation", "antithetic", "regression_adjusted", "surrogate"]
)
@pytest.mark.parametrize("semivalue", ["banzhaf", ("beta", 4, 1)])
def test_other_semivalues_are_estimated(method: str, semivalue: Any) -> None:
    values = value_game(smooth, 7, method=method, budget=110, semivalue=semivalue)

    off = np.abs(values.value - truth(semivalue))
    assert (off <= 4 * values.standard_error + 0.05).all()


def test_banzhaf_reuses_every_sample() -> None:
    values = value_game(smooth, 7, method="banzhaf_msr", budget=128, semivalue="banzhaf")

    assert values.value == pytest.approx(truth("banzhaf"), abs=1e-12)
    assert values.standard_error == pytest.approx(np.zeros(7))


def test_leave_one_out_asks_two_more_than_there_are_players() -> None:
    values = value_game(smooth, 7, method="leave_one_out", budget=9)

    full = np.ones((1, 7), dtype=bool)
    assert values.n_evaluations == 9
    assert values.value == pytest.approx(smooth(full)[0] - smooth(~np.eye(7, dtype=bool)))


@pytest.mark.parametrize("method", [*SAMPLING, "exact", "leave_one_out"])
def test_the_same_seed_gives_the_same_answer(method: str) -> None:
    one, other = (value_game(smooth, 7, method=method, budget=128, seed=3) for _ in range(2))

    assert one.value.tobytes() == other.value.tobytes()
    assert one.standard_error.tobytes() == other.standard_error.tobytes()


def test_few_players_are_enumerated_unasked() -> None:
    values = value_game(smooth, 7)

    assert values.method == "exact"
    assert values.converged
    assert values.n_evaluations == 128
    assert values.value == pytest.approx(truth(), abs=1e-12)
    assert (values.probability_of_rank == 1).all()
    assert "128 coalitions" in values.why


def test_a_small_budget_takes_the_surrogate_and_says_why() -> None:
    values = value_game(smooth, 7, budget=60)

    assert values.method == "surrogate"
    assert "too many coalitions for the budget" in values.why


def test_a_player_alone_earns_everything() -> None:
    values = value_game(lambda c: 2.0 * c[:, 0], 1)

    assert values.value.tolist() == [2]


def test_two_hundred_and_fifty_seven_players_are_sampled_antithetically() -> None:
    values = value_game(lambda c: c.mean(axis=1), 257, budget=1_100)

    assert values.method == "antithetic"
    assert values.value == pytest.approx(np.full(257, 1 / 257))


@pytest.mark.parametrize("method", ["permutation", "antithetic", "stratified", "surrogate"])
def test_a_game_without_differences_never_counts_as_converged(method: str) -> None:
    values = value_game(lambda c: np.ones(len(c)), 7, method=method, budget=100)

    assert not values.converged
    assert values.value == pytest.approx(np.zeros(7))


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"budget": 8}, "budget of 8 evaluations is too small"),
        ({"method": "magic"}, "no method is called 'magic'"),
        ({"confidence": 1.0}, "confidence"),
        ({"semivalue": "mean"}, "no semivalue"),
        ({"player_sizes": [1, 2]}, "player_sizes has shape"),
        ({"player_sizes": [1, 2, 3, 4, 5, 6, 0]}, "player 6 has 0.0 rows"),
        ({"same_data": [[0, 1], [1, 2]]}, "player 1 is unknown or in two groups"),
        ({"same_data": [[7, 1]]}, "player 7 is unknown"),
        ({"method": "leverage", "semivalue": "banzhaf"}, "leverage does not estimate"),
        ({"method": "banzhaf_msr"}, "banzhaf_msr does not estimate"),
        ({"method": "exact", "budget": 100}, "exact cannot answer within a budget of 100"),
        ({"method": "stratified", "budget": 12}, "stratified cannot answer"),
        ({"method": "permutation", "budget": 9, "n_replicates": 0}, "replicates"),
    ],
)
def test_what_cannot_be_answered_is_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        value_game(smooth, 7, **wrong)


def test_enumeration_of_too_many_players_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="21 players are too many for exact"):
        value_game(lambda c: np.zeros(len(c)), 21, method="exact")


@pytest.mark.parametrize("n_players", [0, -1, 1_025])
def test_players_out_of_range_are_refused(n_players: int) -> None:
    with pytest.raises(InvalidInputError, match="players take part"):
        value_game(smooth, n_players)


def test_truncation_leaves_an_order_once_nearly_everything_is_gained() -> None:
    game = Counting()

    def saturated(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        game(coalitions)
        return coalitions.any(axis=1).astype(np.float64)

    value_game(saturated, 7, method="truncated", budget=128)

    # The empty one, the full one and one player at a time.
    assert len(game.met) == 9


def test_every_estimator_says_when_to_use_it() -> None:
    assert all(estimator.use_when for estimator in ESTIMATORS.values())


def test_values_become_a_frame_best_first() -> None:
    frame = value_game(smooth, 7).to_frame(list("abcdefg"))

    assert frame["player"].tolist() == list("abcdefg")
    assert frame.columns.tolist() == [
        "player", "value", "standard_error", "low", "high", "rank", "probability_of_rank"
    ]  # fmt: skip


def test_values_are_shown_and_what_came_from_outside_is_escaped() -> None:
    values = Values.of(np.array([1.0, 2.0]), np.array([0.1, 0.2]), method="<b>", why="a & b")

    assert "&lt;b&gt;" in values._repr_html_()
    assert "a &amp; b" in values._repr_html_()
    assert repr(values).splitlines()[0].split()[:4] == ["1", "player", "1", "+2"]


def test_values_are_drawn_with_their_intervals() -> None:
    import matplotlib.pyplot as plt

    axes = value_game(smooth, 7, budget=60).plot()

    assert [label.get_text() for label in axes.get_yticklabels()][-1] == "0"
    assert "95" in axes.get_xlabel()
    plt.close("all")


def test_names_must_fit_the_players() -> None:
    with pytest.raises(InvalidInputError, match="2 names for 7 players"):
        value_game(smooth, 7).to_frame(["a", "b"])


def test_a_shared_value_shares_a_rank_and_its_probability() -> None:
    values = Values.of(np.array([1.0, 1.0, 0.0]), np.zeros(3))

    assert values.rank.tolist() == [1, 1, 3]
    assert values.probability_of_rank.tolist() == [1, 1, 1]


@pytest.mark.parametrize("seed", [0, 8])
def test_leverage_sums_to_the_total_gain_whatever_rounding_leaves(seed: int) -> None:
    # Of these the direction that the constraint takes away came back as 1e-16, inverted.
    table = np.random.default_rng(seed).random(64).round(2)
    values = value_game(
        lambda coalitions: table[coalitions @ (1 << np.arange(6))],
        6,
        method="leverage",
        budget=50,
        seed=seed,
    )
    assert values.value.sum() == pytest.approx(table[63] - table[0], abs=1e-9)
