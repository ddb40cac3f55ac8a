"""Numbers that name a person or an account, told from other numbers by their checksums."""

import ipaddress
import re
from typing import Final

_DIGITS: Final = re.compile(r"[0-9]+")
# Lengths by country: the SWIFT IBAN registry, release 99.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA",
        30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
# ITU-T E.164: the assigned country codes of one, two and three digits, as first digits.
_COUNTRY_CODES: Final = re.compile(
    "1[2-9]|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    "|21[1-368]|2[2-6][0-9]|29[017-9]|35[0-9]|37[0-8]|38[0-35-79]|42[013]|50[0-9]|59[0-9]"
    "|67[02-9]|68[0-35-9]|69[0-2]|85[02356]|88[06]|96[0-8]|97[0-79]|99[2-68]"
)
_MIN_PHONE_DIGITS: Final = 10
_MAX_PHONE_DIGITS: Final = 15
_NANP: Final = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_CARD_DIGITS: Final = re.compile(
    "4(?:[0-9]{15}|[0-9]{18})"  # Visa
    "|(?:5[1-5]|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]+"  # Mastercard
    "|3[47][0-9]{13}"  # American Express
    "|3(?:0[0-5]|[689][0-9])[0-9]{11}"  # Diners Club
    "|(?:6011|64[4-9][0-9]|65[0-9]{2}|62[0-9]{2}|35[2-8][0-9])[0-9]{12}"  # Discover and others
)
_FIRST_OCTET_OF_AN_ADDRESS: Final = 32


def is_card(found: str) -> bool:
    """Return whether digits are a payment card's: an issuer's prefix, its length, Luhn's sum.

    References
    ----------
    ISO/IEC 7812-1:2017, annex B.
    """
    digits = "".join(_DIGITS.findall(found))
    if not _CARD_DIGITS.fullmatch(digits) or (digits[0] in "25" and len(digits) != 16):
        return False
    doubled = [int(d) * 2 for d in digits[-2::-2]]
    return (sum(map(int, digits[::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def is_iban(found: str) -> bool:
    """Return whether it is an account number: its country's length, and 1 modulo 97.

    References
    ----------
    ISO 13616-1:2020; ISO/IEC 7064, MOD 97-10.
    """
    account = re.sub(r"[ \u00a0-]", "", found).upper()
    if _IBAN_LENGTHS.get(account[:2]) != len(account):
        return False
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


def is_public_ipv4(found: str) -> bool:
    """Return whether it is an address of the public internet.

    Four small numbers are the number of a section or a release far more often.
    """
    try:
        address = ipaddress.IPv4Address(found)
    except ipaddress.AddressValueError:
        return False
    is_counting = max(address.packed) < _FIRST_OCTET_OF_AN_ADDRESS
    return address.is_global and not address.is_multicast and not is_counting


def is_public_ipv6(found: str) -> bool:
    """Return whether it is an address of the public internet."""
    try:
        return ipaddress.IPv6Address(found).is_global
    except ipaddress.AddressValueError:
        return False


def is_phone(found: str) -> bool:
    """Return whether it is a number in international form, with a country code in use.

    References
    ----------
    ITU-T E.164 (2010), 6.2; the North American Numbering Plan for ``+1``.
    """
    digits = "".join(_DIGITS.findall(found))
    if not _MIN_PHONE_DIGITS <= len(digits) <= _MAX_PHONE_DIGITS:
        return False
    if digits[0] == "1":
        return bool(_NANP.fullmatch(digits))
    return bool(_COUNTRY_CODES.match(digits))
