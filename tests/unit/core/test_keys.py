"""Ed25519 keys: the standard's vectors, refused keys, and files nobody else can read."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workbench.core.errors import InvalidInputError, SignatureError
from workbench.core.keys import (
    PrivateKey,
    check_identity_name,
    check_public_key,
    verify_signature,
)

# RFC 8032, 7.1: seed, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
        "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
        "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
        "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]

# The points of small order: y = 0, 1, −1 and the two of order 8, with y = p and p + 1 as the
# encodings that a lax decoder reads as 0 and 1. Each also with the sign bit of x set.
_SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
SMALL_ORDER = _SMALL_ORDER + [
    (raw[:31] + bytes([raw[31] | 0x80])).hex() for raw in map(bytes.fromhex, _SMALL_ORDER)
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_standard(
    seed: str, public: str, message: str, signature: str
) -> None:
    key = PrivateKey(bytes.fromhex(seed))
    assert key.public_hex == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    verify_signature(public, bytes.fromhex(signature), bytes.fromhex(message))


def test_a_signature_over_another_message_is_refused() -> None:
    key = PrivateKey.make()
    with pytest.raises(SignatureError, match="does not verify"):
        verify_signature(key.public_hex, key.sign(b"one"), b"two")


def test_a_signature_with_a_larger_scalar_is_refused() -> None:
    """S + L signs the same in a lax verifier, so that anybody could change a record's id."""
    order = 2**252 + 27742317777372353535851937790883648493
    key = PrivateKey.make()
    signature = key.sign(b"message")
    scalar = int.from_bytes(signature[32:], "little") + order
    with pytest.raises(SignatureError):
        verify_signature(key.public_hex, signature[:32] + scalar.to_bytes(32, "little"), b"message")


@pytest.mark.parametrize("public", SMALL_ORDER)
def test_a_small_order_key_is_refused_in_every_encoding(public: str) -> None:
    with pytest.raises(SignatureError, match="small-order"):
        check_public_key(public)
    with pytest.raises(SignatureError, match="small-order"):
        verify_signature(public, bytes(64), b"any message")


def test_without_the_check_the_identity_would_sign_everything() -> None:
    """The reason for refusing it: R = identity and S = 0 satisfy the equation for any message."""
    identity = bytes.fromhex(_SMALL_ORDER[1])
    for message in (b"pay me", b"pay me more"):
        Ed25519PublicKey.from_public_bytes(identity).verify(identity + bytes(32), message)


@pytest.mark.parametrize(
    "text",
    ["", "ab", "g" * 64, "AB" * 32, "ab" * 31, "ab" * 33, " " + "ab" * 32, "ab " * 32, "é" * 64],
)
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(SignatureError, match="no public key"):
        check_public_key(text)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ana.key"
    first = PrivateKey.load_or_make(path)
    assert PrivateKey.load_or_make(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        PrivateKey.load_or_make(tmp_path / "keys" / "ana.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys" / "ana.key").stat().st_mode) == 0o600


def test_a_key_that_others_can_read_is_refused_and_the_remedy_named(tmp_path: Path) -> None:
    path = tmp_path / "ana.key"
    PrivateKey.load_or_make(path)
    path.chmod(0o640)
    with pytest.raises(SignatureError, match="read by others") as caught:
        PrivateKey.load(path)
    assert caught.value.next_step == f"chmod 600 {path}"


@pytest.mark.parametrize("content", ["", "ab", "ab" * 33, "no hex", "ab" * 31 + "\n"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ana.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SignatureError, match="holds no key"):
        PrivateKey.load(path)


def test_makers_that_race_all_get_the_one_key(tmp_path: Path) -> None:
    n_makers = 8
    path = tmp_path / "ana.key"
    barrier = Barrier(n_makers)

    def make() -> str:
        barrier.wait(timeout=10)
        return PrivateKey.load_or_make(path).public_hex

    with ThreadPoolExecutor(n_makers) as pool:
        keys = {f.result() for f in [pool.submit(make) for _ in range(n_makers)]}
    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_the_seed_is_never_printed() -> None:
    key = PrivateKey.make()
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in f"{key}"


@pytest.mark.parametrize("name", ["ana", "Sierra_Norte", "a-1", "Otomí", "x" * 64])
def test_an_identity_name_is_kept(name: str) -> None:
    assert check_identity_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "a\0", "x" * 65, "*", "~ana"])
def test_an_identity_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="no identity name"):
        check_identity_name(name)
