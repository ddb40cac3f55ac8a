"""Packed rows attend within themselves only."""

import torch
from torch.nn import functional

from workbench.training.packing import pack, packed_attention

LENGTHS = [3, 1, 5]
N_TOKENS, SIZE = 9, 32


def heads(n_heads: int, seed: int) -> torch.Tensor:
    return torch.randn(1, n_heads, SIZE, 4, generator=torch.Generator().manual_seed(seed))


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    mixed, _ = packed_attention(torch.nn.Identity(), query, key, value, None, packing=pack(LENGTHS))
    return mixed[:, :N_TOKENS]


def test_positions_start_anew_in_each_row() -> None:
    assert pack(LENGTHS).positions[0, :N_TOKENS].tolist() == [0, 1, 2, 0, 0, 1, 2, 3, 4]


def test_every_token_has_a_cell_that_leads_back_to_it() -> None:
    packing = pack(LENGTHS)
    assert packing.padded.flatten()[packing.packed].tolist() == list(range(SIZE))


def test_attention_equals_that_of_each_row_alone() -> None:
    query, key, value = heads(4, 0), heads(2, 1), heads(2, 2)
    rows = zip(
        *(part[:, :, :N_TOKENS].split(LENGTHS, 2) for part in (query, key, value)), strict=True
    )
    alone = [
        functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        for q, k, v in rows
    ]
    torch.testing.assert_close(attend(query, key, value), torch.cat(alone, dim=2).transpose(1, 2))


def test_a_token_changes_nothing_before_it_and_in_no_other_row() -> None:
    query, key, value = heads(2, 0), heads(2, 1), heads(2, 2)
    before = attend(query, key, value)
    value[0, :, 2] += 1
    changed = (before != attend(query, key, value)).any(dim=(0, 2, 3))
    assert changed.tolist() == [False, False, True, *[False] * 6]


def test_filler_changes_nothing() -> None:
    query, key, value = heads(2, 0), heads(2, 1), heads(2, 2)
    before = attend(query, key, value)
    for part in (query, key, value):
        part[:, :, N_TOKENS:] = 7
    assert torch.equal(before, attend(query, key, value))


def test_batches_come_in_few_sizes() -> None:
    packings = [pack([length]) for length in range(1, 97)]
    assert {packing.positions.shape[1] for packing in packings} == {32, 64, 96, 128}
    assert {packing.padded.shape[1] for packing in packings} == {16, 32, 48, 64, 80, 96}


def test_filled_tensors_keep_their_rows_first() -> None:
    rows = [torch.ones(length, 2) for length in LENGTHS]
    filled = pack(LENGTHS).filled(rows)
    assert filled.shape == (SIZE, 2)
    assert filled[:N_TOKENS].eq(1).all()
    assert filled[N_TOKENS:].eq(0).all()
    assert pack(LENGTHS).filled([row[:, 0] for row in rows]).shape == (SIZE,)
