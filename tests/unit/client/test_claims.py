"""Claims as people and contracts read them."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.client.claims import Claims, proof_of
from workbench.core.addresses import checksummed
from workbench.core.errors import ConflictError, InvalidMoveError, NotFoundError
from workbench.core.wire import ClaimsView

A, B, C = (f"0x{digit * 40}" for digit in "abc")
TREE = [f"0x{digit * 64}" for digit in "01234"]
DUMP = {
    "format": "standard-v1",
    "leafEncoding": ["address", "uint256"],
    "tree": TREE,
    "values": [
        {"value": [A, "5000000"], "treeIndex": 4},
        {"value": [B, "7"], "treeIndex": 3},
        {"value": [C, "1"], "treeIndex": 2},
    ],
}


def view(**changes: Any) -> ClaimsView:
    body = {
        "epoch": "e" * 64, "task": "t", "number": 2, "all_tasks": False, "n_epochs": 2,
        "log_size": 40, "claimable": "5000008", "waiting": "2000000", "root": TREE[0],
        "dump": DUMP,
        "rows": [
            {"owner": "ana", "address": A, "amount": "5000000"},
            {"owner": "ben", "address": None, "amount": "2000000"},
        ],
    }  # fmt: skip
    return ClaimsView.model_validate(body | changes)


NOBODY = view(root=None, dump=None, claimable="0")


def test_a_proof_is_the_siblings_from_the_bottom_up() -> None:
    assert proof_of(DUMP, A) == [TREE[3], TREE[2]]
    assert proof_of(DUMP, B.upper().replace("X", "x")) == [TREE[4], TREE[2]]
    assert proof_of(DUMP, C) == [TREE[1]]


def test_an_address_that_is_not_in_the_tree_has_no_proof() -> None:
    with pytest.raises(NotFoundError, match="no address"):
        Claims(view()).proof("0x" + "d" * 40)


def test_amounts_are_whole_and_whoever_waits_is_named() -> None:
    claims = Claims(view())
    assert claims.amount(checksummed(A)) == 5_000_000
    assert claims.amount(B) == 0
    assert list(claims.frame["amount"]) == [5_000_000, 2_000_000]
    shown = repr(claims)
    assert "none yet: waits" in shown
    assert checksummed(A) in shown
    assert f"root      {TREE[0]}" in shown
    assert "Σ 5.00 claimable + 2.00 waiting" in repr(Claims(view(claimable="5000000")))
    assert "workbench identity address --sign" in shown


def test_a_dump_is_saved_once(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    assert Claims(view()).save(path) == path
    assert json.loads(path.read_text()) == DUMP
    with pytest.raises(ConflictError, match="exists"):
        Claims(view()).save(path)


def test_without_any_address_there_is_no_tree_and_the_next_step_is_said(tmp_path: Path) -> None:
    claims = Claims(NOBODY)
    assert "none: nobody has an address" in repr(claims)
    for ask in (lambda: claims.root, lambda: claims.proof(A), lambda: claims.save(tmp_path / "x")):
        with pytest.raises(InvalidMoveError, match="nobody who was paid"):
            ask()
    assert not (tmp_path / "x").exists()
