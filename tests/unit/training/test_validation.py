"""Which rows are held out depends on what they teach and on nothing else."""

import pytest
import torch

from workbench.core.errors import InvalidInputError
from workbench.training.suffix import CachedRow
from workbench.training.validation import hold_out


def row(*targets: int) -> CachedRow:
    return CachedRow(torch.zeros(len(targets), 2), torch.tensor(targets))


ROWS = [row(n, n + 1, n % 7) for n in range(40)]


def tokens(rows: list[CachedRow]) -> list[list[int]]:
    return [one.targets.tolist() for one in rows]


def test_the_share_is_held_out_and_every_row_is_on_one_side_in_its_order() -> None:
    training, held_out = hold_out(ROWS, 0.25, 7)
    assert len(held_out) == 10
    assert sorted(tokens(training) + tokens(held_out)) == sorted(tokens(ROWS))
    assert tokens(training) == [t for t in tokens(ROWS) if t in tokens(training)]


def test_the_order_of_the_rows_does_not_matter() -> None:
    _, held_out = hold_out(ROWS, 0.3, 7)
    _, turned = hold_out(ROWS[::-1], 0.3, 7)
    assert tokens(turned) == tokens(held_out)[::-1]


def test_another_seed_holds_out_others() -> None:
    assert tokens(hold_out(ROWS, 0.3, 7)[1]) != tokens(hold_out(ROWS, 0.3, 8)[1])


def test_no_row_that_is_held_out_is_trained_on_under_another_owner() -> None:
    training, held_out = hold_out([*ROWS, *ROWS], 0.2, 7)
    assert len(held_out) == 16
    assert not any(t in tokens(training) for t in tokens(held_out))


def test_a_share_of_nothing_holds_out_nothing() -> None:
    assert hold_out(ROWS, 0.0, 7) == (ROWS, [])


def test_something_must_be_left_to_train_on() -> None:
    with pytest.raises(InvalidInputError, match="of 3 rows, 1 of them different"):
        hold_out([row(1, 2)] * 3, 0.5, 7)
