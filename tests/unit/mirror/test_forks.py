"""Two heads of one server agree, or they prove that it signed two histories."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import ConflictError, ForkedLogError
from workbench.ledger.head import TreeHead
from workbench.ledger.log import RECORD, LogRow, make_row
from workbench.ledger.tree import EMPTY_ROOT
from workbench.mirror.forks import check_follows, compare, root_at

NOW = datetime(2026, 11, 26, tzinfo=UTC)
OURS, THEIRS = "0" * 64, "1" * 64


def log_of(*names: str) -> list[LogRow]:
    rows: list[LogRow] = []
    for name in names:
        rows.append(make_row(rows[-1] if rows else None, RECORD, name, NOW))
    return rows


def head_of(log: list[LogRow], origin: str = OURS) -> TreeHead:
    return TreeHead(origin, len(log), root_at(log, len(log)), NOW.isoformat())


LOG = log_of(*"abcde")


def test_the_root_of_nothing_is_that_of_rfc_6962() -> None:
    assert root_at(LOG, 0) == EMPTY_ROOT.hex()


@given(size=st.integers(1, 5), other=st.integers(1, 5))
def test_the_beginning_of_a_log_agrees_with_it(size: int, other: int) -> None:
    ours, theirs = LOG[:size], LOG[:other]
    found = compare(head_of(ours), ours, head_of(theirs), theirs)
    assert found.agrees
    assert found.state == ("same" if size == other else "ahead" if size > other else "behind")
    assert found.parts_at is None


@given(size=st.integers(0, 5), more=st.integers(0, 4), ours_more=st.integers(1, 4))
def test_logs_that_part_are_a_fork_from_the_first_entry_that_differs(
    size: int, more: int, ours_more: int
) -> None:
    start = "abcde"[:size]
    ours = log_of(*start, *"x" * ours_more)
    theirs = log_of(*start, "y", *"x" * more)
    found = compare(head_of(ours), ours, head_of(theirs), theirs)
    assert (found.state, found.agrees, found.parts_at) == ("fork", False, size)


def test_a_fork_is_seen_by_the_head_alone_where_our_log_reaches() -> None:
    ours, theirs = log_of(*"abx"), log_of(*"aby")
    found = compare(head_of(ours), ours, head_of(theirs))
    assert (found.state, found.parts_at) == ("fork", None)
    assert found.to_json()["ours"]["root"] == head_of(ours).root


def test_a_head_that_is_ahead_says_nothing_without_its_log() -> None:
    found = compare(head_of(LOG[:2]), LOG[:2], head_of(LOG))
    assert (found.state, found.agrees) == ("unknown", False)


def test_two_servers_have_two_logs() -> None:
    found = compare(head_of(LOG), LOG, head_of(LOG, THEIRS), LOG)
    assert (found.state, found.agrees) == ("other origin", False)


def test_a_log_that_grew_follows() -> None:
    for size in range(1, 6):
        check_follows(head_of(LOG[:size]), head_of(LOG), root_at(LOG, size))


def test_a_log_that_did_not_grow_from_what_is_known_is_refused_with_both_heads() -> None:
    known, new = log_of(*"abx"), LOG
    with pytest.raises(ForkedLogError, match="two histories") as caught:
        check_follows(head_of(known), head_of(new), root_at(new, len(known)))
    assert [one["root"] for one in caught.value.facts["heads"]] == [
        head_of(known).root, head_of(new).root,
    ]  # fmt: skip
    with pytest.raises(ForkedLogError):
        check_follows(head_of(known), head_of(new), None)


def test_a_shorter_one_is_older_or_a_fork() -> None:
    with pytest.raises(ConflictError, match="older than what is here: 2 entries, not 5"):
        check_follows(head_of(LOG), head_of(LOG[:2]), root_at(LOG, 2))
    with pytest.raises(ForkedLogError):
        check_follows(head_of(LOG), head_of(log_of(*"ax")), root_at(LOG, 2))


def test_another_server_never_follows() -> None:
    with pytest.raises(ConflictError, match="here is the mirror of"):
        check_follows(head_of(LOG), head_of(LOG, THEIRS), head_of(LOG).root)
