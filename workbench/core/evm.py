"""EVM chains: their hash, and a key of one made from a person's own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from workbench.core.errors import MissingExtraError
from workbench.core.new_file import write_new

# The order of secp256k1 (SEC 2, 2.4.1).
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_DOMAIN: Final = b"merit-workbench evm key v1"
# 64 bits more than the order has: the remainder is as good as uniform (FIPS 186-5, A.2.1).
_N_BYTES: Final = 40


def keccak_256() -> Callable[[bytes], bytes]:
    """Return Keccak-256, from bytes to 32 bytes; it is not the SHA3-256 that came of it.

    Raises
    ------
    MissingExtraError
        The extra ``chain`` is not installed.

    Examples
    --------
    >>> keccak_256()(b"").hex()
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
    """
    try:
        # Named, not `eth_hash.auto`: who computes it must not depend on the environment.
        from eth_hash.backends.pycryptodome import keccak256  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            "Keccak-256 is not installed",
            wanted="the extra `chain`",
            next_step="pip install 'merit-workbench[chain]'",
        ) from error
    return keccak256


@dataclass(frozen=True)
class EvmKey:
    """A secp256k1 key: whoever has it moves what its address was paid.

    Attributes
    ----------
    secret : from 1 to the curve's order - 1; never printed.
    """

    secret: int

    def __repr__(self) -> str:
        return f"EvmKey(address={self.address})"

    @classmethod
    def derived(cls, seed: bytes) -> Self:
        """Return the key that belongs to a person's signing key.

        HKDF (RFC 5869) with SHA-256 and a domain of its own: neither key tells anything of
        the other to whoever lacks the seed.

        Parameters
        ----------
        seed : 32 bytes, of the ed25519 key.
        """
        wide = HKDF(SHA256(), length=_N_BYTES, salt=None, info=_DOMAIN).derive(seed)
        return cls(int.from_bytes(wide, "big") % (_ORDER - 1) + 1)

    @property
    def address(self) -> str:
        """``0x`` and 40 lower-case digits: the last 20 bytes of the public key's hash."""
        public = ec.derive_private_key(self.secret, ec.SECP256K1()).public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return f"0x{keccak_256()(point[1:])[-20:].hex()}"

    def export(self, path: Path) -> None:
        """Write the key into a new file as wallets take it, which its owner alone can read.

        Raises
        ------
        ConflictError
            The file exists.
        InvalidInputError
            Nothing can be written there.
        """
        write_new(path, f"0x{self.secret:064x}\n", mode=0o600)
