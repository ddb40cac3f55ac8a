"""Credits that move by signed records: transfers, holds, grants, and the statements of them."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
    SignatureError,
    WorkbenchError,
)
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import EntryView
from workbench.storage import record
from workbench.workflows import holds, join, statement, tasks, transfer, treasury, verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

PEOPLE = {"ana": "coop", "eva": "coop", "ben": "ben"}
KEYS = {name: PrivateKey(bytes([number]) * 32) for number, name in enumerate(PEOPLE, start=1)}
SERVER = PrivateKey(bytes([9]) * 32)


def sign(name: str, kind: str, /, **body: Any) -> dict[str, Any]:
    return Envelope.sign(kind, body, KEYS[name], home=SERVER.public_hex).to_json()


def open_home(settings: Settings) -> Home:
    SERVER.keep(settings.home / "server.key")
    home = Home.open(dataclasses.replace(settings, treasury_limit=100))
    for name, owner in PEOPLE.items():
        join.register(home, sign(name, "principal", name=name, owner=owner))
    return home


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    opened = open_home(settings)
    treasury.grant(opened, sign("ana", "grant", owner="coop", amount="100", nonce="start"))
    yield opened
    opened.close()


def held(home: Home) -> dict[str, int]:
    return {row["account"]: row["amount"] for row in home.database.read("balances")}


def give(home: Home, amount: str = "30", nonce: str = "1", **changes: Any) -> EntryView:
    body = {"source": "coop", "destination": "ben", "amount": amount, "nonce": nonce} | changes
    return transfer.transfer(home, sign("ana", "transfer", **body)).result(timeout=60)


def set_aside(home: Home, amount: str = "30", nonce: str = "h", **changes: Any) -> holds.HoldView:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"payer": "coop", "payee": "ben", "amount": amount, "nonce": nonce, "expires_at": later}
    return holds.hold(home, sign("ana", "hold", **(body | changes)))


def expire_now(home: Home, hold: str) -> None:
    """Turn the clock, as far as the hold can tell."""
    text = f"update store.hold set expires_at = created_at where id = '{hold}'"
    home.database.write(lambda tx: tx._live().execute(text))
    home.database._kept.clear()


def is_verified(home: Home) -> bool:
    report = Report("test", publish=lambda _: None, cancelled=lambda: False)
    return bool(verify_home.check(home, {"files": False}, report)["state"] == "verified")


# ------------------------------------------------------------------------------- transfers


def test_a_transfer_moves_what_was_signed_once(home: Home) -> None:
    first = give(home)
    assert give(home) == first
    assert [posting.amount for posting in first.postings] == ["30"]
    assert held(home) == {"treasury": -100, "user:coop": 70, "user:ben": 30}
    assert is_verified(home)


def test_a_nonce_is_good_for_one_movement_of_any_kind(home: Home) -> None:
    give(home)
    with pytest.raises(ConflictError, match="nonce '1'"):
        give(home, amount="31")
    with pytest.raises(ConflictError, match="nonce '1'"):
        set_aside(home, nonce="1")
    assert held(home)["user:coop"] == 70


def test_the_first_answer_comes_again_after_a_restart(settings: Settings, home: Home) -> None:
    first = give(home)
    home.close()
    again = Home.open(settings)
    assert give(again) == first
    with pytest.raises(ConflictError):
        give(again, amount="31")
    assert held(again)["user:coop"] == 70
    again.close()


def test_of_racing_transfers_only_what_is_there_is_paid(home: Home) -> None:
    bodies = [
        {"source": "coop", "destination": "ben", "amount": "30", "nonce": str(n)} for n in range(9)
    ]
    futures = [transfer.transfer(home, sign("ana", "transfer", **body)) for body in bodies]
    refused = [isinstance(f.exception(timeout=60), InsufficientFundsError) for f in futures]
    assert refused.count(False) == 3
    assert held(home)["user:coop"] == 10
    assert is_verified(home)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": "101"}, InsufficientFundsError),
        ({"source": "ben", "destination": "coop"}, ForbiddenError),
        ({"destination": "nobody"}, NotFoundError),
        ({"destination": "coop"}, InvalidInputError),
        ({"amount": "0"}, InvalidInputError),
        ({"amount": "-1"}, InvalidInputError),
        ({"amount": "1.5"}, InvalidInputError),
        ({"amount": "٣"}, InvalidInputError),
        ({"amount": "030"}, InvalidInputError),
        ({"amount": ""}, InvalidInputError),
        ({"amount": "9" * 5_000}, InvalidInputError),
        ({"amount": 30}, InvalidInputError),
        ({"nonce": ""}, InvalidInputError),
        ({"nonce": "n" * 201}, InvalidInputError),
        ({"tip": "1"}, InvalidInputError),
    ],
)
def test_what_may_not_move_does_not(
    home: Home, changes: dict[str, Any], error: type[WorkbenchError]
) -> None:
    before = held(home)
    with pytest.raises(error):
        give(home, **changes)
    assert held(home) == before


def test_a_changed_or_strange_signature_moves_nothing(home: Home) -> None:
    body = {"source": "coop", "destination": "ben", "amount": "1", "nonce": "1"}
    forged = sign("ana", "transfer", **body)
    forged["body"] = body | {"amount": "100"}
    with pytest.raises(SignatureError):
        transfer.transfer(home, forged)
    stranger = Envelope.sign("transfer", body, PrivateKey(bytes(32))).to_json()
    with pytest.raises(ForbiddenError, match="not registered"):
        transfer.transfer(home, stranger)


def test_a_record_that_came_another_way_moves_nothing(home: Home) -> None:
    body = {"source": "coop", "destination": "ben", "amount": "1", "nonce": "1"}
    envelope = Envelope.from_json(sign("ana", "transfer", **body))
    home.database.write(lambda tx: record.append(tx, envelope))
    with pytest.raises(ConflictError, match="moved nothing"):
        give(home, amount="1")
    assert held(home)["user:coop"] == 100


# ----------------------------------------------------------------------------------- holds


def test_a_hold_is_settled_in_part_and_the_rest_comes_back(home: Home) -> None:
    hold = set_aside(home)
    assert set_aside(home, expires_at=hold.expires_at.isoformat()).id == hold.id
    assert held(home)["user:coop"] == 70
    with pytest.raises(InsufficientFundsError):
        give(home, amount="71")

    word = sign("ben", "settlement", hold=hold.id, amount="20")
    settled = holds.settle(home, hold.id, word)
    assert (settled.state, settled.settled) == ("settled", "20")
    assert holds.settle(home, hold.id, word) == settled
    assert held(home)["user:coop"] == 80
    assert held(home)["user:ben"] == 20
    for late in (
        lambda: holds.settle(home, hold.id, sign("ben", "settlement", hold=hold.id, amount="1")),
        lambda: holds.void(home, hold.id, sign("ben", "void", hold=hold.id)),
    ):
        with pytest.raises(InvalidMoveError, match="is settled"):
            late()
    assert is_verified(home)


def test_only_the_payee_ends_a_hold(home: Home) -> None:
    hold = set_aside(home)
    with pytest.raises(ForbiddenError, match="signs for coop"):
        holds.void(home, hold.id, sign("ana", "void", hold=hold.id))
    with pytest.raises(InvalidMoveError, match=r"0\.00003 credits"):
        holds.settle(home, hold.id, sign("ben", "settlement", hold=hold.id, amount="31"))
    with pytest.raises(InvalidInputError, match="names the hold"):
        holds.void(home, hold.id, sign("ben", "void", hold="other"))
    voided = holds.void(home, hold.id, sign("ben", "void", hold=hold.id))
    assert (voided.state, voided.settled) == ("void", "0")
    assert held(home)["user:coop"] == 100


@pytest.mark.parametrize("look", ["list", "transfer", "restart"])
def test_a_hold_expires_by_itself(settings: Settings, home: Home, look: str) -> None:
    hold = set_aside(home, amount="90")
    expire_now(home, hold.id)
    looks: dict[str, Callable[[], object]] = {
        "list": lambda: holds.holds(home),
        "transfer": lambda: give(home, amount="90"),
        "restart": lambda: None,
    }
    looks[look]()
    if look == "restart":
        home.close()
        home = Home.open(settings)
        home.resume()
        assert held(home)["user:coop"] == 100
    assert holds.get_hold(home, hold.id).state == "expired"
    assert held(home)[f"hold:{hold.id}"] == 0
    with pytest.raises(InvalidMoveError, match="is expired"):
        holds.settle(home, hold.id, sign("ben", "settlement", hold=hold.id, amount="1"))
    assert is_verified(home)
    if look == "restart":
        home.close()


@pytest.mark.parametrize("expires_at", ["tomorrow", "2026-12-01", "2000-01-01T00:00:00Z", ""])
def test_a_hold_says_when_it_ends(home: Home, expires_at: str) -> None:
    with pytest.raises(InvalidInputError):
        set_aside(home, expires_at=expires_at)
    assert held(home)["user:coop"] == 100


def test_an_unknown_hold_is_not_found(home: Home) -> None:
    for ask in (
        lambda: holds.get_hold(home, "none"),
        lambda: holds.void(home, "none", sign("ben", "void", hold="none")),
    ):
        with pytest.raises(NotFoundError, match="'none'"):
            ask()


# -------------------------------------------------------------------------------- treasury


def propose(home: Home) -> str:
    asked = treasury.grant(home, sign("ana", "grant", owner="ben", amount="101", nonce="much"))
    assert asked.state == "proposed"
    return asked.id


def test_much_of_the_treasury_needs_two_people(home: Home) -> None:
    proposed = propose(home)
    assert propose(home) == proposed
    assert "user:ben" not in held(home)
    with pytest.raises(ForbiddenError, match="ana proposed"):
        treasury.approve(home, sign("ana", "approval", record=proposed))

    word = sign("eva", "approval", record=proposed)
    done = treasury.approve(home, word)
    assert (done.state, done.proposed_by, done.approved_by) == ("executed", "ana", "eva")
    assert treasury.approve(home, word) == done
    with pytest.raises(InvalidMoveError, match="eva approved it"):
        treasury.approve(home, sign("ben", "approval", record=proposed))
    assert held(home)["user:ben"] == 101
    assert treasury.moves(home) == [done]
    assert is_verified(home)


def test_funding_a_task_with_much_waits_as_well(lab: Lab) -> None:
    settings = dataclasses.replace(lab.home.settings, treasury_limit=100)
    lab.home = dataclasses.replace(lab.home, settings=settings)
    lab.fund(100)
    lab.fund(101, nonce="2")
    lab.fund(101, nonce="2")
    assert tasks.get_task(lab.home, "clouds").pool == "100"
    [waits] = treasury.moves(lab.home)
    assert (waits.kind, waits.state, waits.amount) == ("funding", "proposed", "101")
    treasury.approve(lab.home, lab.sign("eva", "approval", {"record": waits.id}))
    assert tasks.get_task(lab.home, "clouds").pool == "201"


def test_each_limit_is_in_the_log_before_what_moves_under_it(lab: Lab) -> None:
    begun = lab.home.database.read("count_records")[0]["n_records"]
    for number, limit in enumerate([0, 100, 100, 200, 0, 0, 5]):
        settings = dataclasses.replace(lab.home.settings, treasury_limit=limit)
        lab.home = dataclasses.replace(lab.home, settings=settings)
        lab.fund(10, nonce=str(number))
    found = []
    for row in lab.home.database.select("select entry from log order by seq").to_pylist():
        entry = json.loads(row["entry"])
        if entry["kind"] == "entry":
            found.append("moved")
            continue
        asked = {"content_id": entry["record"]}
        [one] = lab.home.database.read("record_by_content_id", asked)
        body = json.loads(one["envelope"])["body"]
        found.append(body.get("limit", one["kind"]))
    assert " ".join(found[begun:]).split("funding ")[1:] == [
        "moved ", "100 moved ", "moved ", "200 moved ", "0 moved ", "moved ", "5"
    ]  # fmt: skip


def test_a_nonce_funds_once(lab: Lab) -> None:
    lab.fund(5)
    lab.fund(5)
    with pytest.raises(ConflictError, match="nonce '1' was used for another funding"):
        lab.fund(6)
    for changes in ({"nonce": ""}, {"amount": "05"}, {"amount": 5}, {"tip": "1"}):
        body = {"task": "clouds", "amount": "5", "nonce": "2"} | changes
        with pytest.raises(InvalidInputError):
            tasks.fund_task(lab.home, "clouds", lab.sign("sponsor", "funding", body))
    assert tasks.get_task(lab.home, "clouds").pool == "5"


def test_nothing_that_was_not_proposed_is_approved(home: Home) -> None:
    with pytest.raises(NotFoundError, match="waits for approval"):
        treasury.approve(home, sign("eva", "approval", record="f" * 64))
    with pytest.raises(InvalidInputError, match="body of an approval"):
        treasury.approve(home, sign("eva", "approval", record="f" * 64, more="x"))


# ------------------------------------------------------------------------------ statements


def test_a_statement_tells_every_line_and_any_past_balance(home: Home) -> None:
    give(home)
    hold = set_aside(home)
    holds.void(home, hold.id, sign("ben", "void", hold=hold.id))
    whole = statement.statement(home, "coop", None, None)
    assert [line.amount for line in whole.lines] == ["100", "-30", "-30", "30"]
    assert [line.balance for line in whole.lines] == ["100", "70", "40", "70"]
    assert (whole.opening, whole.closing) == ("0", "70")

    moment = whole.lines[2].created_at
    part = statement.statement(home, "coop", moment, None)
    assert (part.opening, part.lines) == ("70", whole.lines[2:])
    early = statement.statement(home, "coop", None, moment)
    assert (early.closing, early.lines) == ("70", whole.lines[:2])

    for line in whole.lines:
        rows = statement.balances(home, line.created_at, None)
        assert {r.account: r.amount for r in rows}["user:coop"] == line.balance
        assert sum(int(row.amount) for row in rows) == 0


def test_balances_at_a_size_of_the_log_are_those_of_its_first_entries(home: Home) -> None:
    give(home)
    found = [
        {row.account: row.amount for row in statement.balances(home, None, size)}.get("user:coop")
        for size in range(9)
    ]
    # Three principals, the treasury's limit, the grant's record and entry, then the transfer's.
    assert found == [None] * 6 + ["100", "100", "70"]


def test_a_statement_of_nobody_is_not_found(home: Home) -> None:
    with pytest.raises(NotFoundError, match="'zoe'"):
        statement.statement(home, "zoe", None, None)
    assert statement.statement(home, "ben", None, None).lines == []
