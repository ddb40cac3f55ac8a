"""Prove: that an entry is in the log, and that the log only grew."""

import json
from dataclasses import dataclass
from typing import Any, Self

from workbench.core.errors import CorruptHomeError, InvalidInputError, NotFoundError
from workbench.ledger.head import TreeHead
from workbench.ledger.log import ENTRY, RECORD
from workbench.ledger.proof import prove_consistency, prove_inclusion
from workbench.ledger.tree import leaf_hash, tree_root
from workbench.storage import log
from workbench.storage.head import read_head
from workbench.workflows.home import Home


@dataclass(frozen=True)
class SignedLog:
    """The log of a home as its newest signed head has it; in a mirror its origin signed.

    Attributes
    ----------
    home : whose log it is.
    head : in its envelope.
    leaves : hashes of the entries of the head, oldest first.
    """

    home: Home
    head: Any
    leaves: list[bytes]

    @classmethod
    def of(cls, home: Home) -> Self:
        """Read the log, and hold it against its newest head.

        Raises
        ------
        CorruptHomeError
            The log is not the one that was signed: there is nothing to prove.
        """
        path, origin = home.settings.head_path, home.origin
        head = read_head(path, origin)
        if isinstance(head, TreeHead):
            text = path.read_bytes()
            # Between the two looks it may have been signed again; the log only grows.
            head = TreeHead.read(text, origin)
            rows = (row for batch in log.read(home.database, head.size) for row in batch)
            leaves = [leaf_hash(row.entry.encode()) for row in rows]
            if tree_root(leaves).hex() == head.root:
                return cls(home, json.loads(text), leaves)
        raise CorruptHomeError(
            "the log is not the one whose head was signed",
            wanted="the log as its server wrote it",
            next_step="workbench verify names the first bad entry",
        )

    def prove(self, index: int) -> dict[str, Any]:
        """Return the proof that the entry of this number is in the log."""
        database = self.home.database
        wanted = {"first": index, "until": index + 1, "n_rows": 1}
        [row] = database.read("logged_from", wanted)
        entry, record = row["entry"], None
        said = json.loads(entry)
        if said["kind"] == RECORD:
            [found] = database.read("record_by_content_id", {"content_id": said[RECORD]})
            record = json.loads(found["envelope"])
        return prove_inclusion(self.leaves, index, entry, record, self.head)

    def prove_entry(self, identity: str) -> dict[str, Any] | None:
        """Return the proof that a ledger entry is in the log; None of one that is not yet."""
        named = self.home.database.read("logged_places", {"ids": [identity]})
        # Its record may bear the same id.
        found = [
            row["seq"] for row in named if row["kind"] == ENTRY and row["seq"] < len(self.leaves)
        ]
        return self.prove(found[0]) if found else None


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
    home.heads.check()
    log = SignedLog.of(home)
    return log.prove(_place(home, name, len(log.leaves)))


def consistency(home: Home, since: int) -> dict[str, Any]:
    """Return the proof that the log of ``since`` entries became the one of the newest head.

    Raises
    ------
    InvalidInputError
        The log never had that size.
    CorruptHomeError
        The log is not the one that was signed.
    """
    home.heads.check()
    log = SignedLog.of(home)
    old_root = tree_root(log.leaves[:since]).hex()
    return prove_consistency(log.leaves, since, old_root, log.head)


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
