"""A key that takes another's place signs that somebody holds it."""

import hashlib
from typing import Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import SignatureError
from workbench.core.keys import PrivateKey, verify_signature

_DOMAIN: Final = b"workbench/rotation/1\n"


def prove_possession(new: PrivateKey, principal: str, old: str) -> str:
    """Return the new key's signature over whose key it is to be, and which one it replaces.

    Parameters
    ----------
    old : public key, 64 hexadecimal digits.
    """
    return new.sign(_message(principal, old, new.public_hex)).hex()


def check_possession(principal: str, old: str, new: str, proof: str) -> None:
    """Raise SignatureError unless whoever has the new key made the proof for this very change."""
    try:
        signature = bytes.fromhex(proof)
    except ValueError:
        signature = b""
    if signature.hex() != proof:
        raise SignatureError(
            "the proof is not written as it must be", wanted="128 lower-case hex digits"
        )
    verify_signature(new, signature, _message(principal, old, new))


def _message(principal: str, old: str, new: str) -> bytes:
    said = {"principal": principal, "old": old, "new": new}
    return _DOMAIN + hashlib.sha256(canonical_bytes(said)).digest()
