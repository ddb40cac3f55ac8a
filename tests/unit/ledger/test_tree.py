"""The Merkle tree is that of RFC 6962, by its reference vectors."""

import hashlib

import pytest

from workbench.core.errors import InvalidInputError
from workbench.ledger.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    tree_root,
)

# The inputs and roots of the reference implementation of Certificate Transparency.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in INPUTS]


def test_roots_are_those_of_the_reference() -> None:
    assert [tree_root(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS
    assert tree_root([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_a_path_of_the_reference_leads_to_its_root() -> None:
    proof = inclusion_proof(LEAVES, 5)
    assert [one.hex() for one in proof] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert is_included(LEAVES[5], 5, 8, proof, tree_root(LEAVES))


def test_a_growth_of_the_reference_is_shown() -> None:
    proof = consistency_proof(LEAVES, 6)
    assert [one.hex() for one in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert is_consistent(6, tree_root(LEAVES[:6]), 8, tree_root(LEAVES), proof)


def test_an_entry_cannot_pass_for_an_inner_node() -> None:
    node = b"".join(LEAVES[:2])
    assert leaf_hash(node) != tree_root(LEAVES[:2])


@pytest.mark.parametrize("index", [-1, 8])
def test_a_leaf_that_is_not_there_has_no_path(index: int) -> None:
    with pytest.raises(InvalidInputError, match="no leaf"):
        inclusion_proof(LEAVES, index)


@pytest.mark.parametrize("size", [0, 9])
def test_a_tree_that_never_was_has_no_proof(size: int) -> None:
    with pytest.raises(InvalidInputError, match="never had"):
        consistency_proof(LEAVES, size)
