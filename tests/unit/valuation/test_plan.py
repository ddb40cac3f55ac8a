"""A plan names the coalitions a study evaluates and never more than its budget."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.valuation.plan import plan_study


def test_few_owners_are_enumerated_with_the_total_gain_first() -> None:
    plan = plan_study(3, method="auto", budget=None, seed=0)

    assert plan.method == "exact"
    assert plan.coalitions[:2] == [0, 0b111]
    assert sorted(plan.coalitions) == list(range(8))
    assert "8 coalitions" in plan.why


def test_many_owners_are_sampled() -> None:
    plan = plan_study(13, method="auto", budget=200, seed=0)

    assert plan.method == "permutation"
    assert len(set(plan.coalitions)) == len(plan.coalitions) <= 200


def test_a_small_budget_samples_even_few_owners() -> None:
    assert plan_study(6, method="auto", budget=40, seed=0).method == "permutation"


def test_a_larger_budget_extends_a_study() -> None:
    small = plan_study(10, method="permutation", budget=60, seed=3)
    large = plan_study(10, method="permutation", budget=200, seed=3)

    assert large.permutations[: len(small.permutations)] == small.permutations
    assert set(small.coalitions) <= set(large.coalitions)


@pytest.mark.parametrize("budget", [0, -1, 7])
def test_a_budget_below_one_evaluation_a_player_is_refused(budget: int) -> None:
    with pytest.raises(InvalidInputError, match=f"budget of {budget}") as refused:
        plan_study(6, method="auto", budget=budget, seed=0)

    assert "at least 8" in refused.value.wanted


def test_a_budget_of_one_permutation_is_refused_because_it_has_no_error() -> None:
    with pytest.raises(InvalidInputError, match="1 permutations"):
        plan_study(20, method="permutation", budget=22, seed=0)


def test_enumeration_beyond_the_budget_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="do not fit"):
        plan_study(6, method="exact", budget=63, seed=0)


@pytest.mark.parametrize("n_players", [0, 65])
def test_players_are_one_to_sixty_four(n_players: int) -> None:
    with pytest.raises(InvalidInputError, match="owner groups"):
        plan_study(n_players, method="auto", budget=None, seed=0)


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError, match="no method") as refused:
        plan_study(3, method="magic", budget=None, seed=0)

    assert "permutation" in refused.value.wanted
