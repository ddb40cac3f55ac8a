"""Each person signs with a key of their own, which the server learns once."""

import stat
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError, SignatureError


def test_a_key_is_made_on_first_use_for_its_owner_alone(bench: Bench, tmp_path: Path) -> None:
    key = bench.identity
    path = tmp_path / "keys" / "me.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Bench(bench.api.connection, tmp_path / "keys").identity == key


def test_a_key_others_can_read_is_refused(bench: Bench, tmp_path: Path) -> None:
    _ = bench.identity
    (tmp_path / "keys" / "me.key").chmod(0o644)
    with pytest.raises(SignatureError, match="can be read by others"):
        _ = Bench(bench.api.connection, tmp_path / "keys").identity


def test_a_principal_is_registered_once(bench: Bench, server: Any) -> None:
    assert bench.principal.owner == bench.principal.name == "me"
    [body] = server.bodies("/principals")
    envelope = Envelope.from_json(body["envelope"]).verify(kind="principal")
    assert envelope.author == bench.identity.public_hex


def test_a_known_key_is_not_registered_again(bench: Bench, server: Any) -> None:
    known = {"name": "me", "public_key": bench.identity.public_hex, "owner": "a-village"}
    server.on("GET", "/principals", [known])
    assert bench.principal.owner == "a-village"
    assert server.bodies("/principals") == []


def test_another_identity_signs_with_another_key(bench: Bench) -> None:
    other = bench.as_("demo-otomi", owner="otomi")
    assert other.identity != bench.identity
    assert other.principal.owner == "otomi"
    envelope = Envelope.from_json(other.sign("funding", {"task": "t"}).envelope)
    assert envelope.verify().author == other.identity.public_hex


@pytest.mark.parametrize("name", ["", "../me", "a b", "x" * 65])
def test_a_name_that_is_no_file_name_is_refused(bench: Bench, name: str) -> None:
    with pytest.raises(InvalidInputError, match="no identity name"):
        bench.as_(name)
