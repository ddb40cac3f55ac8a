"""Proofs about the log that anybody checks with nothing but the proof: no server, no home.

An inclusion proof shows that an entry is in the log of a signed head; a consistency proof shows
that a log of an earlier head only grew into that of a later one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError, SignatureError
from workbench.ledger.head import TreeHead
from workbench.ledger.log import RECORD
from workbench.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
)

_FORMAT: Final = 1
_NEXT: Final = "ask the server for the proof again; if it is the same, keep both as evidence"


@dataclass(frozen=True)
class Proven:
    """What a proof shows.

    Attributes
    ----------
    head : the signed head that it leads to.
    says : in words.
    entry : the log's entry, of an inclusion proof.
    """

    head: TreeHead
    says: str
    entry: dict[str, Any] | None = None


def prove_inclusion(
    leaves: Sequence[bytes], index: int, entry: str, record: Any, head: Any
) -> dict[str, Any]:
    """Return the proof that an entry is in the log.

    Parameters
    ----------
    leaves : hashes of the entries of the head, oldest first.
    index : of the entry.
    entry : its canonical JSON.
    record : the envelope that the entry names; None where it names a ledger entry.
    head : in its envelope.
    """
    path = [one.hex() for one in inclusion_proof(leaves, index)]
    return {
        "format": _FORMAT, "kind": "inclusion", "entry": entry, "record": record,
        "index": index, "path": path, "head": head,
    }  # fmt: skip


def prove_consistency(
    leaves: Sequence[bytes], old_size: int, old_root: str, head: Any
) -> dict[str, Any]:
    """Return the proof that the log of the first ``old_size`` entries only grew.

    Parameters
    ----------
    leaves : hashes of the entries of the head, oldest first.
    old_root : over the first ones, in hex.
    head : in its envelope.
    """
    path = [one.hex() for one in consistency_proof(leaves, old_size)]
    old = {"size": old_size, "root": old_root}
    return {"format": _FORMAT, "kind": "consistency", "old": old, "path": path, "head": head}


def check_proof(proof: Any, origin: str | None = None, held: Any = None) -> Proven:
    """Return what a proof shows, or refuse it.

    Parameters
    ----------
    proof : as it was read.
    origin : the server's public key; unless given, whoever signed the head is believed.
    held : a signed head that the reader has kept. An inclusion proof must lead to it; a
        consistency proof must begin or end with it.

    Raises
    ------
    SignatureError
        The head is not signed as it must be, or the proof does not show what it says.
    InvalidInputError
        This is no proof.
    """
    match proof:
        case {
            "format": int(version), "kind": str(kind), "path": list(path), "head": dict(envelope),
            **rest,
        } if version == _FORMAT:  # fmt: skip
            head = _head(envelope, origin)
            siblings = [_hash(one) for one in path]
        case _:
            raise _no_proof("this is no proof")
    match kind, rest:
        case (
            "inclusion",
            {"entry": str(entry), "index": int(index), "record": record, **unknown},
        ) if not unknown:
            _hold(held, head.origin, (head.size, head.root))
            return _included(head, siblings, entry, index, record)
        case (
            "consistency",
            {"old": {"size": int(size), "root": str(root), **more}, **unknown},
        ) if not unknown and not more:
            _hold(held, head.origin, (head.size, head.root), (size, root))
            if not is_consistent(size, _hash(root), head.size, _hash(head.root), siblings):
                raise _refused(f"the log of {size} entries did not grow into that of {head.size}")
            return Proven(head, f"the first {size:,} of {head.size:,} entries are as they were")
    raise _no_proof(f"this is no proof of a kind that is known: {kind[:40]!r}")


def _included(head: TreeHead, path: list[bytes], entry: str, index: int, record: Any) -> Proven:
    leaf = leaf_hash(entry.encode())
    if not is_included(leaf, index, head.size, path, _hash(head.root)):
        raise _refused(f"the entry is not number {index} of the {head.size} that were signed")
    said = _parsed(entry)
    match said:
        case {"seq": int(seq), "kind": str(kind), "time": str(time)} if seq == index:
            name = "a record" if kind == RECORD else "a ledger entry"
        case _:
            raise _refused(f"entry {index} does not say that it is number {index}")
    if record is not None:
        if content_id(record) != said.get(RECORD):
            raise _refused("the record beside the proof is not the one that the entry names")
        Envelope.from_json(record).verify()
    return Proven(head, f"entry {index} of {head.size:,} is {name} of {time}", said)


def _parsed(entry: str) -> dict[str, Any]:
    try:
        value = json.loads(entry)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _head(envelope: Any, origin: str | None) -> TreeHead:
    said = envelope.get("author") if isinstance(envelope, dict) else None
    return TreeHead.of_envelope(envelope, str(said) if origin is None else origin)


def _hold(held: Any, origin: str, *ends: tuple[int, str]) -> None:
    if held is None:
        return
    kept = _head(held, origin)
    if (kept.size, kept.root) not in ends:
        known = " or ".join(f"{size} entries" for size, _ in ends)
        raise SignatureError(
            f"the head that was kept is of {kept.size} entries with the root {kept.root[:16]}…",
            wanted=f"the proof's own, of {known}",
            next_step=f"ask for a proof between the two: workbench prove --since {kept.size}",
        )


def _hash(text: Any) -> bytes:
    try:
        found = bytes.fromhex(text)
    except (TypeError, ValueError):
        found = b""
    if len(found) != 32:
        raise _no_proof(f"{text!r:.80} is no hash")
    return found


def _no_proof(found: str) -> InvalidInputError:
    return InvalidInputError(
        found, wanted="what workbench prove --json wrote", next_step="workbench prove --help"
    )


def _refused(found: str) -> SignatureError:
    return SignatureError(f"the proof does not hold: {found}", wanted="the log", next_step=_NEXT)
