"""Addresses on an EVM chain, with the checksum of EIP-55."""

from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.core.evm import keccak_256

_N_DIGITS: Final = 40
_HEX: Final = "0123456789abcdef"
_HIGH: Final = _HEX[8:]


def check_address(text: str) -> str:
    """Return an address in lower case.

    Raises
    ------
    InvalidInputError
        It is not ``0x`` and 40 hexadecimal digits, mistyped, or the address of nobody.
    MissingExtraError
        Its capitals are a checksum, and the extra ``chain`` is not installed.
    """
    digits = text[2:]
    if text[:2] != "0x" or len(digits) != _N_DIGITS or set(digits.lower()) - set(_HEX):
        raise InvalidInputError(
            f"{text[:80]!r} is no address", wanted="0x and 40 hexadecimal digits"
        )
    address = text.lower()
    if digits not in (digits.lower(), digits.upper()) and checksummed(address) != text:
        raise InvalidInputError(
            f"the capitals of {text} are not its checksum: it was mistyped",
            wanted="the address as the wallet shows it",
        )
    if int(digits, 16) == 0:
        raise InvalidInputError("the zero address is nobody's", wanted="an address of your own")
    return address


def checksummed(address: str) -> str:
    """Return a lower-case address with the capitals that tell when it is mistyped (EIP-55)."""
    digits = address[2:]
    nibbles = keccak_256()(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble in _HIGH else digit
        for digit, nibble in zip(digits, nibbles, strict=False)
    )
