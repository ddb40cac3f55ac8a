"""The last steps of a recomputation: what an epoch rests on is in the log whose head was signed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from workbench.core.wire import DifferenceView, StepView
from workbench.ledger.head import TreeHead
from workbench.ledger.log import ENTRY, Fault, ledger_body
from workbench.ledger.tree import inclusion_proof, is_included, leaf_hash, tree_root
from workbench.storage import log
from workbench.storage.head import read_head, standing
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.steps import checked, unequal

Named = tuple[str, str]


@dataclass(frozen=True)
class LogBooks:
    """The log as it is recorded, and the head that was signed of it.

    Attributes
    ----------
    home : where it is.
    head : as its server signed it, or why there is none.
    leaves : hash of each entry, oldest first.
    names : kind and id of a record or ledger entry → what it is, in words.
    places : kind and id → its row of the log.
    """

    home: Home
    head: TreeHead | Fault
    leaves: list[bytes]
    names: Mapping[Named, str]
    places: Mapping[Named, Row]

    @classmethod
    def read(cls, home: Home, names: Mapping[Named, str]) -> Self:
        """Read the log; the head first, since the log only grows."""
        head = read_head(home.settings.head_path, home.origin)
        leaves = [
            leaf_hash(row.entry.encode())
            for rows in log.read(home.database, standing(home.database)["log_end"])
            for row in rows
        ]
        ids = sorted({identity for _, identity in names})
        rows = home.database.read("logged_places", {"ids": ids})
        places = {(row["kind"], row["id"]): row for row in rows}
        return cls(home, head, leaves, names, places)

    @property
    def size(self) -> int:
        """How many entries the signed head promises, of those there are."""
        n_leaves = len(self.leaves)
        return min(self.head.size, n_leaves) if isinstance(self.head, TreeHead) else n_leaves

    @property
    def root(self) -> bytes:
        """The root over them, as they are recorded."""
        return tree_root(self.leaves[: self.size])

    def inclusion_differences(self) -> list[DifferenceView]:
        """Return what of the epoch is not in the log as it is recorded, by its proof."""
        root, leaves = self.root, self.leaves[: self.size]
        found: dict[str, tuple[Any, Any]] = {}
        for (kind, identity), name in self.names.items():
            row = self.places.get((kind, identity))
            if row is None or row["seq"] >= len(leaves):
                found[f"place of {name} in the log"] = (None, "within the signed head")
                continue
            leaf = leaf_hash(row["entry"].encode())
            proof = inclusion_proof(leaves, row["seq"])
            is_in = is_included(leaf, row["seq"], len(leaves), proof, root)
            found[f"inclusion of {name}"] = (is_in, True)
            if kind == ENTRY:
                logged = json.loads(row["entry"])[ENTRY]
                found[f"{name} in the log"] = (logged, self._entry(identity))
        return unequal(found)

    def head_differences(self) -> list[DifferenceView]:
        """Return where the log is not the one whose head was signed."""
        if isinstance(self.head, Fault):
            return [DifferenceView(name=self.head.found, recorded=None, found=None)]
        return unequal(
            {
                "entries of the log": (self.head.size, self.size),
                "root of the signed head": (self.head.root, self.root.hex()),
            }
        )

    def _entry(self, identity: str) -> object:
        rows = self.home.database.read("entry_by_id", {"id": identity})
        lines = self.home.database.read("postings_of_entry", {"entry": identity})
        moved = [(one["source"], one["destination"], one["amount"]) for one in lines]
        return ledger_body(identity, rows[0]["kind"], rows[0]["reason"], moved) if rows else None


def log_steps(home: Home, names: Mapping[Named, str]) -> Iterator[StepView]:
    """Yield the steps that end in the signed head.

    Parameters
    ----------
    names : kind and id of each record and ledger entry that the epoch rests on → what it is.
    """
    books = LogBooks.read(home, names)
    yield checked(
        "Merkle root",
        f"{len(names)} records and entries are in the log, each with a proof to its root",
        books.inclusion_differences,
    )
    yield checked(
        "tree head",
        f"{books.root.hex()[:16]}… is the root of the {books.size} entries that the server signed",
        books.head_differences,
    )
