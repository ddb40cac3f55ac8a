"""An exported key: worth nothing without its passphrase, and nothing when it was changed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import sealed_keys
from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.keys import PrivateKey
from workbench.core.sealed_keys import MAX_SEALED_BYTES, open_key, seal_key


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least cost that is accepted, or each test would take seconds."""
    monkeypatch.setattr(sealed_keys, "_N", 2**14)


@pytest.fixture
def sealed() -> str:
    return seal_key(PrivateKey(b"\x07" * 32), "ana", "six random words")


def test_a_sealed_key_opens_with_its_passphrase(sealed: str) -> None:
    assert open_key(sealed, "six random words") == ("ana", PrivateKey(b"\x07" * 32))


def test_a_passphrase_is_the_same_however_the_keyboard_composes_it() -> None:
    sealed = seal_key(PrivateKey.make(), "ana", "contrase\N{LATIN SMALL LETTER N WITH TILDE}a")
    assert open_key(sealed, "contrasen\N{COMBINING TILDE}a")[0] == "ana"


def test_neither_the_seed_nor_the_passphrase_is_in_the_file(sealed: str) -> None:
    assert (b"\x07" * 32).hex() not in sealed
    assert "random" not in sealed
    assert len(sealed) < MAX_SEALED_BYTES


def test_the_same_key_is_never_sealed_the_same_way() -> None:
    key = PrivateKey.make()
    first, second = (json.loads(seal_key(key, "ana", "words")) for _ in range(2))
    for field in ("salt", "nonce", "sealed"):
        assert first[field] != second[field]


def test_what_is_written_costs_as_much_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert json.loads(seal_key(PrivateKey.make(), "ana", "words"))["n"] == 2**17


@pytest.mark.parametrize("wrong", ["six random word", "Six random words", " six random words"])
def test_another_passphrase_does_not_open_it(sealed: str, wrong: str) -> None:
    with pytest.raises(InvalidInputError, match="does not open the key of ana"):
        open_key(sealed, wrong)


def test_an_empty_passphrase_is_refused_both_ways(sealed: str) -> None:
    with pytest.raises(InvalidInputError, match="passphrase is empty"):
        seal_key(PrivateKey.make(), "ana", "")
    with pytest.raises(InvalidInputError, match="passphrase is empty"):
        open_key(sealed, "")


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "eva"},
        {"public_key": PrivateKey(b"\x08" * 32).public_hex},
        {"salt": "00" * 16},
        {"nonce": "00" * 12},
        {"n": 2**15},
    ],
)
def test_nothing_beside_the_key_can_be_changed(sealed: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="does not open"):
        open_key(json.dumps(json.loads(sealed) | changes), "six random words")


@pytest.mark.parametrize(
    "changes",
    [
        {"n": 2**40},
        {"n": 2**14 + 1},
        {"n": 1},
        {"n": True},
        {"r": 2**20},
        {"p": 1000},
        {"format": "workbench-key/2"},
        {"more": 1},
        {"name": "../ana"},
        {"salt": "00"},
        {"nonce": "zz" * 12},
        {"sealed": "00" * 47},
        {"public_key": None},
    ],
)
def test_a_file_of_a_strangers_making_costs_nothing(sealed: str, changes: dict[str, Any]) -> None:
    """It is refused before scrypt is asked for memory."""
    with pytest.raises(InvalidInputError):
        open_key(json.dumps(json.loads(sealed) | changes), "six random words")


@given(text=st.text(max_size=200) | st.just("[" * 100_000))
def test_no_other_text_is_a_key(text: str) -> None:
    with pytest.raises(WorkbenchError, match="no exported key"):
        open_key(text, "words")
