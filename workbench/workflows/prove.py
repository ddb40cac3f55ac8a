"""Prove: that an entry is in the log, and that the log only grew."""

import json
from typing import Any

from workbench.core.errors import CorruptHomeError, InvalidInputError, NotFoundError
from workbench.ledger.head import TreeHead
from workbench.ledger.log import RECORD
from workbench.ledger.proof import prove_consistency, prove_inclusion
from workbench.ledger.tree import leaf_hash, tree_root
from workbench.storage import log
from workbench.storage.head import read_head
from workbench.workflows.home import Home


def inclusion(home: Home, name: str) -> dict[str, Any]:
    """Return the proof that an entry is in the log of the newest signed head.

    Parameters
    ----------
    name : number of the log's entry; or the id, or the beginning of it, of the record or
        ledger entry that it names.

    Raises
    ------
    NotFoundError
        There is none.
    InvalidInputError
        Several begin like that.
    CorruptHomeError
        The log is not the one that was signed: there is nothing to prove.
    """
    envelope, leaves, entries = _signed_log(home)
    index = _place(home, name, len(leaves))
    entry = entries[index]
    said = json.loads(entry)
    record = None
    if said["kind"] == RECORD:
        [found] = home.database.read("record_by_content_id", {"content_id": said[RECORD]})
        record = json.loads(found["envelope"])
    return prove_inclusion(leaves, index, entry, record, envelope)


def consistency(home: Home, since: int) -> dict[str, Any]:
    """Return the proof that the log of ``since`` entries became the one of the newest head.

    Raises
    ------
    InvalidInputError
        The log never had that size.
    CorruptHomeError
        The log is not the one that was signed.
    """
    envelope, leaves, _ = _signed_log(home)
    return prove_consistency(leaves, since, tree_root(leaves[:since]).hex(), envelope)


def _signed_log(home: Home) -> tuple[Any, list[bytes], list[str]]:
    """Return the newest head in its envelope, and the hashes and texts of its entries."""
    home.heads.check()
    path = home.settings.head_path
    text = path.read_bytes()
    head = read_head(path, home.key.public_hex)
    if isinstance(head, TreeHead):
        # Between the two looks it may have been signed again; the log only grows.
        head = TreeHead.read(text, home.key.public_hex)
        entries = [row.entry for rows in log.read(home.database, head.size) for row in rows]
        leaves = [leaf_hash(entry.encode()) for entry in entries]
        if tree_root(leaves).hex() == head.root:
            return json.loads(text), leaves, entries
    raise CorruptHomeError(
        "the log is not the one whose head was signed",
        wanted="the log as its server wrote it",
        next_step="workbench verify names the first bad entry",
    )


def _place(home: Home, name: str, size: int) -> int:
    named = home.database.read("logged_named", {"name": name})
    # A ledger entry may bear the id of its record, which stands before it.
    found = list({row["id"]: row["seq"] for row in reversed(named) if row["seq"] < size}.values())
    # Ids are long: what could be either is a number.
    if name.isascii() and name.isdecimal() and len(name) < 16 and int(name) < size:
        found = [int(name)]
    if not found:
        raise NotFoundError(
            f"nothing in the log is called {name[:80]!r}",
            wanted=f"a number below {size}, or the id of a record or ledger entry",
            next_step="workbench sql 'select seq, entry from log order by seq'",
        )
    if len(found) > 1:
        raise InvalidInputError(
            f"several entries of the log begin with {name[:80]!r}",
            wanted="a longer beginning",
            next_step="give more of its characters",
        )
    return int(found[0])
