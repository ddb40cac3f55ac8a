"""Seeds and samples come from the beacon alone."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.beacon import Beacon

BEACON = Beacon.after("a" * 64, 4, "b" * 64, 5)
ITEMS = [f"{k:064x}" for k in range(200)]


def test_a_head_from_before_the_reveal_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="covers 4 entries, the proposal is entry 4"):
        Beacon.after("a" * 64, 4, "b" * 64, 4)


@pytest.mark.parametrize("texts", [("a", "b" * 64), ("a" * 64, "B" * 64)])
def test_what_is_no_digest_is_refused(texts: tuple[str, str]) -> None:
    with pytest.raises(InvalidInputError, match="no digest"):
        Beacon.after(texts[0], 1, texts[1], 2)


def test_every_seed_is_another() -> None:
    seeds = [*BEACON.seeds(20), BEACON.seed("bootstrap"), BEACON.seed("probe")]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_fewer_seeds_are_the_first_of_more() -> None:
    assert BEACON.seeds(7) == BEACON.seeds(9)[:7]


def test_another_head_or_proposal_draws_otherwise() -> None:
    for other in (Beacon("a" * 64, "c" * 64), Beacon("c" * 64, "b" * 64)):
        assert not set(other.seeds(20)) & set(BEACON.seeds(20))
        assert other.sample(ITEMS, 50) != BEACON.sample(ITEMS, 50)


def test_a_sample_is_of_different_items_that_exist() -> None:
    sample = BEACON.sample(ITEMS, 50)
    assert len(set(sample)) == 50
    assert set(sample) <= set(ITEMS)
    assert BEACON.sample(ITEMS, 200) == ITEMS


@pytest.mark.parametrize("n_items", [0, 201])
def test_a_sample_that_cannot_be_is_refused(n_items: int) -> None:
    with pytest.raises(InvalidInputError, match=f"{n_items} items are wanted of 200"):
        BEACON.sample(ITEMS, n_items)


def test_an_item_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="1 of them different"):
        BEACON.sample(["a", "a"], 1)
