"""The surrogate learns smooth games from few evaluations and distrusts itself on others."""

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.valuation import semivalue_from_table, value_game
from workbench.valuation.coalitions import all_coalitions, keys_of
from workbench.valuation.surrogate.design import first_coalitions, next_coalitions
from workbench.valuation.surrogate.functional import Zonal
from workbench.valuation.surrogate.model import fit

Floats = NDArray[np.float64]


def saturating(rows: Floats, coalitions: NDArray[np.bool_]) -> Floats:
    return 1 - 1 / (1 + coalitions @ rows / 20) + 0.02 * coalitions[:, 0] * coalitions[:, 2]


def squared_error(found: Floats, truth: Floats) -> float:
    return float(((found - truth) ** 2).sum() / (truth**2).sum())


ROWS = np.array([40.0, 5, 9, 14, 22, 3, 60, 8, 11, 30])


def test_sixty_four_evaluations_of_ten_owners_come_within_a_percent() -> None:
    truth = semivalue_from_table(saturating(ROWS, all_coalitions(10)))

    values = value_game(lambda c: saturating(ROWS, c), 10, budget=64, player_sizes=ROWS)

    assert values.method == "surrogate"
    assert squared_error(values.value, truth) < 1e-3
    assert values.value.sum() == pytest.approx(truth.sum(), abs=1e-12)
    assert ((values.low <= truth) & (truth <= values.high)).mean() >= 0.7


def test_sizes_help() -> None:
    truth = semivalue_from_table(saturating(ROWS, all_coalitions(10)))
    with_sizes, without = (
        np.mean(
            [
                squared_error(
                    value_game(
                        lambda c: saturating(ROWS, c), 10, budget=30, player_sizes=sizes, seed=s
                    ).value,
                    truth,
                )
                for s in range(3)
            ]
        )
        for sizes in (ROWS, None)
    )

    assert with_sizes < without


def test_owners_with_the_same_rows_are_worth_the_same() -> None:
    def deduplicated(coalitions: NDArray[np.bool_]) -> Floats:
        merged = coalitions.copy()
        merged[:, 1] |= merged[:, 3]
        merged[:, 3] = False
        return saturating(ROWS, merged)

    truth = semivalue_from_table(deduplicated(all_coalitions(10)))

    values = value_game(deduplicated, 10, budget=60, player_sizes=ROWS, same_data=[[1, 3]])

    assert values.value[1] == values.value[3]
    assert squared_error(values.value, truth) < 1e-2


def test_identical_rows_may_leave_so_few_coalitions_that_all_are_asked() -> None:
    def two_kinds(coalitions: NDArray[np.bool_]) -> Floats:
        return 3.0 * coalitions[:, :5].any(axis=1) + coalitions[:, 5:].any(axis=1)

    groups = [list(range(5)), list(range(5, 10))]
    values = value_game(two_kinds, 10, budget=20, same_data=groups)

    assert values.method == "exact"
    assert values.n_evaluations == 4
    assert values.value == pytest.approx([0.6] * 5 + [0.2] * 5)


@pytest.mark.parametrize("n_players", [20, 40])
def test_many_owners_with_sizes_are_valued_along_orders(n_players: int) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(5, 100, n_players).astype(float)

    values = value_game(lambda c: c @ rows / rows.sum(), n_players, budget=120, player_sizes=rows)

    assert values.method == "surrogate"
    assert squared_error(values.value, rows / rows.sum()) < 0.05


def test_many_owners_with_the_same_rows_are_one_block_each() -> None:
    rows = np.arange(1.0, 21)

    def pairs(coalitions: NDArray[np.bool_]) -> Floats:
        return (coalitions[:, 0::2] | coalitions[:, 1::2]) @ rows / rows.sum()

    groups = [[i, i + 1] for i in range(0, 40, 2)]
    values = value_game(pairs, 40, budget=120, same_data=groups)

    assert values.value[0::2] == pytest.approx(values.value[1::2], abs=0.02)
    assert squared_error(values.value, np.repeat(rows / rows.sum() / 2, 2)) < 0.05


def random_worth(coalitions: NDArray[np.bool_]) -> Floats:
    table = np.random.default_rng(5).random(2**10)
    return table[coalitions @ (1 << np.arange(10))]


def vote(coalitions: NDArray[np.bool_]) -> Floats:
    return (coalitions.sum(axis=1) > 5).astype(np.float64)


def unanimous(coalitions: NDArray[np.bool_]) -> Floats:
    return coalitions[:, :3].all(axis=1).astype(np.float64)


@pytest.mark.parametrize("game", [random_worth, vote, unanimous])
def test_a_game_that_does_not_fit_is_answered_by_a_paired_estimator(game: object) -> None:
    values = value_game(game, 10, budget=100)  # type: ignore[arg-type]

    assert values.method == "regression_adjusted"
    assert values.n_evaluations <= 100
    assert "not trusted" in values.why


def test_a_game_that_does_not_fit_is_answered_no_worse_than_by_orders() -> None:
    costs = np.arange(1.0, 15)

    def runway(coalitions: NDArray[np.bool_]) -> Floats:
        return (coalitions * costs).max(axis=1)

    truth = semivalue_from_table(runway(all_coalitions(14)))
    ours, by_orders = (
        [
            squared_error(value_game(runway, 14, method=method, budget=60, seed=s).value, truth)
            for s in range(4)
        ]
        for method in ("regression_adjusted", "antithetic")
    )

    # Differences of pairs are far from additive here, so the additive fit has no say.
    assert np.mean(ours) < np.mean(by_orders)


def test_below_five_evaluations_a_player_the_interval_is_provisional() -> None:
    values = value_game(lambda c: saturating(ROWS, c), 10, budget=40)

    assert "provisional" in values.why


def test_a_design_begins_with_the_ends_and_repeats_nothing() -> None:
    for n_blocks in (1, 2, 5, 40):
        first = first_coalitions(n_blocks, np.random.default_rng(0))
        assert len(set(keys_of(first))) == len(first) == min(2 * n_blocks + 2, 2**n_blocks)
        assert not first[0].any()
        assert first[1].all()


def test_each_greedy_step_shrinks_the_errors_more_than_chance() -> None:
    rng = np.random.default_rng(0)
    first = first_coalitions(8, rng)
    model = fit(first, saturating(ROWS[:8], first), None)
    zonal = Zonal(8, "shapley")

    chosen = next_coalitions(model, zonal, 10, rng)

    assert len(set(keys_of(np.concatenate([first, chosen])))) == len(first) + 10

    def trace(coalitions: NDArray[np.bool_]) -> float:
        more = type(model).at(model.theta, coalitions, saturating(ROWS[:8], coalitions), None)
        sections = zonal.sections(model.theta, coalitions)
        return float(
            np.trace(zonal.covariance(model.theta, coalitions, sections, more.inverse @ sections))
        )

    others = [c for c in all_coalitions(8) if c.tobytes() not in {f.tobytes() for f in first}]
    by_chance = [
        trace(np.concatenate([first, rng.permutation(np.array(others))[:10]])) for _ in range(10)
    ]
    assert trace(np.concatenate([first, chosen])) < min(by_chance)
