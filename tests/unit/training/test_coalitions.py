"""Coalitions have one order of rows and one seed, however they are asked for."""

from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.coalitions import CoalitionParameters
from workbench.training.parameters import read_parameters

DIGESTS = {"rows:ana:0": "bb", "rows:ana:1": "aa", "rows:ben:0": "cc"}
INPUTS = {name: Path(name) for name in DIGESTS}


def parameters(**changes: Any) -> CoalitionParameters:
    players = [
        {"position": 0, "owner": "ana", "rows": ["rows:ana:0", "rows:ana:1"]},
        {"position": 1, "owner": "ben", "rows": ["rows:ben:0"]},
    ]
    given = {"players": players, "coalitions": ["0", "3"]} | changes
    return read_parameters(CoalitionParameters, given)


def test_members_are_ordered_by_position_then_content() -> None:
    assert parameters().member_inputs("3", DIGESTS) == ["aa", "bb", "cc"]
    backwards = parameters(players=[p.model_dump() for p in reversed(parameters().players)])
    assert backwards.member_inputs("3", DIGESTS) == ["aa", "bb", "cc"]


def test_the_empty_coalition_has_no_rows() -> None:
    assert parameters().member_inputs("0", DIGESTS) == []


def test_seeds_depend_on_study_coalition_and_replicate_alone() -> None:
    seeds = {
        parameters(replicate=replicate).seed(seed, coalition)
        for replicate in (0, 1)
        for seed in (0, 2**62)
        for coalition in ("1", "3")
    }
    assert len(seeds) == 8
    assert parameters().seed(5, "3") == parameters(coalitions=["3"]).seed(5, "3")


def test_a_member_who_is_no_player_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="coalition 4"):
        parameters(coalitions=["0", "4"]).checked(INPUTS)


def test_rows_that_are_no_input_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="rows:ben:0"):
        parameters().checked({name: INPUTS[name] for name in INPUTS if "ana" in name})


@pytest.mark.parametrize("coalition", ["-1", "01", "1e3", "0x3", ""])
def test_a_coalition_is_a_decimal_bitmask(coalition: str) -> None:
    with pytest.raises(InvalidInputError):
        parameters(coalitions=[coalition])


def test_two_players_cannot_have_one_position() -> None:
    player = parameters().players[0].model_dump()
    with pytest.raises(InvalidInputError, match="one position"):
        parameters(players=[player, player])
