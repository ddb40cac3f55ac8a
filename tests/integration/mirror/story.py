"""A home in which everything has happened that a record can say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.mirror.places import settings_at
from tests.integration.workflows.conftest import Lab, make_rows
from tests.integration.workflows.test_commit import commit_to, reveal
from tests.integration.workflows.test_dispute import amounts, decide, dispute
from tests.integration.workflows.test_recompute import make_lab, valued
from tests.integration.workflows.test_review import LEAKED
from tests.integration.workflows.test_review import decide as review
from tests.integration.workflows.test_withdraw import take_back
from workbench.core.keys import PrivateKey
from workbench.core.rotations import prove_possession
from workbench.core.wire import EpochView
from workbench.workflows import holds, join, keys, roles, settle, transfer, treasury
from workbench.workflows.home import Home

LIMIT = 2_000_000_000
# A window that ends within the minute by which clocks may differ: no test has to wait for it.
WINDOW = 30
FIRST, SECOND = (f"0x{digit * 40}" for digit in "ab")
Row = dict[str, Any]


def tell(folder: Path) -> tuple[dict[str, PrivateKey], list[str]]:
    """Let everything happen in a new home; return people's keys, and the epochs."""
    lab = make_lab(folder, recipe={"utility": "ridge"}, owner_cap="1/4", dispute_seconds=WINDOW)
    _contribute(lab)
    epochs = _pay(lab)
    lab.home.close()
    lab = Lab(Home.open(settings_at(folder, treasury_limit=LIMIT)), lab.keys)
    _rotate(lab)
    _move(lab)
    _team(lab)
    lab.home.close()
    return lab.keys, [epoch.id for epoch in epochs]


def _contribute(lab: Lab) -> None:
    """Somebody committed first, one is reviewed, one withdraws, one does not wait any more."""
    shared = make_rows(10, 41)
    opening = commit_to(lab, "lea", shared)
    lab.contribute("kai", shared + make_rows(6, 42))
    reveal(lab, "lea", shared, *opening)
    review(lab, lab.contribute("mia", make_rows(10, 43) + LEAKED), "accept")
    review(lab, lab.contribute("nia", make_rows(10, 44) + LEAKED), "refuse")
    lab.contribute("ola", make_rows(10, 45) + LEAKED)
    take_back(lab, lab.contribute("pia", make_rows(9, 46)))


def _pay(lab: Lab) -> list[EpochView]:
    """One epoch is disputed and paid, one is void, one is provisional."""
    _address(lab, "ana", FIRST, "1")
    study = valued(lab)
    first: EpochView = lab.pay(study, "1")
    [one] = dispute(lab, "ana", first, datetime.now(UTC)).disputes
    decide(lab, "sponsor", one.id, "dismiss", datetime.now(UTC))
    assert first.final_at is not None
    assert settle.settle_due(lab.home, first.final_at) == [first.id]
    lab.fund(1_000_003, nonce="second")
    second: EpochView = lab.pay(study, "2")
    [other] = dispute(lab, "ben", second, datetime.now(UTC)).disputes
    assert decide(lab, "sponsor", other.id, "uphold", datetime.now(UTC)).state == "void"
    third: EpochView = lab.pay(study, "3")
    dispute(lab, "eva", third, datetime.now(UTC))
    assert amounts(first)["ana"] > 0
    return [first, second, third]


def _rotate(lab: Lab) -> None:
    """Somebody signs with a new key from now on; the old one is kept as ``ana-before``."""
    old, new = lab.keys["ana"], PrivateKey.make()
    body = {"principal": "ana", "old": old.public_hex, "new": new.public_hex, "reason": ""}
    body["proof"] = prove_possession(new, "ana", old.public_hex)
    keys.rotate_key(lab.home, lab.sign("ana", "rotation", body))
    lab.keys |= {"ana": new, "ana-before": old}
    _address(lab, "ana", SECOND, "2")


def _move(lab: Lab) -> None:
    """Credits are granted, given, held, taken, released and forgotten."""
    for nonce, amount in (("small", 1_000), ("large", LIMIT + 1), ("waits", LIMIT + 2)):
        body = {"owner": "ana", "amount": str(amount), "nonce": nonce}
        found = treasury.grant(lab.home, lab.sign("sponsor", "grant", body))
        if nonce == "large":
            treasury.approve(lab.home, lab.sign("ben", "approval", {"record": found.id}))
    body = {"source": "ana", "destination": "ben", "amount": "7", "nonce": "given"}
    transfer.transfer(lab.home, lab.sign("ana", "transfer", body)).result()
    _hold(lab, "held", timedelta(days=1))
    taken = _hold(lab, "taken", timedelta(days=1))
    settled = lab.sign("ben", "settlement", {"hold": taken, "amount": "60"})
    holds.settle(lab.home, taken, settled)
    void = _hold(lab, "void", timedelta(days=1))
    holds.void(lab.home, void, lab.sign("ben", "void", {"hold": void}))
    _hold(lab, "expired", timedelta(seconds=1))
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while holds.expire_due(lab.home) == 0:
        assert datetime.now(UTC) < deadline


def _team(lab: Lab) -> None:
    """The home of one person becomes a team, and an owner group gets a second principal."""
    for name, role, granted in (
        ("sponsor", "admin", True),
        ("ben", "treasurer", True),
        ("eva", "reviewer", True),
        ("eva", "reviewer", False),
    ):
        body = {"principal": name, "role": role, "granted": granted, "nonce": f"{role} {granted}"}
        roles.change_role(lab.home, lab.sign("sponsor", "role", body))
    join.admit(lab.home, lab.sign("ana", "member", {"owner": "ana", "principal": "ana-too"}))
    lab.keys["ana-too"] = PrivateKey.make()
    body = {"name": "ana-too", "owner": "ana"}
    join.register(lab.home, lab.sign("ana-too", "principal", body))
    lab.fund(7_000, nonce="next")


def _address(lab: Lab, name: str, address: str, nonce: str) -> None:
    body = {"address": address, "nonce": nonce}
    keys.set_address(lab.home, lab.sign(name, "address", body))


def _hold(lab: Lab, nonce: str, until: timedelta) -> str:
    body = {"payer": "ana", "payee": "ben", "amount": "100", "nonce": nonce}
    body["expires_at"] = (datetime.now(UTC) + until).isoformat()
    return holds.hold(lab.home, lab.sign("ana", "hold", body)).id
