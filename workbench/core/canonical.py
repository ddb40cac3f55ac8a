"""Canonical JSON (RFC 8785) and content ids."""

import hashlib
from typing import Any

import rfc8785

from workbench.core.errors import InvalidInputError


def canonical_bytes(value: Any) -> bytes:
    """Return the one JSON encoding of a value that everybody signs and hashes.

    Parameters
    ----------
    value
        JSON value: dict with str keys, list, str, bool, None, finite float, or int within
        ±(2**53 − 1). Larger integers, such as amounts, travel as strings.

    Raises
    ------
    InvalidInputError
        The value has no canonical form (NaN, infinity, big integers, bytes, lone surrogates).

    References
    ----------
    RFC 8785, JSON Canonicalization Scheme.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidInputError(
            f"this value has no canonical JSON form: {error}",
            wanted="strings, booleans, null, finite numbers below 2**53, lists and objects",
        ) from error


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 of bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def content_id(value: Any) -> str:
    """Return the content id of a JSON value: the SHA-256 of its canonical bytes, in hex."""
    return sha256_hex(canonical_bytes(value))
