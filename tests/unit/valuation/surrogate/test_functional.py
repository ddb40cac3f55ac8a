"""Every closed form against its brute-force twin."""

from typing import Any

import numpy as np
import pytest

from workbench.valuation.coalitions import all_coalitions
from workbench.valuation.semivalues import semivalue_from_table
from workbench.valuation.surrogate.functional import Enumerated, Zonal, to_blocks
from workbench.valuation.surrogate.kernel import G
from workbench.valuation.surrogate.likelihood import START, gram_matrix

SEMIVALUES = ["shapley", "banzhaf", ("beta", 4, 1)]


@pytest.mark.parametrize("semivalue", SEMIVALUES)
@pytest.mark.parametrize("n_players", [1, 2, 5, 8])
def test_zonal_values_and_covariance_agree_with_enumeration(n_players: int, semivalue: Any) -> None:
    theta = START + 0.3 * np.random.default_rng(n_players).normal(size=len(START))
    theta[G] = 0.0
    everyone = all_coalitions(n_players)
    sections = semivalue_from_table(gram_matrix(theta, everyone, everyone, None), semivalue).T
    zonal = Zonal(n_players, semivalue)

    assert zonal.sections(theta, everyone) == pytest.approx(sections, abs=1e-12)
    assert zonal.prior(theta) == pytest.approx(semivalue_from_table(sections, semivalue), abs=1e-12)


@pytest.mark.parametrize("semivalue", SEMIVALUES)
def test_weighted_values_and_covariance_agree_with_enumeration(semivalue: Any) -> None:
    sizes = np.array([3.0, 5.0, 8.0, 100.0, 7.0, 20.0])
    theta = START.copy()
    theta[G] = 0.9
    everyone = all_coalitions(6)
    sections = semivalue_from_table(gram_matrix(theta, everyone, everyone, sizes), semivalue).T
    weighted = Enumerated(np.arange(6), sizes, semivalue)
    nothing = np.zeros_like(sections)

    assert weighted.sections(theta, everyone) == pytest.approx(sections, abs=1e-12)
    covariance = weighted.covariance(theta, everyone, nothing, nothing)
    assert covariance == pytest.approx(semivalue_from_table(sections, semivalue), abs=1e-12)


@pytest.mark.parametrize("semivalue", SEMIVALUES)
def test_players_with_the_same_rows_agree_with_the_game_of_all_players(semivalue: Any) -> None:
    block_of = np.array([0, 1, 1, 2, 3, 0, 1])
    utilities = np.random.default_rng(0).normal(size=16)
    every_player = utilities[to_blocks(all_coalitions(7), block_of) @ (1 << np.arange(4))]

    blocks = Enumerated(block_of, None, semivalue)

    assert blocks.of_utilities(utilities) == pytest.approx(
        semivalue_from_table(every_player, semivalue), abs=1e-12
    )
