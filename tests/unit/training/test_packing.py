"""Packed rows attend within themselves only."""

import torch
from torch.nn import functional

from workbench.training.packing import pack, packed_attention

LENGTHS = [3, 1, 5]


def heads(n_heads: int, seed: int) -> torch.Tensor:
    return torch.randn(1, n_heads, sum(LENGTHS), 4, generator=torch.Generator().manual_seed(seed))


def test_positions_start_anew_in_each_row() -> None:
    assert pack(LENGTHS).positions.tolist() == [[0, 1, 2, 0, 0, 1, 2, 3, 4]]


def test_every_token_has_a_cell_that_leads_back_to_it() -> None:
    packing = pack(LENGTHS)
    assert packing.padded.flatten()[packing.packed].tolist() == list(range(sum(LENGTHS)))


def test_attention_equals_that_of_each_row_alone() -> None:
    query, key, value = heads(4, 0), heads(2, 1), heads(2, 2)
    mixed, _ = packed_attention(torch.nn.Identity(), query, key, value, None, packing=pack(LENGTHS))
    alone = [
        functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        for q, k, v in zip(
            query.split(LENGTHS, 2), key.split(LENGTHS, 2), value.split(LENGTHS, 2), strict=True
        )
    ]
    torch.testing.assert_close(mixed, torch.cat(alone, dim=2).transpose(1, 2))


def test_a_later_token_changes_nothing_before_it() -> None:
    query, key, value = heads(2, 0), heads(2, 1), heads(2, 2)
    before, _ = packed_attention(
        torch.nn.Identity(), query, key, value, None, packing=pack(LENGTHS)
    )
    value[0, :, 2] += 1
    after, _ = packed_attention(torch.nn.Identity(), query, key, value, None, packing=pack(LENGTHS))
    changed = (before != after).any(dim=(0, 2, 3))
    assert changed.tolist() == [False, False, True, *[False] * 6]
