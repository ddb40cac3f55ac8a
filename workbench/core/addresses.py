"""Addresses on an EVM chain, with the checksum of EIP-55."""

import re
from typing import Final

from workbench.core.errors import InvalidInputError

_SHAPE: Final = re.compile(r"0x[0-9a-fA-F]{40}")
_WORD: Final = 2**64 - 1
_RATE_BYTES: Final = 136
# FIPS 202, 3.2.2: the offsets of ρ in the order in which π visits the lanes from (1, 0).
_RHO: Final = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61,
               20, 44)  # fmt: skip
_PI: Final = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6,
              1)  # fmt: skip


def check_address(text: str) -> str:
    """Return an address in lower case.

    Raises
    ------
    InvalidInputError
        It is no address, or its capital letters are not those of its checksum: a letter was
        mistyped, and whatever is paid there would be lost.

    References
    ----------
    EIP-55: Mixed-case checksum address encoding.
    """
    if _SHAPE.fullmatch(text) is None:
        raise InvalidInputError(
            f"{text[:80]!r} is no address", wanted="0x and 40 hexadecimal digits"
        )
    digits = text[2:]
    if digits not in {digits.lower(), digits.upper()} and text != checksummed(text):
        raise InvalidInputError(
            f"the checksum of the address {text} does not fit",
            wanted="the address as the wallet shows it",
            next_step="copy it again, and do not type it",
        )
    return text.lower()


def checksummed(address: str) -> str:
    """Return an address with the capital letters of EIP-55."""
    digits = address[2:].lower()
    marks = keccak_256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) >= 8 else digit
        for digit, mark in zip(digits, marks, strict=False)
    )


def keccak_256(message: bytes) -> bytes:
    """Return Ethereum's hash: Keccak as it was before FIPS 202 changed its padding.

    Python has SHA-3 alone, and a package for the forty bytes of an address is an extra.
    """
    padded = bytearray(message)
    padded += bytes(_RATE_BYTES - len(padded) % _RATE_BYTES)
    padded[len(message)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE_BYTES):
        for lane in range(_RATE_BYTES // 8):
            at = start + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permute(lanes: list[int]) -> None:
    state = 1
    for _ in range(24):
        parity = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
                  for x in range(5)]  # fmt: skip
        for x in range(5):
            mixed = parity[x - 1] ^ _rotated(parity[(x + 1) % 5], 1)
            for y in range(0, 25, 5):
                lanes[x + y] ^= mixed
        moved = lanes[1]
        for to, n_bits in zip(_PI, _RHO, strict=True):
            lanes[to], moved = _rotated(moved, n_bits), lanes[to]
        for y in range(0, 25, 5):
            row = lanes[y : y + 5]
            for x in range(5):
                lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & _WORD)
        # ι: the constants come out of a shift register, FIPS 202, algorithm 5.
        for power in range(7):
            state = (state << 1) ^ ((state >> 7) * 0x171)
            if state & 2:
                lanes[0] ^= 1 << ((1 << power) - 1)


def _rotated(lane: int, n_bits: int) -> int:
    return ((lane << n_bits) | (lane >> (64 - n_bits))) & _WORD
