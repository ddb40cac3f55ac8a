"""A client signs for the home whose server shows its key, and for no other."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.client.conftest import HOME_KEY, FakeConnection
from workbench.client.bench import Bench
from workbench.core.errors import ConflictError, CorruptHomeError, SignatureError
from workbench.core.home_keys import check_key, make_challenge, prove_key
from workbench.core.keys import PrivateKey

OTHER = PrivateKey(bytes([8]) * 32)


class Server(FakeConnection):
    """A server in a folder; one that lies says what it is told to."""

    def __init__(self, home: Path, key: PrivateKey = HOME_KEY, said: str | None = None) -> None:
        super().__init__()
        self.home = home
        self._key, self._said = key, said or key.public_hex

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        if path != "/home":
            return super().request(method, path, **more)
        proof = prove_key(self._key, more["params"]["challenge"])
        return httpx.Response(200, json={"key": self._said, "proof": proof})


def signed(server: Server, keys: Path) -> dict[str, Any]:
    envelope: dict[str, Any] = Bench(server, keys).sign("note", {}).envelope
    return envelope


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def test_what_is_signed_names_the_key_that_the_server_has(tmp_path: Path, keys: Path) -> None:
    home = folder(tmp_path, "home")
    assert signed(Server(home), keys)["home"] == HOME_KEY.public_hex
    assert json.loads((keys / "homes.json").read_text()) == {str(home): HOME_KEY.public_hex}
    assert (keys / "homes.json").stat().st_mode & 0o077 == 0


def test_for_a_key_that_the_server_has_not_nothing_is_signed(tmp_path: Path, keys: Path) -> None:
    liar = Server(folder(tmp_path, "home"), OTHER, said=HOME_KEY.public_hex)
    with pytest.raises(SignatureError, match="does not show that it has the key") as caught:
        signed(liar, keys)
    assert "sign nothing here" in caught.value.next_step
    assert not liar.bodies("/principals")
    assert not (keys / "homes.json").exists()


def test_one_that_hands_the_challenge_on_is_found_out(tmp_path: Path, keys: Path) -> None:
    home, other = folder(tmp_path, "home"), folder(tmp_path, "other")
    signed(Server(home), keys)
    relay = Server(other)
    with pytest.raises(ConflictError, match="has the key of the one in") as caught:
        signed(relay, keys)
    assert str(home) in str(caught.value.found)
    assert not relay.bodies("/principals")


def test_a_home_that_was_moved_is_the_same(tmp_path: Path, keys: Path) -> None:
    home = folder(tmp_path, "home")
    signed(Server(home), keys)
    home.rename(tmp_path / "moved")
    assert signed(Server(tmp_path / "moved"), keys)["home"] == HOME_KEY.public_hex


def test_a_home_that_was_made_anew_has_another_key(tmp_path: Path, keys: Path) -> None:
    home = folder(tmp_path, "home")
    signed(Server(home), keys)
    assert signed(Server(home, OTHER), keys)["home"] == OTHER.public_hex
    # The first one may come back somewhere else: it is not in its old place.
    assert signed(Server(folder(tmp_path, "restored")), keys)["home"] == HOME_KEY.public_hex


@pytest.mark.parametrize("content", ["no JSON", "[]", '{"a": 1}', "[" * 100_000])
def test_a_file_of_homes_that_cannot_be_read_is_named(
    tmp_path: Path, keys: Path, content: str
) -> None:
    keys.mkdir(mode=0o700)
    (keys / "homes.json").write_text(content)
    with pytest.raises(CorruptHomeError, match=r"homes\.json") as caught:
        signed(Server(folder(tmp_path, "home")), keys)
    assert "rm" in caught.value.next_step


@pytest.mark.parametrize("proof", ["", "zz", "0" * 128])
def test_no_proof_is_none(proof: str) -> None:
    with pytest.raises(SignatureError, match="does not show"):
        check_key(HOME_KEY.public_hex, make_challenge(), proof)


def test_a_proof_is_of_one_challenge_and_one_key() -> None:
    challenge = make_challenge()
    proof = prove_key(HOME_KEY, challenge)
    assert check_key(HOME_KEY.public_hex, challenge, proof) == HOME_KEY.public_hex
    for key, asked in ((HOME_KEY.public_hex, make_challenge()), (OTHER.public_hex, challenge)):
        with pytest.raises(SignatureError):
            check_key(key, asked, proof)
