"""A key that is replaced, or a role that is taken, between the look and the deed, moves nothing."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.consent import USUAL_PURPOSES, consent_body
from workbench.core.errors import ForbiddenError
from workbench.core.keys import PrivateKey
from workbench.core.rotations import prove_possession
from workbench.core.settings import Settings
from workbench.workflows import (
    commit,
    contribute,
    holds,
    keys,
    receipts,
    review,
    roles,
    tasks,
    transfer,
    treasury,
    withdraw,
)
from workbench.workflows.home import Home

Act = Callable[[], Any]


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    """An open home with a task, and ana and ben who have something."""
    home = Home.open(dataclasses.replace(settings, treasury_limit=100))
    lab = Lab(home)
    lab.open_task()
    for name in ("ana", "ben"):
        lab.sign(name, "grant", {})
        body = {"owner": name, "amount": "50", "nonce": name}
        treasury.grant(home, lab.sign("sponsor", "grant", body))
    yield lab
    home.close()


def _hold(lab: Lab, nonce: str = "h") -> Any:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    body = {"payer": "ana", "payee": "ben", "amount": "5", "nonce": nonce, "expires_at": later}
    signed = lab.sign("ana", "hold", body)
    return lambda: holds.hold(lab.home, signed)


def _transfer(lab: Lab) -> tuple[str, Act]:
    body = {"source": "ana", "destination": "ben", "amount": "5", "nonce": "t"}
    signed = lab.sign("ana", "transfer", body)
    return "ana", lambda: transfer.transfer(lab.home, signed).result(timeout=60)


def _settle(lab: Lab) -> tuple[str, Act]:
    held = _hold(lab)().id
    signed = lab.sign("ben", "settlement", {"hold": held, "amount": "5"})
    return "ben", lambda: holds.settle(lab.home, held, signed)


def _void(lab: Lab) -> tuple[str, Act]:
    held = _hold(lab)().id
    signed = lab.sign("ben", "void", {"hold": held})
    return "ben", lambda: holds.void(lab.home, held, signed)


def _grant(lab: Lab, amount: str = "5") -> tuple[str, Act]:
    signed = lab.sign("ana", "grant", {"owner": "ben", "amount": amount, "nonce": "g"})
    return "ana", lambda: treasury.grant(lab.home, signed)


def _approve(lab: Lab) -> tuple[str, Act]:
    waiting = _grant(lab, "101")[1]().id
    signed = lab.sign("ben", "approval", {"record": waiting})
    return "ben", lambda: treasury.approve(lab.home, signed)


def _fund(lab: Lab) -> tuple[str, Act]:
    signed = lab.sign("sponsor", "funding", {"task": "clouds", "amount": "5", "nonce": "f"})
    return "sponsor", lambda: tasks.fund_task(lab.home, "clouds", signed)


def _commit(lab: Lab) -> tuple[str, Act]:
    signed = lab.sign("ana", "commitment", {"task": "clouds", "owner": "ana", "digest": "0" * 64})
    return "ana", lambda: commit.commit(lab.home, "clouds", signed)


def _consent(lab: Lab) -> tuple[str, Act]:
    draft = lab.draft("ana", make_rows(10, 1))
    about = draft.model_dump() | {"contribution": draft.id}
    signed = lab.sign("ana", "consent", consent_body(about, USUAL_PURPOSES))
    return "ana", lambda: receipts.give_consent(lab.home, draft.id, signed)


def _contribute(lab: Lab) -> tuple[str, Act]:
    draft = lab.draft("ana", make_rows(10, 1))
    signed = lab.consent(draft)
    return "ana", lambda: contribute.submit(lab.home, draft.id, signed)


def _review(lab: Lab) -> tuple[str, Act]:
    leaked = b"\n".join(make_rows(64, 99).splitlines()[:4]) + b"\n"
    waiting = lab.contribute("ana", make_rows(10, 1) + leaked)
    body = {"contribution": waiting.id, "decision": "accept", "reason": "old public rows"}
    signed = lab.sign("ben", "review", body)
    return "ben", lambda: review.review(lab.home, waiting.id, signed)


def _withdraw(lab: Lab) -> tuple[str, Act]:
    given = lab.contribute("ana", make_rows(10, 1))
    body = {"contribution": given.id, "file_sha256": given.file_sha256}
    signed = lab.sign("ana", "withdrawal", body)
    return "ana", lambda: withdraw.withdraw(lab.home, given.id, signed)


ACTS: dict[str, Callable[[Lab], tuple[str, Act]]] = {
    "transfer": _transfer,
    "hold": lambda lab: ("ana", _hold(lab)),
    "settlement": _settle,
    "void": _void,
    "grant": _grant,
    "approval": _approve,
    "funding": _fund,
    "commitment": _commit,
    "consent": _consent,
    "contribution": _contribute,
    "review": _review,
    "withdrawal": _withdraw,
}


def in_between(lab: Lab, patch: pytest.MonkeyPatch, act: Act) -> None:
    """Do something once, after a record's signer was looked up and before it is written."""
    database = lab.home.database
    submit = database._writer.submit
    waiting = [act]

    def first(work: Any) -> Any:
        if waiting:
            waiting.pop()()
        return submit(work)

    patch.setattr(database._writer, "submit", first)


def rotate(lab: Lab, name: str) -> None:
    new = PrivateKey.make()
    old = lab.keys[name].public_hex
    body = {"principal": name, "old": old, "new": new.public_hex, "reason": ""}
    body["proof"] = prove_possession(new, name, old)
    keys.rotate_key(lab.home, lab.sign(name, "rotation", body))


def kinds(lab: Lab) -> list[str]:
    rows = lab.home.database.read("records_between", {"first": 0, "until": 1_000})
    return [row["kind"] for row in rows]


@pytest.mark.parametrize("kind", ACTS)
def test_a_key_replaced_in_between_signs_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name, act = ACTS[kind](lab)
    before = kinds(lab)
    balances = lab.home.database.read("balances")
    in_between(lab, monkeypatch, lambda: rotate(lab, name))
    with pytest.raises(ForbiddenError, match="was replaced"):
        act()
    assert kinds(lab) == [*before, "rotation"]
    assert lab.home.database.read("balances") == balances


@pytest.mark.parametrize("kind", ["grant", "approval", "funding", "commitment", "review"])
def test_a_role_taken_in_between_is_missed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    name, act = ACTS[kind](lab)
    before = kinds(lab)
    body = {"principal": "boss", "role": "admin", "granted": True, "nonce": "1"}
    first = lab.sign("boss", "role", body)
    in_between(lab, monkeypatch, lambda: roles.change_role(lab.home, first))
    with pytest.raises(ForbiddenError, match=f"{name} is viewer here"):
        act()
    assert kinds(lab) == [*before, "principal", "role"]


def test_what_is_remembered_of_signers_ends_with_a_change_that_fails(lab: Lab) -> None:
    _transfer(lab)[1]()
    key = {"public_key": lab.keys["ana"].public_hex}

    def change(tx: Any) -> None:
        values = {"public_key": key["public_key"], "replaced_by": "f" * 64}
        tx.execute("replace_signing_key", values)
        assert tx.read_kept("signing_key", key)[0]["replaced_by"] == "f" * 64
        raise ValueError("after all not")

    with pytest.raises(ValueError, match="after all not"):
        lab.home.database.write(change)
    found = lab.home.database.write(lambda tx: tx.read_kept("signing_key", key))
    assert found[0]["replaced_by"] is None
