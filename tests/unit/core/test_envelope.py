"""Signed records: nothing in them can be changed, and nothing unknown is lost."""

import hashlib
import json
from typing import Any

import pytest

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError, SignatureError
from workbench.core.keys import PrivateKey

KEY = PrivateKey(bytes(range(32)))
BODY = {"task": "speak-nahuatl", "rows": 3, "nested": {"amount": "166666667", "list": [1, None]}}


@pytest.fixture
def record() -> Envelope:
    return Envelope.sign("contribution", BODY, KEY)


def test_a_signed_record_verifies_without_anything_else(record: Envelope) -> None:
    again = Envelope.from_json(json.loads(canonical_bytes(record.to_json())))
    assert again.verify(kind="contribution") == record
    assert again.author == KEY.public_hex


def test_the_signature_is_the_same_for_ever(record: Envelope) -> None:
    """Signatures and ids are promises to everybody who stored them: they may never change."""
    assert record.content_id == "32667e701aff74b120b5cc06a33810c03755989537633dc581e477ad1277c34a"


def test_the_content_id_covers_the_signature(record: Envelope) -> None:
    assert record.content_id == content_id(record.to_json())
    assert record.content_id != content_id(record.to_json() | {"signature": "00" * 64})


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "payout"},
        {"version": 2},
        {"body": BODY | {"rows": 4}},
        {"body": BODY | {"extra": None}},
        {"body": {}},
        {"author": PrivateKey(bytes(32)).public_hex},
        {"signature": "00" * 64},
        {"signature": ""},
        {"signature": "no hex"},
        {"added": "later"},
    ],
    ids=str,
)
def test_a_changed_field_is_refused(record: Envelope, change: dict[str, Any]) -> None:
    with pytest.raises(SignatureError):
        Envelope.from_json(record.to_json() | change).verify()


def test_a_signature_fails_after_any_changed_bit(record: Envelope) -> None:
    written = canonical_bytes(record.to_json())
    for position in range(len(written)):
        for bit in range(8):
            changed = bytearray(written)
            changed[position] ^= 1 << bit
            assert not _verifies(bytes(changed)), (position, bit)


def _verifies(written: bytes) -> bool:
    try:
        value = json.loads(written)
    except ValueError:
        return False
    try:
        Envelope.from_json(value).verify()
    except (SignatureError, InvalidInputError):
        return False
    return True


def test_the_same_signature_written_otherwise_is_refused(record: Envelope) -> None:
    """Else one signed record would have many ids."""
    for signature in (record.signature.upper(), " " + record.signature, record.signature + "\n"):
        with pytest.raises(SignatureError):
            Envelope.from_json(record.to_json() | {"signature": signature}).verify()


def test_a_record_of_another_kind_is_refused(record: Envelope) -> None:
    with pytest.raises(SignatureError, match="'contribution'") as caught:
        record.verify(kind="funding")
    assert "'funding'" in caught.value.wanted


def test_a_signature_for_something_else_is_no_signature_for_a_record(record: Envelope) -> None:
    unsigned = {k: v for k, v in record.to_json().items() if k != "signature"}
    bare = KEY.sign(canonical_bytes(unsigned)).hex()
    with pytest.raises(SignatureError):
        Envelope.from_json(unsigned | {"signature": bare}).verify()


def test_fields_of_a_newer_format_are_kept_and_signed_over() -> None:
    unsigned = {
        "kind": "contribution",
        "version": 1,
        "body": BODY,
        "author": KEY.public_hex,
        "beacon": {"round": 7},
    }
    newer = Envelope(
        "contribution", 1, BODY, KEY.public_hex, _sign(unsigned), {"beacon": {"round": 7}}
    )
    again = Envelope.from_json(newer.to_json())
    assert again.verify().unknown == {"beacon": {"round": 7}}
    assert again.to_json()["beacon"] == {"round": 7}
    with pytest.raises(SignatureError):
        Envelope.from_json(newer.to_json() | {"beacon": {"round": 8}}).verify()
    dropped = {k: v for k, v in newer.to_json().items() if k != "beacon"}
    with pytest.raises(SignatureError):
        Envelope.from_json(dropped).verify()


def _sign(unsigned: dict[str, Any]) -> str:
    digest = hashlib.sha256(canonical_bytes(unsigned)).digest()
    return KEY.sign(b"workbench/record/1\n" + digest).hex()


def test_the_message_is_the_domain_and_the_hash_of_the_rest(record: Envelope) -> None:
    unsigned = {k: v for k, v in record.to_json().items() if k != "signature"}
    assert _sign(unsigned) == record.signature


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        {"kind": "task"},
        {"kind": 1, "version": 1, "body": {}, "author": "", "signature": ""},
        {"kind": "task", "version": "1", "body": {}, "author": "", "signature": ""},
        {"kind": "task", "version": 1, "body": [], "author": "", "signature": ""},
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(value: object) -> None:
    with pytest.raises(SignatureError, match="no signed record"):
        Envelope.from_json(value)


def test_a_body_without_canonical_form_cannot_be_signed() -> None:
    with pytest.raises(InvalidInputError):
        Envelope.sign("task", {"amount": 2**60}, KEY)
