"""A home's server shows that it has the key for which people sign: it signs what they just made."""

import hashlib
import secrets
from typing import Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import SignatureError
from workbench.core.keys import PrivateKey, verify_signature

_DOMAIN: Final = b"workbench/home/1\n"


def make_challenge() -> str:
    """Return what no server can have signed before: 64 hexadecimal digits."""
    return secrets.token_hex(32)


def prove_key(key: PrivateKey, challenge: str) -> str:
    """Return a server's signature over a challenge, in hex."""
    return key.sign(_message(key.public_hex, challenge)).hex()


def check_key(public_hex: str, challenge: str, proof: str) -> str:
    """Return a server's public key, if it has signed the challenge with it.

    Raises
    ------
    SignatureError
        It names a key that it has not.
    """
    try:
        signature = bytes.fromhex(proof)
    except ValueError:
        signature = b""
    try:
        verify_signature(public_hex, signature, _message(public_hex, challenge))
    except SignatureError as error:
        raise SignatureError(
            f"the server does not show that it has the key {public_hex[:16]}…, which it names",
            wanted="its signature over a new challenge",
            next_step="sign nothing here: what is signed could be used in another home",
        ) from error
    return public_hex


def _message(public_hex: str, challenge: str) -> bytes:
    said = {"key": public_hex, "challenge": challenge}
    return _DOMAIN + hashlib.sha256(canonical_bytes(said)).digest()
