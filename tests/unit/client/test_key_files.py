"""No key is ever lost or overwritten, wherever one is interrupted."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.key_files import KeyFiles, import_key
from workbench.core import sealed_keys
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, InvalidInputError, NotFoundError
from workbench.core.keys import PrivateKey
from workbench.core.rotations import check_possession

WORDS = "six random words"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_keys, "_N", 2**14)


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    files = KeyFiles(tmp_path / "keys", "ana")
    files.key()
    return files


def _seeds(files: KeyFiles) -> set[bytes]:
    return {PrivateKey.load(path).seed for path in files.keys_dir.iterdir()}


def test_a_key_moves_to_another_machine(files: KeyFiles, tmp_path: Path) -> None:
    files.export(tmp_path / "ana.sealed", WORDS)
    assert stat.S_IMODE((tmp_path / "ana.sealed").stat().st_mode) == 0o600
    there = import_key(tmp_path / "other-keys", tmp_path / "ana.sealed", WORDS)
    assert there.name == "ana"
    assert there.key() == files.key()
    assert stat.S_IMODE(there.path.stat().st_mode) == 0o600


def test_importing_the_same_key_twice_is_no_mistake(files: KeyFiles, tmp_path: Path) -> None:
    files.export(tmp_path / "ana.sealed", WORDS)
    assert import_key(files.keys_dir, tmp_path / "ana.sealed", WORDS).key() == files.key()


def test_another_key_of_the_name_is_kept(files: KeyFiles, tmp_path: Path) -> None:
    files.export(tmp_path / "ana.sealed", WORDS)
    other = KeyFiles(tmp_path / "other-keys", "ana").key()
    with pytest.raises(ConflictError, match="another key"):
        import_key(tmp_path / "other-keys", tmp_path / "ana.sealed", WORDS)
    assert KeyFiles(tmp_path / "other-keys", "ana").key() == other
    free = import_key(tmp_path / "other-keys", tmp_path / "ana.sealed", WORDS, "ana-2")
    assert free.key() == files.key()


def test_an_export_overwrites_nothing_and_makes_no_key(files: KeyFiles, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ConflictError, match="exists"):
        files.export(tmp_path / "notes", WORDS)
    with pytest.raises(NotFoundError, match="no key of eva") as caught:
        KeyFiles(files.keys_dir, "eva").export(tmp_path / "eva.sealed", WORDS)
    assert "ana" in caught.value.wanted
    with pytest.raises(InvalidInputError, match="cannot be written"):
        files.export(tmp_path / "nowhere" / "ana.sealed", WORDS)
    assert (tmp_path / "notes").read_text() == "mine"
    assert list(files.keys_dir.iterdir()) == [files.path]


def test_files_that_hold_no_key_are_refused(files: KeyFiles, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 5000)
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")
    for name in ("large", "bytes", "pipe", "keys"):
        with pytest.raises(InvalidInputError):
            import_key(files.keys_dir, tmp_path / name, WORDS)
    with pytest.raises(NotFoundError, match="no file"):
        import_key(files.keys_dir, tmp_path / "none", WORDS)


def test_a_new_key_takes_the_place_of_the_old_which_is_kept(files: KeyFiles) -> None:
    old, new = files.key(), files.next_key()
    assert files.next_key() == new
    files.move_next()
    assert files.key() == new
    assert _seeds(files) == {old.seed, new.seed}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.keys_dir.iterdir()} == {0o600}


@pytest.mark.parametrize("killed_at", ["link", "replace"])
def test_a_kill_in_between_loses_neither_key(
    files: KeyFiles, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    old, new = files.key(), files.next_key()

    def kill(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "link") if killed_at == "link" else (Path, "replace")), kill)
        with pytest.raises(KeyboardInterrupt):
            files.move_next()
    assert files.key() == old
    assert _seeds(files) == {old.seed, new.seed}
    files.move_next()
    assert files.key() == new
    assert _seeds(files) == {old.seed, new.seed}


def test_rotation_is_the_old_keys_word_and_the_new_keys_proof(bench: Bench, server: Any) -> None:
    old = bench.identity
    known = {"name": "me", "public_key": old.public_hex, "owner": "me"}
    server.on("GET", "/principals", [known])
    server.on(
        "POST",
        "/principals/rotations",
        lambda body: known | {"public_key": body["envelope"]["body"]["new"]},
    )
    with pytest.raises(InvalidInputError, match="sign=True"):
        bench.rotate_key()
    principal = bench.rotate_key(sign=True)
    assert principal.public_key == bench.identity.public_hex != old.public_hex
    [sent] = server.bodies("/principals/rotations")
    envelope = Envelope.from_json(sent["envelope"]).verify(kind="rotation")
    assert envelope.author == old.public_hex
    body = envelope.body
    check_possession("me", old.public_hex, principal.public_key, body["proof"])
    assert Envelope.from_json(bench.sign("funding", {}).envelope).author == principal.public_key


def test_an_answer_that_was_lost_is_made_good_at_the_next_use(
    bench: Bench, server: Any, tmp_path: Path
) -> None:
    """The server has rotated, the file has not: the key that waits is the one that signs."""
    old = bench.identity
    new = KeyFiles(tmp_path / "keys", "me").next_key()
    server.on("GET", "/principals", [{"name": "me", "public_key": new.public_hex, "owner": "me"}])
    again = Bench(bench.api.connection, tmp_path / "keys")
    assert again.principal.public_key == again.identity.public_hex == new.public_hex
    assert server.bodies("/principals") == []
    assert {PrivateKey.load(p).seed for p in (tmp_path / "keys").iterdir()} == {old.seed, new.seed}


def test_whoever_lost_a_key_asks_with_a_proof_for_an_admin(
    bench: Bench, server: Any, tmp_path: Path
) -> None:
    lost = PrivateKey.make().public_hex
    server.on("GET", "/principals", [{"name": "me", "public_key": lost, "owner": "me"}])
    path = bench.ask_for_key(tmp_path / "ask.json")
    server.on("GET", "/principals", [])
    server.on("POST", "/principals/rotations", {"name": "me", "public_key": lost, "owner": "me"})
    bench.as_("root").replace_key(path, reason="a lost laptop", sign=True)
    [sent] = server.bodies("/principals/rotations")
    body = Envelope.from_json(sent["envelope"]).verify(kind="rotation").body
    assert body["reason"] == "a lost laptop"
    check_possession("me", lost, body["new"], body["proof"])
    with pytest.raises(NotFoundError, match="nobody is registered as 'me'"):
        bench.ask_for_key(tmp_path / "again.json")


def test_a_token_is_made_here_and_only_its_digest_is_sent(bench: Bench, server: Any) -> None:
    now = "2026-11-26T00:00:00Z"
    server.on("POST", "/access", lambda body: body | {"granted_at": now, "revoked_at": None})
    token = bench.grant_access("eva")
    [sent] = server.bodies("/access")
    assert token not in str(sent)
    assert sent["principal"] == "eva"
