"""Seeds depend on what they are for, and on nothing else."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.seeds import derive_seed


def test_a_seed_is_the_same_for_ever() -> None:
    """Recorded utilities can only be recomputed while this holds."""
    assert derive_seed("study", "5", 0) == 620968092168845807


def test_a_seed_depends_on_each_part_and_on_their_order() -> None:
    seeds = {
        derive_seed("a", 1),
        derive_seed(1, "a"),
        derive_seed("a", 2),
        derive_seed("a", "1"),
        derive_seed("a"),
        derive_seed(["a", 1]),
        derive_seed(),
    }
    assert len(seeds) == 7


def test_seeds_are_whole_numbers_below_2_to_the_63() -> None:
    seeds = [derive_seed("range", i) for i in range(2_000)]
    assert all(0 <= seed < 2**63 for seed in seeds)
    # Each of the 63 bits is used: none is always 0 or always 1.
    assert all(0 < sum(seed >> bit & 1 for seed in seeds) < 2_000 for bit in range(63))


def test_a_part_without_canonical_form_is_refused() -> None:
    with pytest.raises(InvalidInputError):
        derive_seed(2**63)
