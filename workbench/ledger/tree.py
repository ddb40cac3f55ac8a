"""The Merkle tree over the log: small proofs that an entry is in it, and that it only grew.

References
----------
RFC 6962, "Certificate Transparency", section 2.1; RFC 9162, section 2.1.3 to 2.1.5, for how
proofs are checked.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from workbench.core.errors import InvalidInputError

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf, 32 bytes; no leaf can pass for an inner node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, 32 bytes.

    Parameters
    ----------
    leaves : hashes as ``leaf_hash`` returns them, oldest first.

    Examples
    --------
    >>> tree_root([]) == EMPTY_ROOT
    True
    """
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root


class Frontier:
    """A tree that only grows, kept as the roots of its full subtrees.

    A leaf costs amortised two hashes, and n leaves take log₂ n hashes of memory.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        self.size += 1
        n_leaves, peak = 1, leaf
        while self._peaks and self._peaks[-1][0] == n_leaves:
            _, left = self._peaks.pop()
            n_leaves, peak = 2 * n_leaves, _node_hash(left, peak)
        self._peaks.append((n_leaves, peak))

    @property
    def root(self) -> bytes:
        """The root over all leaves so far, 32 bytes."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            root = _node_hash(left, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of a leaf: its siblings from the bottom up.

    Parameters
    ----------
    leaves : hashes, oldest first.
    index : of the leaf, from 0, below the number of leaves.

    Raises
    ------
    InvalidInputError
        The tree has no such leaf.

    References
    ----------
    RFC 6962, 2.1.1: PATH(m, D[n]).
    """
    if not 0 <= index < len(leaves):
        raise InvalidInputError(
            f"the tree has {len(leaves)} leaves, and no leaf {index}",
            wanted=f"an index from 0 to {len(leaves) - 1}",
        )
    proof = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        if index < split:
            proof.append(tree_root(leaves[split:]))
            leaves = leaves[:split]
        else:
            proof.append(tree_root(leaves[:split]))
            leaves, index = leaves[split:], index - split
    return proof[::-1]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a proof shows that a leaf is at its place in the tree of a root.

    Parameters
    ----------
    leaf : hash of the leaf.
    index, size : its place, from 0, and how many leaves the tree has.
    proof : as ``inclusion_proof`` returns it.
    root : of the tree.

    References
    ----------
    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return what shows that the tree of the first leaves became this one by growing.

    Parameters
    ----------
    leaves : hashes, oldest first.
    old_size : leaves of the earlier tree, from 1 to the number of leaves.

    Raises
    ------
    InvalidInputError
        No earlier tree has that size.

    References
    ----------
    RFC 6962, 2.1.2: PROOF(m, D[n]).
    """
    if not 1 <= old_size <= len(leaves):
        raise InvalidInputError(
            f"the tree has {len(leaves)} leaves, and never had {old_size}",
            wanted=f"a size from 1 to {len(leaves)}",
        )
    return _subproof(leaves, old_size, is_whole=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, is_whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if is_whole else [tree_root(leaves)]
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if old_size <= split:
        return [*_subproof(left, old_size, is_whole=is_whole), tree_root(right)]
    return [*_subproof(right, old_size - split, is_whole=False), tree_root(left)]


def is_consistent(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether a proof shows that the old tree is the beginning of the other.

    Parameters
    ----------
    old_size, old_root : of the earlier tree, which has one leaf at least.
    size, root : of the later one.
    proof : as ``consistency_proof`` returns it.

    References
    ----------
    RFC 9162, 2.1.4.2.
    """
    if not 1 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        # A full tree is a node of the later one: its root stands for the first hash.
        path = [old_root, *path]
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_found = _node_hash(sibling, old_found)
            found = _node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_found == old_root and found == root


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(n_leaves: int) -> int:
    """Return the largest power of two below the number of leaves, which is above 1."""
    return 1 << ((n_leaves - 1).bit_length() - 1)
