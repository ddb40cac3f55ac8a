"""Ed25519 keys: made on first use, kept in a file only the person can read."""

import os
import secrets
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from workbench.core.errors import InvalidInputError, SignatureError
from workbench.core.folders import sync_folder

# The eight points of small order on edwards25519, in every encoding that decoders accept.
# One of them as a public key verifies a fixed signature over any message.
_P: Final = 2**255 - 19
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y: Final = frozenset({0, 1, _P - 1, _P, _P + 1, _ORDER_8, _P - _ORDER_8})


@dataclass(frozen=True)
class PrivateKey:
    """A person's signing key.

    Attributes
    ----------
    seed : bytes of length 32, the private scalar's seed (RFC 8032, 5.1.5); never printed.
    """

    seed: bytes

    def __repr__(self) -> str:
        return f"PrivateKey(public={self.public_hex})"

    @classmethod
    def make(cls) -> Self:
        """Return a new random key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """Read the key at ``path``, or make one there with mode 0600."""
        cls.make().keep(path)
        return cls.load(path)

    def keep(self, path: Path) -> bool:
        """Write the key to ``path`` with mode 0600, unless a key is there; say whether it was.

        What is written is on disk before this returns.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as stream:
                stream.write(self.seed.hex() + "\n")
                stream.flush()
                os.fsync(stream.fileno())
            # A hard link fails when somebody else's key is already there: the first one wins.
            os.link(partial, path)
        except FileExistsError:
            return False
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(path.parent)
        return True

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the key at ``path``; it must be readable by its owner alone."""
        if path.stat().st_mode & 0o077:
            raise SignatureError(
                f"the key {path.name} can be read by others",
                wanted="mode 0600",
                next_step=f"chmod 600 {path}",
            )
        try:
            seed = bytes.fromhex(path.read_text().strip())
        except ValueError:
            seed = b""
        if len(seed) != 32:
            raise SignatureError(f"{path.name} holds no key", wanted="64 hexadecimal digits")
        return cls(seed)

    @cached_property
    def public_hex(self) -> str:
        """The public key as 64 hexadecimal digits: the person's address in records."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of RFC 8032."""
        return self._key.sign(message)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def check_public_key(public_hex: str) -> str:
    """Return the key if it may sign records.

    Raises
    ------
    SignatureError
        Not 32 bytes in lower-case hex, or one of the eight small-order points.
    """
    try:
        raw = bytes.fromhex(public_hex)
    except ValueError:
        raw = b""
    if len(raw) != 32 or raw.hex() != public_hex:
        raise SignatureError(
            f"{public_hex[:80]!r} is no public key", wanted="64 lower-case hexadecimal digits"
        )
    # The sign bit of x does not change the order, so it is masked away.
    if (int.from_bytes(raw, "little") & (2**255 - 1)) in _SMALL_ORDER_Y:
        raise SignatureError("a small-order public key verifies any message", wanted="a real key")
    return public_hex


def verify_signature(public_hex: str, signature: bytes, message: bytes) -> None:
    """Raise SignatureError unless the signature is the key's over the message."""
    try:
        _public_key(public_hex).verify(signature, message)
    except InvalidSignature:
        raise SignatureError(
            "the signature does not verify",
            wanted=f"a signature by {public_hex[:16]}… over exactly these bytes",
            next_step="sign the record again with the author's key",
        ) from None


@lru_cache(maxsize=4_096)
def _public_key(public_hex: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(check_public_key(public_hex)))


def check_identity_name(name: str) -> str:
    """Return a name that is safe as a file name: letters, digits, ``-`` and ``_``."""
    if not name or len(name) > 64 or not all(c.isalnum() or c in "-_" for c in name):
        raise InvalidInputError(
            f"{name[:80]!r} is no identity name", wanted="1 to 64 letters, digits, '-' or '_'"
        )
    return name
