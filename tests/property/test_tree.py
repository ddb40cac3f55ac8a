"""Laws of the Merkle tree: every leaf is in it, every growth is shown, nothing else is."""

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from workbench.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    tree_root,
)

ENTRIES = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@given(ENTRIES, st.data())
def test_every_leaf_is_shown_at_its_place_and_at_no_other(
    entries: list[bytes], data: st.DataObject
) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    root, size = tree_root(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert is_included(leaves[index], index, size, proof, root)
    assert not is_included(leaf_hash(b"another entry"), index, size, proof, root)
    assert not is_included(leaves[index], index, size, [*proof, root], root)
    if proof:
        assert not is_included(leaves[index], index, size, proof[:-1], root)
        k = data.draw(st.integers(0, len(proof) - 1))
        assert not is_included(
            leaves[index], index, size, [*proof[:k], bytes(32), *proof[k + 1 :]], root
        )
    for other in range(size):
        if other != index and leaves[other] != leaves[index]:
            assert not is_included(leaves[index], other, size, proof, root)


@given(ENTRIES, st.data())
def test_every_growth_is_shown_and_no_rewriting(entries: list[bytes], data: st.DataObject) -> None:
    leaves = [leaf_hash(entry) for entry in entries]
    root, size = tree_root(leaves), len(leaves)
    old_size = data.draw(st.integers(1, size))
    old_root = tree_root(leaves[:old_size])
    proof = consistency_proof(leaves, old_size)
    assert is_consistent(old_size, old_root, size, root, proof)
    k = data.draw(st.integers(0, old_size - 1))
    rewritten = [*leaves[:k], leaf_hash(b"another entry"), *leaves[k + 1 :]]
    assert not is_consistent(old_size, tree_root(rewritten[:old_size]), size, root, proof)
    assert not is_consistent(
        old_size, old_root, size, tree_root(rewritten), consistency_proof(rewritten, old_size)
    )


@given(ENTRIES, st.data())
def test_another_implementation_gives_the_same_roots_and_paths_and_takes_ours(
    entries: list[bytes], data: st.DataObject
) -> None:
    other = InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append(entry)
    leaves = [leaf_hash(entry) for entry in entries]
    size = len(leaves)
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    old_root, root = tree_root(leaves[:old_size]), tree_root(leaves)
    assert (other.get_state(old_size), other.get_state()) == (old_root, root)
    theirs = other.prove_inclusion(index + 1)
    # Theirs begins with the leaf itself.
    assert theirs.path == [leaves[index], *inclusion_proof(leaves, index)]
    verify_inclusion(leaves[index], root, theirs)
    assert is_included(leaves[index], index, size, theirs.path[1:], root)
    verify_consistency(old_root, root, other.prove_consistency(old_size, size))
    assert is_consistent(old_size, old_root, size, root, consistency_proof(leaves, old_size))
