"""Signed records: one envelope for everything anybody claims."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Self, cast

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import SignatureError
from workbench.core.keys import PrivateKey, verify_signature

_DOMAIN: Final = b"workbench/record/1\n"


@dataclass(frozen=True)
class Envelope:
    """A record and its author's signature; verified without any database.

    Attributes
    ----------
    kind : what the body is, e.g. ``"contribution"``.
    version : version of the body's format, from 1.
    body : JSON object.
    author : public key, 64 hexadecimal digits.
    signature : 128 hexadecimal digits, Ed25519 over the domain-separated hash of the rest.
    unknown : fields of a newer format, kept and signed over.
    home : public key of the server for whose log it is; None in records of before they said so,
        and in a server's own, whose author is the home.
    """

    kind: str
    version: int
    body: dict[str, Any]
    author: str
    signature: str
    unknown: dict[str, Any] = field(default_factory=dict)
    home: str | None = None

    @classmethod
    def sign(
        cls,
        kind: str,
        body: dict[str, Any],
        key: PrivateKey,
        *,
        home: str | None = None,
        version: int = 1,
    ) -> Self:
        """Return the body in an envelope signed with the key, for a home's log."""
        blank = cls(kind, version, body, key.public_hex, "", home=home)
        return replace(blank, signature=key.sign(_message(blank._unsigned())).hex())

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read an envelope; the signature is not checked here."""
        match value:
            case {
                "kind": str(kind),
                "version": int(version),
                "body": dict(body),
                "author": str(author),
                "signature": str(signature),
                **rest,
            }:
                unknown = cast("dict[str, Any]", rest)
                home = unknown.pop("home", None) if isinstance(unknown.get("home"), str) else None
                if "home" not in unknown:
                    return cls(kind, version, body, author, signature, unknown, home)
        raise SignatureError(
            "this is no signed record",
            wanted="an object with kind, version, body, author, signature and home, a text",
        )

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON object."""
        return self._unsigned() | {"signature": self.signature}

    @cached_property
    def canonical(self) -> bytes:
        """The record's canonical bytes, signature included."""
        return canonical_bytes(self.to_json())

    @cached_property
    def content_id(self) -> str:
        """The record's content id: SHA-256 of its canonical bytes."""
        return sha256_hex(self.canonical)

    def verify(self, *, kind: str | None = None) -> Self:
        """Return self if the signature verifies and the kind is the one wanted.

        Raises
        ------
        SignatureError
            Any signed byte changed, the key is of small order, or the kind is another.
        """
        if kind is not None and self.kind != kind:
            raise SignatureError(f"the record is a {self.kind!r}", wanted=f"a {kind!r}")
        try:
            signature = bytes.fromhex(self.signature)
        except ValueError:
            signature = b""
        if signature.hex() != self.signature:
            # Upper case or blanks would be another record, with another id, that also verifies.
            raise SignatureError(
                "the signature is not written as it must be", wanted="128 lower-case hex digits"
            )
        verify_signature(self.author, signature, _message(self._unsigned()))
        return self

    def is_for(self, home: str) -> bool:
        """Say whether it names a home, or is of the home's own server."""
        return home in (self.home, self.author)

    def check_home(self, home: str) -> Self:
        """Return self if it is for this home: one signed for another is not to count here.

        Parameters
        ----------
        home : public key of its server.

        Raises
        ------
        SignatureError
            It names another home, or none.
        """
        if self.is_for(home):
            return self
        meant = "no home" if self.home is None else f"the home {self.home[:16]}…"
        raise SignatureError(
            f"the {self.kind} was signed for {meant}",
            wanted=f"one that names this home, {home[:16]}…",
            next_step="sign it again here, with the workbench of today; nothing was recorded",
        )

    def _unsigned(self) -> dict[str, Any]:
        of_home = {} if self.home is None else {"home": self.home}
        return (
            self.unknown
            | of_home
            | {
                "kind": self.kind,
                "version": self.version,
                "body": self.body,
                "author": self.author,
            }
        )


def _message(unsigned: dict[str, Any]) -> bytes:
    # The domain keeps a record's signature from ever being valid for anything else.
    return _DOMAIN + hashlib.sha256(canonical_bytes(unsigned)).digest()
