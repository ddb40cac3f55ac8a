"""Losses are means over tokens, and batches are cut by tokens."""

import pytest
import torch

from workbench.training.learner import RowLosses, group_by_tokens

LOSSES = RowLosses(
    total=torch.tensor([2.0, 9.0, 4.0, 1.0], dtype=torch.float64),
    n_tokens=torch.tensor([1, 3, 2, 1]),
)


def test_the_mean_is_over_tokens_not_rows() -> None:
    assert LOSSES.mean == 16 / 7


def test_blocks_are_interleaved() -> None:
    assert LOSSES.block_means(2) == [6 / 3, 10 / 4]


def test_one_block_is_the_whole() -> None:
    assert LOSSES.block_means(1) == [LOSSES.mean]


@pytest.mark.parametrize(
    ("lengths", "groups"),
    [
        ([3, 3, 3], [[0, 1], [2]]),
        ([9, 1], [[0], [1]]),
        ([1, 9, 1], [[0], [1], [2]]),
        ([], []),
    ],
)
def test_groups_hold_at_most_so_many_tokens_or_one_row(
    lengths: list[int], groups: list[list[int]]
) -> None:
    assert group_by_tokens(range(len(lengths)), lengths, 6) == groups
