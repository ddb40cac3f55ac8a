"""Personal data in texts: where it is, and what stands in its place once it is masked.

Only what a pattern and a checksum can tell for sure: e-mail addresses, payment cards (Luhn),
bank accounts (IBAN, modulo 97), public internet addresses and telephone numbers in
international form. Names, birthdays and streets are not found: a person has to look for these.

A finding shows the first and the last character of what was found and no more: findings are
stored, logged and shown to others.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from workbench.intake.personal_numbers import (
    is_card,
    is_iban,
    is_phone,
    is_public_ipv4,
    is_public_ipv6,
)


@dataclass(frozen=True)
class PersonalKind:
    """One kind of personal data.

    Attributes
    ----------
    code : of its findings.
    mask : what stands in its place.
    find : text → start and end of each place, in order and apart.
    """

    code: str
    mask: str
    find: Callable[[str], Iterator[tuple[int, int]]]


_MAX_LOCAL: Final = 64
_LOCAL_REVERSED: Final = re.compile(r"[\w.%+'-]+")
_DOMAIN: Final = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
# RFC 2606: names that never belong to anybody.
_NOBODY: Final = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|net|org)|example|invalid|test|localhost)", re.I
)
_CARD: Final = re.compile(
    r"(?<![\w.,/+-])(?:[0-9]{14,19}|(?<![0-9][ -])[0-9]{4}"
    r"(?:(?:[ -][0-9]{4}){3}(?:[ -][0-9]{3})?|[ -][0-9]{6}[ -][0-9]{4,5})(?![ -][0-9]))"
    r"(?!\w|[.,/-]\w)"
)
_SEP: Final = "[ \u00a0-]"
_IBAN: Final = re.compile(
    r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,29}"
    rf"|(?:{_SEP}[A-Z0-9]{{4}}){{2,7}}(?:{_SEP}[A-Z0-9]{{1,3}})?)(?![^\W_])",
    re.I | re.A,
)
_IPV4: Final = re.compile(
    r"(?<![\w.,/+-])(?<!version )(?<!release )[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w-]|\.\w)", re.I
)
_IPV6: Final = re.compile(r"(?<![\w:.])[23][0-9a-f]{3}(?::[0-9a-f]{0,4}){2,7}(?![\w:]|\.\w)", re.I)
_PHONE: Final = re.compile(
    r"(?<![\w.+-])\+[1-9](?:[ \u00a0-]?[0-9]|[ \u00a0-]?\([0-9]{1,4}\)){7,14}(?![ -]?[0-9]|[.,]?\w)"
)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    # From each @ to both sides, a bounded way: one pattern would try every start in long words.
    end = 0
    at = text.find("@")
    while at >= 0:
        before = text[max(end, at - _MAX_LOCAL) : at]
        local = _LOCAL_REVERSED.match(before[::-1])
        domain = _DOMAIN.match(text, at + 1)
        if local and domain and not _NOBODY.fullmatch(domain[0]):
            end = domain.end()
            yield at - len(local[0]), end
        at = text.find("@", max(at + 1, end))


def _numbers(
    pattern: re.Pattern[str], is_one: Callable[[str], bool]
) -> Callable[[str], Iterator[tuple[int, int]]]:
    def find(text: str) -> Iterator[tuple[int, int]]:
        return (found.span() for found in pattern.finditer(text) if is_one(found[0]))

    return find


PERSONAL_KINDS: Final = (
    PersonalKind("e-mail-address", "⟨e-mail⟩", _emails),
    PersonalKind("bank-account", "⟨bank account⟩", _numbers(_IBAN, is_iban)),
    PersonalKind("payment-card", "⟨payment card⟩", _numbers(_CARD, is_card)),
    PersonalKind("ip-address", "⟨IP address⟩", _numbers(_IPV6, is_public_ipv6)),
    PersonalKind("ip-address", "⟨IP address⟩", _numbers(_IPV4, is_public_ipv4)),
    PersonalKind("phone-number", "⟨phone number⟩", _numbers(_PHONE, is_phone)),
)


def find_personal(text: str) -> list[tuple[str, str]]:
    """Return the code of each place found and an example that shows only its ends.

    Examples
    --------
    >>> find_personal("Write to itzel@correo.mx")
    [('e-mail-address', 'i…x')]
    """
    return _mask_once(text)[1]


def mask_personal(text: str) -> str:
    """Return a text without personal data: a mask stands where each was.

    Examples
    --------
    >>> mask_personal("Write to itzel@correo.mx")
    'Write to ⟨e-mail⟩'
    """
    masked, found = _mask_once(text)
    while found:
        # What stood beside a mask may read as something of its own now.
        masked, found = _mask_once(masked)
    return masked


def _mask_once(text: str) -> tuple[str, list[tuple[str, str]]]:
    found = []
    for kind in PERSONAL_KINDS:
        parts, at = [], 0
        for start, end in kind.find(text):
            found.append((kind.code, f"{text[start]}…{text[end - 1]}"))
            parts += [text[at:start], kind.mask]
            at = end
        if parts:
            text = "".join([*parts, text[at:]])
    return text, found
