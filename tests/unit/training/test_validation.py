"""Which rows are held out depends on what they teach and on nothing else."""

import pytest
import torch
from torch import Tensor

from workbench.core.errors import InvalidInputError
from workbench.training.validation import hold_out

ROWS = [torch.tensor([n, n + 1, n % 7]) for n in range(40)]


def taught(rows: list[Tensor], places: list[int]) -> list[list[int]]:
    return [rows[place].tolist() for place in places]


def test_the_share_is_held_out_and_every_row_is_on_one_side_in_its_order() -> None:
    training, held_out = hold_out(ROWS, 0.25, 7)
    assert len(held_out) == 10
    assert sorted([*training, *held_out]) == list(range(40))
    assert (training, held_out) == (sorted(training), sorted(held_out))


def test_the_order_of_the_rows_does_not_matter() -> None:
    _, held_out = hold_out(ROWS, 0.3, 7)
    _, turned = hold_out(ROWS[::-1], 0.3, 7)
    assert taught(ROWS[::-1], turned) == taught(ROWS, held_out)[::-1]


def test_another_seed_holds_out_others() -> None:
    assert hold_out(ROWS, 0.3, 7)[1] != hold_out(ROWS, 0.3, 8)[1]


def test_no_row_that_is_held_out_is_trained_on_under_another_owner() -> None:
    twice = [*ROWS, *ROWS]
    training, held_out = hold_out(twice, 0.2, 7)
    assert len(held_out) == 16
    assert not any(one in taught(twice, training) for one in taught(twice, held_out))


def test_a_share_of_nothing_holds_out_nothing() -> None:
    assert hold_out(ROWS, 0.0, 7) == (list(range(40)), [])


def test_something_must_be_left_to_train_on() -> None:
    with pytest.raises(InvalidInputError, match="of 3 rows, 1 of them different"):
        hold_out([torch.tensor([1, 2])] * 3, 0.5, 7)
