"""Laws of the log: one changed byte is found, and so is a log that was written again."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead
from workbench.ledger.log import ENTRY, RECORD, Fault, LogRow, Walk, ledger_body, make_row, replay

NOW = datetime(2026, 11, 26, tzinfo=UTC)
KEY = PrivateKey(bytes(32))
ACCOUNTS = st.sampled_from(["treasury", "pool:t", "user:a", "user:b"])
POSTINGS = st.lists(st.tuples(ACCOUNTS, ACCOUNTS, st.integers(1, 2**60)), min_size=1, max_size=3)
BODIES = st.lists(
    st.tuples(st.just(RECORD), st.text("0123456789abcdef", min_size=4, max_size=4))
    | st.tuples(st.just(ENTRY), POSTINGS.map(lambda lines: ledger_body("1", "test", "r", lines))),
    min_size=1,
    max_size=12,
)


def chained(bodies: list[tuple[str, Any]]) -> list[LogRow]:
    rows: list[LogRow] = []
    for kind, body in bodies:
        rows.append(make_row(rows[-1] if rows else None, kind, body, NOW))
    return rows


def walked(rows: list[LogRow]) -> tuple[Walk, Fault | None]:
    walk = Walk()
    for row in rows:
        if fault := walk.step(row):
            return walk, fault
    return walk, None


def signed(rows: list[LogRow]) -> TreeHead:
    head = TreeHead.of(walked(rows)[0].tree, KEY, NOW)
    assert TreeHead.read(head.signed(KEY), KEY.public_hex) == head
    return head


def kept(head: TreeHead, rows: list[LogRow]) -> Fault | None:
    size = len(rows)
    root = walked(rows[: head.size])[0].tree.root if size >= head.size else None
    return head.fault(size, root)


@given(BODIES)
def test_a_log_as_it_was_written_has_no_fault_and_keeps_every_earlier_head(
    bodies: list[tuple[str, Any]],
) -> None:
    rows = chained(bodies)
    assert walked(rows)[1] is None
    for size in range(len(rows) + 1):
        assert kept(signed(rows[:size]), rows) is None


@given(BODIES, st.data())
def test_one_changed_byte_of_any_entry_is_found_there(
    bodies: list[tuple[str, Any]], data: st.DataObject
) -> None:
    rows = chained(bodies)
    k = data.draw(st.integers(0, len(rows) - 1))
    text = bytearray(rows[k].entry.encode())
    text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 127))
    rows[k] = dataclasses.replace(rows[k], entry=text.decode())
    fault = walked(rows)[1]
    assert fault is not None
    assert fault.seq == k


@given(BODIES, st.data())
def test_an_entry_taken_away_moved_or_relabelled_is_found_there(
    bodies: list[tuple[str, Any]], data: st.DataObject
) -> None:
    rows = chained(bodies)
    k = data.draw(st.integers(0, len(rows) - 1))
    if k + 1 < len(rows):
        fault = walked(rows[:k] + rows[k + 1 :])[1]
        assert fault is not None
        assert fault.seq == k
    other = ENTRY if rows[k].kind == RECORD else RECORD
    for change in ({"kind": other}, {"prev": "f" * 64}, {"head": "f" * 64}, {"seq": k + 1}):
        changed = [*rows[:k], dataclasses.replace(rows[k], **change), *rows[k + 1 :]]
        fault = walked(changed)[1]
        assert fault is not None
        assert fault.seq == k


@given(BODIES, st.data())
def test_a_log_that_was_chained_again_breaks_the_signed_head(
    bodies: list[tuple[str, Any]], data: st.DataObject
) -> None:
    head = signed(chained(bodies))
    k = data.draw(st.integers(0, len(bodies) - 1))
    again = chained([*bodies[:k], (RECORD, "another"), *bodies[k + 1 :]])
    assert walked(again)[1] is None
    fault = kept(head, again)
    assert fault is not None
    assert "written again" in fault.found


@given(BODIES, st.data())
def test_a_log_that_ends_early_breaks_the_signed_head(
    bodies: list[tuple[str, Any]], data: st.DataObject
) -> None:
    rows = chained(bodies)
    size = data.draw(st.integers(0, len(rows) - 1))
    fault = kept(signed(rows), rows[:size])
    assert fault is not None
    assert fault.seq == size


@given(BODIES)
def test_replay_makes_no_credits(bodies: list[tuple[str, Any]]) -> None:
    balances: dict[str, int] = {}
    for row in chained(bodies):
        if row.kind == ENTRY:
            overdrawn = replay(balances, row.entry)
            assert overdrawn is None or balances[overdrawn] < 0
    assert sum(balances.values()) == 0
