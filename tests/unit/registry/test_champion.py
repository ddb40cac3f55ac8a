"""Champions follow one another; late ones are stale, and what was undone stays undone."""

import pytest

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.registry.champion import Champions, Merge

START = Champions("m0")
ONE = Merge("p1", "m0", "m1")
TWO = Merge("p2", "m0", "m2")


def test_of_two_that_race_the_second_is_stale_until_it_is_rebased() -> None:
    champions, became = START.merge(ONE)
    assert (champions.champion, became) == ("m1", "merged")
    assert champions.merge(TWO) == (champions, "stale")
    assert champions.merge(Merge("p3", "m1", "m2"))[0].champion == "m2"


def test_merging_again_changes_nothing() -> None:
    champions = START.merge(ONE)[0].merge(Merge("p2", "m1", "m2"))[0]
    assert champions.merge(ONE) == (champions, "merged")


def test_a_rollback_brings_the_champion_before_back() -> None:
    champions = START.merge(ONE)[0].roll_back("p1")
    assert (champions.champion, champions.undone) == ("m0", ("p1",))
    assert champions.roll_back("p1") == champions
    assert champions.merge(TWO)[1] == "merged"


def test_what_was_rolled_back_merges_only_as_a_new_proposal() -> None:
    champions = START.merge(ONE)[0].roll_back("p1")
    with pytest.raises(ConflictError, match="rolled back"):
        champions.merge(ONE)


def test_one_proposal_does_not_merge_twice_otherwise() -> None:
    with pytest.raises(ConflictError, match="merged otherwise"):
        START.merge(ONE)[0].merge(Merge("p1", "m1", "m5"))


@pytest.mark.parametrize("champions", [START, START.merge(TWO)[0]])
def test_only_the_latest_merge_is_rolled_back(champions: Champions) -> None:
    with pytest.raises(ConflictError, match="was not made by proposal p1"):
        champions.roll_back("p1")


def test_the_champion_does_not_follow_itself() -> None:
    with pytest.raises(InvalidInputError, match="champion already"):
        START.merge(Merge("p1", "m0", "m0"))
