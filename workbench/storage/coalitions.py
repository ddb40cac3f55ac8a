"""Coalitions as the database keeps them: hexadecimal for names, 64-bit words for sums."""

from typing import Final

MAX_POSITIONS: Final = 1_024
_WORD_BITS: Final = 64
_WORD: Final = 2**_WORD_BITS - 1


def hex_of(coalition: int) -> str:
    """Return a coalition's name: its bits, bit i for player i, in lower-case hexadecimal."""
    return f"{coalition:x}"


def coalition_of(name: str) -> int:
    """Return the bits that a name stands for."""
    return int(name, 16)


def words_of(coalition: int) -> list[int]:
    """Return the same bits in words of 64, lowest first; player i is in word i // 64.

    Without trailing zero words but the first, so that a coalition has one spelling however
    many players join its game later.

    Examples
    --------
    >>> words_of(0), words_of(5), words_of(1 << 64)
    ([0], [5], [0, 1])
    """
    words = [coalition & _WORD]
    while coalition := coalition >> _WORD_BITS:
        words.append(coalition & _WORD)
    return words
