"""Owners' moves are AdamW's, split."""

import pytest
import torch

from workbench.training.owner_gradients import OwnerMoves


@pytest.mark.parametrize("size", [0.01, 100.0], ids=["unclipped", "clipped"])
def test_moves_of_owners_sum_to_those_of_torchs_adamw(size: float) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.zeros(6, requires_grad=True)
    optimiser = torch.optim.AdamW([weights], lr=0.1, weight_decay=0.0, fused=True)
    moves = OwnerMoves(3, 6)
    for step, present in enumerate([[0, 1], [2], [0, 1, 2], [1]]):
        rate = 0.1 / (step + 1)
        optimiser.param_groups[0]["lr"] = rate
        parts = size * torch.randn(len(present), 6, generator=generator)
        weights.grad = parts.sum(0)
        torch.nn.utils.clip_grad_norm_([weights], 1.0)
        before = weights.detach().clone()
        optimiser.step()
        moves.step(present, parts, weights.grad, rate)
        torch.testing.assert_close(moves.moves().sum(0), weights.detach() - before)
        slope = torch.randn(6, generator=generator)
        expected = -(moves.moves() @ slope).double()
        torch.testing.assert_close(moves.descents(slope), expected, check_dtype=False)


def test_an_owner_out_of_the_batch_moves_on_by_momentum_alone() -> None:
    moves = OwnerMoves(2, 1)
    one = torch.ones(1, 1)
    moves.step([0], one, one[0], 1.0)
    assert moves.moves()[1] == 0
    moves.step([1], one, one[0], 1.0)
    first, second = moves.moves()[:, 0].tolist()
    assert first == pytest.approx(0.9 * second)


def test_a_gradient_of_zero_moves_nobody() -> None:
    moves = OwnerMoves(2, 3)
    moves.step([0, 1], torch.zeros(2, 3), torch.zeros(3), 1.0)
    assert not moves.moves().any()
