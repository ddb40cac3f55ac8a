"""Tokens that let a principal in: made by the client, known to the server by their digest."""

import re
import secrets
from typing import Final

from workbench.core.canonical import sha256_hex

# What a token begins with says what it is, to people and to scanners for leaked secrets.
_SHAPE: Final = re.compile(r"mwt_[A-Za-z0-9_-]{43}")


def make_access_token() -> str:
    """Return a new token of 256 random bits."""
    return f"mwt_{secrets.token_urlsafe(32)}"


def is_access_token(text: str) -> bool:
    """Say whether a text has the shape of a token."""
    return _SHAPE.fullmatch(text) is not None


def token_sha256(token: str) -> str:
    """Return what is stored of a token; enough, since nobody can guess 256 random bits."""
    return sha256_hex(token.encode())
