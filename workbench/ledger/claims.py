"""Claims: payouts as a Merkle tree whose root a contract on an EVM chain can pay by.

References
----------
OpenZeppelin, ``@openzeppelin/merkle-tree`` 1.0.8, ``StandardMerkleTree``: its layout, its
hashes and its ``standard-v1`` dump, to the byte.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from workbench.core.addresses import check_address
from workbench.core.errors import InvalidInputError

Hash = Callable[[bytes], bytes]
LEAF_ENCODING: Final = ("address", "uint256")
_FORMAT: Final = "standard-v1"
_MOST: Final = 2**256
# No uint256 has more digits; a longer text would take long to read.
_WHOLE: Final = re.compile(r"[0-9]{1,78}").fullmatch


@dataclass(frozen=True)
class Payout:
    """What an owner was paid in an epoch.

    Attributes
    ----------
    seq : place in the log of the ledger entry that paid it.
    owner : the owner group.
    amount : µcr, at least 0.
    """

    seq: int
    owner: str
    amount: int


@dataclass(frozen=True)
class NamedAddress:
    """An address that an owner wants to be paid at from here on.

    Attributes
    ----------
    seq : place in the log of the record that names it.
    owner : the owner group.
    address : ``0x`` and 40 lower-case hexadecimal digits; None takes the last one back.
    """

    seq: int
    owner: str
    address: str | None


def claims_of(
    payouts: Iterable[Payout], addresses: Iterable[NamedAddress]
) -> dict[tuple[str, str | None], int]:
    """Return what each owner may claim in all at each of its addresses, in µcr.

    A payout belongs to the address that its owner had named when it was paid, or else to the
    first one named after. It never moves to another: a contract that has paid it at one address
    would pay it again. So each address's sum only grows, whatever is named later.

    Parameters
    ----------
    payouts : of the epochs to sum up.
    addresses : in any order.

    Returns
    -------
    dict of owner and address → µcr, above 0; address ``None`` where the owner named none yet.
    """
    named: dict[str, list[NamedAddress]] = defaultdict(list)
    for one in sorted(addresses, key=lambda one: one.seq):
        named[one.owner].append(one)
    sums: dict[tuple[str, str | None], int] = defaultdict(int)
    for payout in payouts:
        if payout.amount:
            sums[payout.owner, _address_at(named[payout.owner], payout.seq)] += payout.amount
    return dict(sums)


def _address_at(named: Sequence[NamedAddress], seq: int) -> str | None:
    before = [one.address for one in named if one.seq < seq]
    if before and before[-1]:
        return before[-1]
    return next((one.address for one in named if one.seq > seq and one.address), None)


def by_address(claims: Mapping[tuple[str, str | None], int]) -> dict[str, int]:
    """Return what each address may claim in all; owners without one wait."""
    sums: dict[str, int] = defaultdict(int)
    for (_, address), amount in claims.items():
        if address is not None:
            sums[address] += amount
    return dict(sums)


def epoch_root(
    payouts: Iterable[Payout], addresses: Iterable[NamedAddress], keccak: Hash
) -> str | None:
    """Return the root that a contract pays these payouts by; None where nobody has an address.

    Parameters
    ----------
    payouts, addresses : as ``claims_of`` takes them.
    keccak : Keccak-256.
    """
    amounts = by_address(claims_of(payouts, addresses))
    return ClaimTree.of(amounts, keccak).root if amounts else None


@dataclass(frozen=True)
class ClaimTree:
    """A tree over (address, cumulative amount).

    Attributes
    ----------
    nodes : hashes, the root first; the children of node i are 2i + 1 and 2i + 2.
    places : address → amount in µcr and the index of its leaf in ``nodes``; by address.
    """

    nodes: Sequence[bytes]
    places: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, amounts: Mapping[str, int], keccak: Hash) -> Self:
        """Return the tree of these amounts; the order of the mapping changes nothing.

        Parameters
        ----------
        amounts : address → µcr, from 0 to 2²⁵⁶ - 1; at least one.
        keccak : Keccak-256.

        Raises
        ------
        InvalidInputError
            No amount, one that is no uint256, or an address that is none.
        """
        if not amounts:
            raise InvalidInputError("a tree needs a leaf", wanted="one address with an amount")
        leaves = sorted(
            (keccak(keccak(_encode(address, amount))), address)
            for address, amount in amounts.items()
        )
        last = 2 * len(leaves) - 2
        nodes = [b""] * (last + 1)
        for n, (leaf, _) in enumerate(leaves):
            nodes[last - n] = leaf
        for n in range(last - len(leaves), -1, -1):
            left, right = nodes[2 * n + 1], nodes[2 * n + 2]
            nodes[n] = keccak(left + right if left < right else right + left)
        indexes = {address: last - n for n, (_, address) in enumerate(leaves)}
        return cls(nodes, {name: (amounts[name], indexes[name]) for name in sorted(amounts)})

    @property
    def root(self) -> str:
        """``0x`` and 64 hexadecimal digits."""
        return _hex(self.nodes[0])

    def dump(self) -> dict[str, Any]:
        """Return what ``StandardMerkleTree.load`` reads in JavaScript."""
        return {
            "format": _FORMAT,
            "leafEncoding": list(LEAF_ENCODING),
            "tree": [_hex(node) for node in self.nodes],
            "values": [
                {"value": [address, str(amount)], "treeIndex": index}
                for address, (amount, index) in self.places.items()
            ],
        }

    @classmethod
    def load(cls, dump: Mapping[str, Any], keccak: Hash) -> Self:
        """Return the tree of a dump, which is built again from its values.

        Raises
        ------
        InvalidInputError
            It is no such dump, or its hashes are not those of its values.
        """
        match dump:
            case {"format": str(form), "leafEncoding": list(encoding), "values": list(values)}:
                pass
            case _:
                raise InvalidInputError("this is no dump of a tree", wanted=f"format {_FORMAT}")
        if (form, tuple(encoding)) != (_FORMAT, LEAF_ENCODING):
            raise InvalidInputError(
                f"the dump is {form[:20]!r} with leaves of {str(encoding)[:60]}",
                wanted=f"{_FORMAT!r} with leaves of {list(LEAF_ENCODING)}",
            )
        places = _places(values)
        tree = cls.of({address: amount for address, (amount, _) in places.items()}, keccak)
        if tree.places != places or tree.dump()["tree"] != dump.get("tree"):
            raise InvalidInputError(
                "the dump's hashes are not those of its amounts, or not in their places",
                wanted=f"the root {tree.root}",
                next_step="export the claims again: workbench claims EPOCH --out FILE",
            )
        return tree


def _places(values: Sequence[Any]) -> dict[str, tuple[int, int]]:
    places: dict[str, tuple[int, int]] = {}
    for one in values:
        match one:
            case {"value": [str(address), str(amount)], "treeIndex": int(index)} if _WHOLE(amount):
                name = check_address(address)
            case _:
                raise InvalidInputError(
                    f"the dump has the value {str(one)[:80]}",
                    wanted='{"value": [address, µcr], "treeIndex"}',
                )
        if name in places:
            raise InvalidInputError(f"{name} is in the dump twice", wanted="one line an address")
        places[name] = int(amount), index
    return places


def _encode(address: str, amount: int) -> bytes:
    """Return ``abi.encode(address, uint256)``, 64 bytes."""
    if not 0 <= amount < _MOST:
        raise InvalidInputError(f"{amount} is no uint256", wanted="0 to 2**256 - 1")
    return bytes(12) + bytes.fromhex(address[2:]) + amount.to_bytes(32, "big")


def _hex(node: bytes) -> str:
    return f"0x{node.hex()}"
