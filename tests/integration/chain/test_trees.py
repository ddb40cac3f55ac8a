"""Our trees are those of OpenZeppelin's library, hash for hash, and each loads the other's."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.integration.chain.conftest import keccak
from workbench.client.claims import proof_of
from workbench.core.addresses import checksummed
from workbench.ledger.claims import ClaimTree

Javascript = Callable[[dict[str, Any]], dict[str, Any]]
ADDRESSES = st.binary(min_size=20, max_size=20).filter(any).map(lambda raw: f"0x{raw.hex()}")
AMOUNTS = st.integers(0, 2**256 - 1) | st.integers(0, 10**12)


@given(amounts=st.dictionaries(ADDRESSES, AMOUNTS, min_size=1, max_size=40))
def test_trees_dumps_and_proofs_are_equal(javascript: Javascript, amounts: dict[str, int]) -> None:
    tree = ClaimTree.of(amounts, keccak)
    dump = tree.dump()
    theirs = javascript({"values": [[address, str(n)] for address, n in sorted(amounts.items())]})
    assert theirs["dump"] == dump
    assert theirs["root"] == tree.root
    assert theirs["proofs"] == [proof_of(dump, address) for address in sorted(amounts)]
    loaded = javascript({"dump": dump})
    assert (loaded["root"], loaded["dump"]) == (tree.root, dump)
    assert ClaimTree.load(theirs["dump"], keccak) == tree


def test_a_dump_of_theirs_with_checksums_in_another_order_loads_here(
    javascript: Javascript,
) -> None:
    addresses = [f"0x{digit * 40}" for digit in "fabcde123"]
    values = [[checksummed(address), str(n)] for n, address in enumerate(addresses)]
    theirs = javascript({"values": values})
    tree = ClaimTree.load(theirs["dump"], keccak)
    assert tree.root == theirs["root"]
    assert {address: n for address, (n, _) in tree.places.items()} == {
        address: n for n, address in enumerate(addresses)
    }


def test_a_dump_that_was_changed_loads_nowhere(javascript: Javascript) -> None:
    dump = ClaimTree.of({"0x" + "1" * 40: 5, "0x" + "2" * 40: 7}, keccak).dump()
    dump["values"][0]["value"][1] = "6"
    assert "does not contain the expected value" in javascript({"dump": dump})["refused"]
