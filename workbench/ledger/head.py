"""Tree heads: the server's signed word on how long the log is and what is in it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import SignatureError
from workbench.core.keys import PrivateKey
from workbench.ledger.log import Fault
from workbench.ledger.tree import Frontier

_KIND = "head"


@dataclass(frozen=True)
class TreeHead:
    """What a server says of its log.

    Attributes
    ----------
    origin : the server's public key, which signs.
    size : entries of the log.
    root : of the Merkle tree over them, in hex.
    time : when it was signed, ISO 8601, UTC.
    """

    origin: str
    size: int
    root: str
    time: str

    @classmethod
    def of(cls, tree: Frontier, key: PrivateKey, now: datetime) -> Self:
        """Return the head of a tree."""
        time = now.isoformat(timespec="microseconds")
        return cls(key.public_hex, tree.size, tree.root.hex(), time)

    @classmethod
    def read(cls, text: bytes, origin: str) -> Self:
        """Return the head that a text holds, if the origin signed it.

        Raises
        ------
        SignatureError
            It is no signed head, or was signed by another key.
        """
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SignatureError("the head is no JSON", wanted="a signed tree head") from error
        return cls.of_envelope(value, origin)

    @classmethod
    def of_envelope(cls, value: object, origin: str) -> Self:
        """Return the head of an envelope; raises like ``read``."""
        envelope = Envelope.from_json(value).verify(kind=_KIND)
        match envelope.body:
            case {"origin": str(said), "size": int(size), "root": str(root), "time": str(time)}:
                head = cls(said, size, root, time)
            case _:
                raise SignatureError(
                    "the head's body is wrong", wanted="origin, size, root and time"
                )
        if not head.origin == envelope.author == origin:
            raise SignatureError(
                f"the head was signed by {envelope.author[:16]}…", wanted=f"{origin[:16]}…"
            )
        return head

    def signed(self, key: PrivateKey) -> bytes:
        """Return the head in its envelope, as canonical bytes."""
        return canonical_bytes(Envelope.sign(_KIND, dict(vars(self)), key).to_json())

    def fault(self, size: int, root: bytes | None) -> Fault | None:
        """Say how a log breaks what this head promised of it.

        Parameters
        ----------
        size : entries that the log has.
        root : over as many entries of it as the head has; None where it has fewer.
        """
        if root is None:
            return Fault(
                size,
                f"the log ends after {size} entries",
                f"the {self.size} entries that were signed at {self.time}",
            )
        if root.hex() != self.root:
            return Fault(
                None,
                f"the first {self.size} entries of the log have the root {root.hex()}: "
                "it was written again",
                f"the root {self.root} that was signed at {self.time}",
            )
        return None
