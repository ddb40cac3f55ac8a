"""Which rows a fit is measured on depends on their number, their classes and the seed alone."""

import numpy as np
import pytest

from workbench.training.shares import MOST_ROWS, Shares, draw_half, row_bytes
from workbench.training.tabular_rows import Table


def test_shares_are_a_quarter_and_a_half_and_nested() -> None:
    labels = np.arange(100) % 3
    shares = Shares.of(labels, seed=5)
    assert shares.sizes == (25, 50)
    assert len(shares.order) == len(set(shares.order.tolist())) == 50
    assert shares.order.max() < 100


def test_the_seed_decides_the_rows() -> None:
    labels = np.arange(100) % 3
    one, again, other = (Shares.of(labels, seed).order.tolist() for seed in (5, 5, 6))
    assert one == again
    assert sorted(one) != sorted(other)


def test_the_smaller_share_shows_every_class() -> None:
    labels = np.zeros(200, dtype=np.int64)
    labels[17], labels[180] = 1, 2
    for seed in range(20):
        shares = Shares.of(labels, seed)
        assert set(labels[shares.order[: shares.sizes[0]]].tolist()) == {0, 1, 2}


def test_many_rows_are_measured_on_few() -> None:
    labels = np.arange(40 * MOST_ROWS) % 3
    assert Shares.of(labels, seed=1).sizes == (MOST_ROWS // 2, MOST_ROWS)
    assert len(draw_half(40 * MOST_ROWS, seed=1)) == MOST_ROWS // 2
    assert sorted(draw_half(1, seed=1).tolist()) == [0]


@pytest.mark.parametrize(
    ("labels", "sizes"), [([0, 1], (2, 2)), ([0, 1, 1], (2, 3)), ([0, 1, 2, 3, 0], (4, 5))]
)
def test_few_rows_are_all_fitted(labels: list[int], sizes: tuple[int, int]) -> None:
    shares = Shares.of(np.asarray(labels), seed=0)
    assert shares.sizes == sizes
    assert len(shares.order) == sizes[1]


def test_a_row_takes_what_was_seen_and_its_copies_at_the_least() -> None:
    table = Table(np.zeros((10, 4)), np.zeros(10, dtype=np.int64))
    assert row_bytes(table, 0) == 3 * 8 * 4
    assert row_bytes(table, 1_000_000) == 100_000
