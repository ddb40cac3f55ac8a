"""The keys of a home are those that its records give, and no replaced one signs."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.workflows.test_roles import People
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows import keys, verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

ADDRESS = "0x" + "ab" * 20


@pytest.fixture
def people(settings: Settings) -> Any:
    home = Home.open(settings)
    people = People(home)
    for name, owner in (("ana", "lab"), ("ben", "lab"), ("eva", "eva")):
        people.join(name, owner)
    people.role("ana", "ana", "admin")
    people.role("ana", "eva", "treasurer")
    keys.set_address(home, people.sign("eva", "address", {"address": ADDRESS, "nonce": "1"}))
    yield people
    home.close()


def rotated(people: People) -> PrivateKey:
    """Give eva another key; return the old one."""
    old, new = people.keys["eva"], PrivateKey.make()
    people.rotate("eva", people.rotation("eva", new))
    people.keys["eva"] = new
    return old


def verified(people: People) -> dict[str, Any]:
    report = Report("test", publish=lambda _: None, cancelled=lambda: False)
    return verify_home.check(people.home, {"files": False}, report)


def append(people: People, key: PrivateKey, kind: str, body: dict[str, Any]) -> None:
    """Append a record as a server would that checks nobody."""
    envelope = Envelope.sign(kind, body, key, home=people.home.origin)
    people.home.database.write(lambda tx: record.append(tx, envelope))


def test_what_the_records_say_verifies(people: People) -> None:
    rotated(people)
    people.role("ana", "eva", "treasurer", granted=False, nonce="2")
    people.role("ana", "ben", "admin")
    people.role("ben", "ana", "admin", granted=False, nonce="3")
    found = verified(people)
    assert found["state"] == "verified", found["first_bad"]
    assert {"step": "keys", "state": "verified", "message": "4 keys are who the records say"} in (
        found["steps"]
    )


@pytest.mark.parametrize("kind", ["transfer", "consent"])
def test_a_record_after_its_keys_rotation_is_named(people: People, kind: str) -> None:
    old = rotated(people)
    size = verified(people)["size"]
    append(people, old, kind, {})
    people.role("ana", "eva", "reviewer", nonce="2")
    bad = verified(people)["first_bad"]
    assert bad["seq"] == size
    assert "a key of eva that was replaced before" in bad["found"]
    assert people.keys["eva"].public_hex in bad["wanted"]


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("role", {"principal": "ben", "role": "admin", "granted": True, "nonce": "9"}, "no admin"),
        ("rotation", {"principal": "ana", "reason": "r"}, "no admin"),
    ],
)
def test_what_only_an_admin_signs_is_named(
    people: People, kind: str, body: dict[str, Any], found: str
) -> None:
    if kind == "rotation":
        body = people.rotation("ana", PrivateKey.make(), "lost")
    append(people, people.keys["eva"], kind, body)
    bad = verified(people)["first_bad"]
    assert bad["step"] == "log"
    assert found in bad["found"]


def _statement(sql: str) -> Callable[[Transaction], None]:
    # No named query changes these tables so: whoever damages a home does not use ours.
    return lambda tx: tx._change("signing_key", lambda cursor: cursor.execute(sql))


DAMAGES = {
    "a role": (
        "update store.signing_key set roles = 'admin' where principal = 'ben'",
        "the roles of the key",
    ),
    "an address": (
        "update store.signing_key set address = null where principal = 'eva'",
        "the address of the key",
    ),
    "an owner group": (
        "update store.signing_key set owner = 'eva' where principal = 'ben'",
        "the owner of the key",
    ),
    "a rotation taken back": (
        "update store.signing_key set replaced_by = null",
        "the replaced_by of the key",
    ),
    "a key taken out": ("delete from store.signing_key where principal = 'ben'", "is missing"),
    "a key put in": (
        "insert into store.signing_key select repeat('f', 64), 'mallory', 'lab', null, null, "
        "'admin', record, created_at from store.signing_key where principal = 'ben'",
        "is shown as one of 'mallory'",
    ),
    "another registration": (
        "update store.principal set owner = 'eva' where name = 'ben'",
        "the principal ben is registered with another key, owner or record",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_row_that_no_record_gives_is_named(people: People, name: str) -> None:
    rotated(people)
    sql, found = DAMAGES[name]
    people.home.database.write(_statement(sql))
    answer = verified(people)
    assert answer["first_bad"]["step"] == "keys"
    assert found in answer["first_bad"]["found"]
    assert [step["state"] for step in answer["steps"]][:3] == ["verified"] * 3


def test_a_bundle_may_bring_what_an_older_key_signed_elsewhere(people: People) -> None:
    old = rotated(people)
    entry_sha256, _ = people.home.blobs.put([b"a bundle"])
    values = {"run": "r", "origin": "o", "entry_sha256": entry_sha256}
    people.home.database.write(
        lambda tx: tx.execute("insert_mirrored_run", values | {"now": tx.now})
    )
    append(people, old, "contribution", {"task": "elsewhere"})
    stranger = PrivateKey.make()
    append(people, stranger, "principal", {"name": "zoe", "owner": "zoe"})
    assert verified(people)["first_bad"] is None
    append(people, stranger, "transfer", {})
    bad = verified(people)["first_bad"]
    assert bad["step"] == "keys"
    assert "of 'zoe' is missing" in bad["found"]
