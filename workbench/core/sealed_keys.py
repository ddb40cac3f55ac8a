"""A private key in a file that a passphrase opens: scrypt (RFC 7914) and AES-256-GCM."""

import json
import os
import unicodedata
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError
from workbench.core.keys import PrivateKey, check_identity_name

MAX_SEALED_BYTES: Final = 4096
_FORMAT: Final = "workbench-key/1"
# 128 MiB and half a second a guess. A file says its own cost, within what a machine can bear.
_N: Final = 2**17
_LARGEST_N: Final = 2**20
_R: Final = 8
_P: Final = 1


def seal_key(key: PrivateKey, name: str, passphrase: str) -> str:
    """Return a key as JSON that says nothing without the passphrase.

    Parameters
    ----------
    name : of the identity; sealed with it, so that nobody passes the key off as another's.

    Raises
    ------
    InvalidInputError
        The passphrase is empty.
    """
    about: dict[str, Any] = {
        "format": _FORMAT,
        "name": check_identity_name(name),
        "public_key": key.public_hex,
        "n": _N,
        "r": _R,
        "p": _P,
        "salt": os.urandom(16).hex(),
        "nonce": os.urandom(12).hex(),
    }
    sealed = _cipher(about, passphrase).encrypt(
        bytes.fromhex(about["nonce"]), key.seed, canonical_bytes(about)
    )
    return json.dumps(about | {"sealed": sealed.hex()}, indent=2, ensure_ascii=False) + "\n"


def open_key(text: str, passphrase: str) -> tuple[str, PrivateKey]:
    """Return the identity's name and the key of what ``seal_key`` returned.

    Raises
    ------
    InvalidInputError
        It is no such file, or not with this passphrase.
    """
    about, nonce, sealed = _read(text)
    try:
        seed = _cipher(about, passphrase).decrypt(nonce, sealed, canonical_bytes(about))
    except InvalidTag:
        raise InvalidInputError(
            f"the passphrase does not open the key of {about['name']}, or the file was changed",
            wanted="the passphrase that was given when it was exported",
            next_step="try again; without the passphrase a new key must be made: "
            "workbench identity ask",
        ) from None
    key = PrivateKey(seed)
    if key.public_hex != about["public_key"]:
        raise _no_key("the public key is of another private key")
    return about["name"], key


def _cipher(about: dict[str, Any], passphrase: str) -> AESGCM:
    if not passphrase:
        raise InvalidInputError(
            "the passphrase is empty",
            wanted="a passphrase that nobody guesses, such as six random words",
        )
    salt = bytes.fromhex(about["salt"])
    scrypt = Scrypt(salt=salt, length=32, n=about["n"], r=about["r"], p=about["p"])
    # The same letters may arrive composed or not, as the keyboard has it.
    return AESGCM(scrypt.derive(unicodedata.normalize("NFC", passphrase).encode()))


def _read(text: str) -> tuple[dict[str, Any], bytes, bytes]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    match value:
        case {
            "format": str(kind),
            "name": str(name),
            "public_key": str(),
            "n": int(n),
            "r": 8,
            "p": 1,
            "salt": str(salt),
            "nonce": str(nonce),
            "sealed": str(sealed),
            **rest,
        } if kind == _FORMAT and not rest:
            if n not in {2**power for power in range(14, 21)}:
                raise _no_key(f"its cost n is {n}, not a power of 2 up to {_LARGEST_N}")
            check_identity_name(name)
            _bytes(salt, 16)
            about = {k: v for k, v in value.items() if k != "sealed"}
            # A seed of 32 bytes and the tag of 16.
            return about, _bytes(nonce, 12), _bytes(sealed, 48)
    raise _no_key("its fields are others")


def _bytes(text: str, n_bytes: int) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != n_bytes:
        raise _no_key(f"{text[:20]!r} is not {n_bytes} bytes in hexadecimal digits")
    return found


def _no_key(why: str) -> InvalidInputError:
    return InvalidInputError(
        f"the file holds no exported key: {why}",
        wanted="a file that workbench identity export wrote",
    )
