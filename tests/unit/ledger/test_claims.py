"""Claims grow and never move; the tree refuses what a contract could not pay."""

from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.evm import keccak_256
from workbench.ledger.claims import (
    ClaimTree,
    NamedAddress,
    Payout,
    by_address,
    claims_of,
    epoch_root,
)

A, B = "0x" + "1" * 40, "0x" + "2" * 40
keccak = keccak_256()


def named(*places: tuple[int, str | None], owner: str = "ana") -> list[NamedAddress]:
    return [NamedAddress(seq, owner, address) for seq, address in places]


def test_epochs_add_up() -> None:
    payouts = [Payout(10, "ana", 5), Payout(20, "ana", 7), Payout(20, "ben", 0)]
    assert claims_of(payouts, named((1, A))) == {("ana", A): 12}


def test_a_payout_stays_at_the_address_of_its_time() -> None:
    payouts = [Payout(10, "ana", 5), Payout(20, "ana", 7)]
    assert claims_of(payouts, named((15, B), (1, A))) == {("ana", A): 5, ("ana", B): 7}


def test_a_payout_without_an_address_waits_for_the_first_one() -> None:
    payouts = [Payout(10, "ana", 5), Payout(20, "ana", 7)]
    assert claims_of(payouts, []) == {("ana", None): 12}
    assert claims_of(payouts, named((30, B), (15, A))) == {("ana", A): 12}


def test_an_address_that_was_taken_back_gets_nothing_more() -> None:
    payouts = [Payout(10, "ana", 5), Payout(20, "ana", 7)]
    assert claims_of(payouts, named((1, A), (15, None))) == {("ana", A): 5, ("ana", None): 7}
    assert claims_of(payouts, named((1, A), (15, None), (25, B))) == {("ana", A): 5, ("ana", B): 7}


def test_owners_who_share_an_address_have_one_leaf() -> None:
    payouts = [Payout(10, "ana", 5), Payout(10, "ben", 7), Payout(10, "eva", 1)]
    claims = claims_of(payouts, named((1, A)) + named((2, A), owner="ben"))
    assert by_address(claims) == {A: 12}
    assert epoch_root(payouts, named((1, A)) + named((2, A), owner="ben"), keccak) == (
        ClaimTree.of({A: 12}, keccak).root
    )


def test_nobody_with_an_address_has_no_root() -> None:
    assert epoch_root([Payout(10, "ana", 5)], [], keccak) is None


def test_the_root_is_the_one_of_the_javascript_library() -> None:
    # By StandardMerkleTree of @openzeppelin/merkle-tree 1.0.8.
    root = "0xd9e2e0948afbf0f9d754cf9083e2282f912d84354126192574d91c1eed90d55b"
    assert ClaimTree.of({B: 7, A: 5}, keccak).root == root


def test_a_dump_is_loaded_again() -> None:
    tree = ClaimTree.of({A: 5, B: 2**256 - 1}, keccak)
    assert ClaimTree.load(tree.dump(), keccak) == tree


def _leaf(address: str, amount: Any, index: int) -> dict[str, Any]:
    return {"value": [address, amount], "treeIndex": index}


def _dump(**changes: Any) -> dict[str, Any]:
    return ClaimTree.of({A: 5, B: 7}, keccak).dump() | changes


@pytest.mark.parametrize(
    ("dump", "found"),
    [
        ({}, "no dump"),
        (_dump(format="simple-v1"), "simple-v1"),
        (_dump(leafEncoding=["address", "string"]), "string"),
        (_dump(values=[_leaf(A, 5, 1)]), "the value"),
        (_dump(values=[{"value": [A, "5"]}]), "the value"),
        (_dump(values=[_leaf(A, "5", 1), _leaf(A, "7", 2)]), "twice"),
        (_dump(values=[_leaf(A, "-5", 1)]), "the value"),
        (_dump(values=[_leaf(A, "9" * 79, 1)]), "the value"),
        (_dump(values=[_leaf("ana.eth", "5", 1)]), "no address"),
        (_dump(values=[_leaf(A, str(2**256), 0)]), "no uint256"),
        (_dump(values=[]), "needs a leaf"),
        (_dump(values=[_leaf(A, "6", 1), _leaf(B, "7", 2)]), "not those of its amounts"),
        (_dump(values=[_leaf(A, "5", 2), _leaf(B, "7", 1)]), "not in their places"),
        (_dump(tree=None), "not those of its amounts"),
    ],
)
def test_a_dump_that_is_none_is_refused(dump: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidInputError, match=found):
        ClaimTree.load(dump, keccak)


@pytest.mark.parametrize("amount", [-1, 2**256])
def test_an_amount_that_no_contract_can_hold_is_refused(amount: int) -> None:
    with pytest.raises(InvalidInputError, match="uint256"):
        ClaimTree.of({A: amount}, keccak)
