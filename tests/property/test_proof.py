"""Laws of proofs: what is in the log is shown, and no changed proof holds."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError
from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead
from workbench.ledger.log import ENTRY, RECORD, LogRow, Walk, ledger_body, make_row
from workbench.ledger.proof import check_proof, prove_consistency, prove_inclusion
from workbench.ledger.tree import leaf_hash, tree_root

NOW = datetime(2026, 11, 26, tzinfo=UTC)
KEY = PrivateKey(bytes(32))
OTHER = PrivateKey(bytes([1]) * 32)
RECORDS = [Envelope.sign("note", {"n": str(n)}, OTHER) for n in range(12)]


def logged(n_rows: int) -> list[LogRow]:
    rows: list[LogRow] = []
    for n in range(n_rows):
        body: Any = RECORDS[n].content_id
        if n % 3 == 2:
            body = ledger_body(f"e{n}", "test", "r", [("treasury", "user:a", 1)])
        rows.append(
            make_row(rows[-1] if rows else None, ENTRY if n % 3 == 2 else RECORD, body, NOW)
        )
    return rows


def signed(rows: list[LogRow], key: PrivateKey = KEY) -> Any:
    walk = Walk()
    for row in rows:
        assert walk.step(row) is None
    return json.loads(TreeHead.of(walk.tree, key, NOW).signed(key))


def included(rows: list[LogRow], index: int) -> dict[str, Any]:
    leaves = [leaf_hash(row.entry.encode()) for row in rows]
    record = RECORDS[index].to_json() if rows[index].kind == RECORD else None
    return prove_inclusion(leaves, index, rows[index].entry, record, signed(rows))


def grown(rows: list[LogRow], size: int) -> dict[str, Any]:
    leaves = [leaf_hash(row.entry.encode()) for row in rows]
    return prove_consistency(leaves, size, tree_root(leaves[:size]).hex(), signed(rows))


def changed(value: Any) -> Iterator[Any]:
    """Yield every JSON value that differs from this one in one leaf, or lacks one member."""
    match value:
        case dict():
            for key, item in value.items():
                yield {k: v for k, v in value.items() if k != key}
                for other in changed(item):
                    yield value | {key: other}
            yield value | {"more": 1}
        case list():
            for n, item in enumerate(value):
                yield [*value[:n], *value[n + 1 :]]
                for other in changed(item):
                    yield [*value[:n], other, *value[n + 1 :]]
            yield [*value, "00" * 32]
        case str():
            yield value[:-1] + ("0" if value[-1:] != "0" else "1")
            yield ""
            yield None
        case int():
            yield value + 1
            yield str(value)
        case _:
            yield 1


@given(st.integers(1, 12), st.data())
def test_every_entry_is_shown_and_no_changed_proof_holds(n_rows: int, data: st.DataObject) -> None:
    rows = logged(n_rows)
    index = data.draw(st.integers(0, n_rows - 1))
    proof = included(rows, index)
    proven = check_proof(proof, KEY.public_hex, signed(rows))
    assert proven.entry == json.loads(rows[index].entry)
    assert (proven.head.size, proven.head.origin) == (n_rows, KEY.public_hex)
    without = copy.deepcopy(proof) | {"record": None}
    for spoilt in changed(proof):
        # A record may be left out: the proof is about the log's entry.
        if spoilt != without:
            with pytest.raises(InvalidInputError):
                check_proof(spoilt, KEY.public_hex)


@given(st.integers(1, 12), st.data())
def test_every_growth_is_shown_and_no_changed_proof_holds(n_rows: int, data: st.DataObject) -> None:
    rows = logged(n_rows)
    size = data.draw(st.integers(1, n_rows))
    proof = grown(rows, size)
    for held in (signed(rows), signed(rows[:size])):
        assert check_proof(proof, KEY.public_hex, held).head.size == n_rows
    for spoilt in changed(proof):
        with pytest.raises(InvalidInputError):
            check_proof(spoilt, KEY.public_hex)


@given(st.integers(2, 12), st.data())
def test_a_history_written_again_has_no_proof_from_a_head_that_was_kept(
    n_rows: int, data: st.DataObject
) -> None:
    rows = logged(n_rows)
    size = data.draw(st.integers(1, n_rows))
    kept = signed(rows[:size])
    again = logged(1)[:0]
    for row in rows:
        body = json.loads(row.entry)[row.kind]
        when = NOW.replace(year=2027) if row.seq < size else NOW
        again.append(make_row(again[-1] if again else None, row.kind, body, when))
    with pytest.raises(InvalidInputError, match="the head that was kept"):
        check_proof(grown(again, size), KEY.public_hex, kept)


@pytest.mark.parametrize("value", [None, 1, "", [], {}, {"format": 1}, {"format": 2}])
def test_what_is_no_proof_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="no proof"):
        check_proof(value)


def test_a_head_of_another_server_is_refused() -> None:
    rows = logged(3)
    proof = included(rows, 1)
    assert check_proof(proof).head.origin == KEY.public_hex
    with pytest.raises(InvalidInputError, match="signed by"):
        check_proof(proof, OTHER.public_hex)
    with pytest.raises(InvalidInputError, match="signed by"):
        check_proof(proof, None, signed(rows, OTHER))


@pytest.mark.parametrize("entry", ["", "[]", "{}", "[" * 100_000, '{"seq":1,"kind":"x","time":""}'])
def test_a_server_that_signed_nonsense_proves_nothing(entry: str) -> None:
    walk = Walk()
    walk.tree.append(leaf_hash(entry.encode()))
    head = json.loads(TreeHead.of(walk.tree, KEY, NOW).signed(KEY))
    proof = prove_inclusion([leaf_hash(entry.encode())], 0, entry, None, head)
    with pytest.raises(InvalidInputError, match="does not say"):
        check_proof(proof)
