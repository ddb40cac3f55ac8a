"""What owners may claim from a contract on a chain: who, where, how much, and the proofs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.addresses import checksummed
from workbench.core.credits import format_credits
from workbench.core.errors import InvalidMoveError, NotFoundError
from workbench.core.new_file import write_new
from workbench.core.wire import ClaimsView

if TYPE_CHECKING:
    import pandas as pd


class Claims(Shown):
    """Payouts up to an epoch as a tree; its root is what a contract pays by.

    Parameters
    ----------
    view : as the server computes it.
    """

    def __init__(self, view: ClaimsView) -> None:
        self.view = view

    @property
    def root(self) -> str:
        """``0x`` and 64 hexadecimal digits.

        Raises
        ------
        InvalidMoveError
            Nobody who was paid has an address yet.
        """
        self._dumped()
        return str(self.view.root)

    @property
    def dump(self) -> dict[str, Any]:
        """What OpenZeppelin's ``StandardMerkleTree.load`` reads.

        Raises
        ------
        InvalidMoveError
            Nobody who was paid has an address yet.
        """
        return self._dumped()

    @property
    def frame(self) -> "pd.DataFrame":
        """One row an owner and address; ``amount`` in µcr as Python ints, and as text."""
        rows = [row.model_dump() for row in self.view.rows]
        return make_frame(rows, ("owner", "address", "amount"), money=["amount"])

    def proof(self, address: str) -> list[str]:
        """Return what the contract's ``claim`` wants beside the address and its amount.

        Raises
        ------
        NotFoundError
            The tree has no such address.
        """
        return proof_of(self._dumped(), address)

    def amount(self, address: str) -> int:
        """Return what an address may claim in all, in µcr; 0 where it is not in the tree."""
        rows = [row for row in self.view.rows if row.address == address.lower()]
        return sum(int(row.amount) for row in rows)

    def save(self, path: str | Path) -> Path:
        """Write the dump into a new file, and return its path.

        Raises
        ------
        ConflictError
            The file exists.
        InvalidInputError
            Nothing can be written there.
        """
        return write_new(Path(path), json.dumps(self._dumped(), indent=2) + "\n")

    def _dumped(self) -> dict[str, Any]:
        if self.view.dump is None:
            raise InvalidMoveError(
                "nobody who was paid has an address on a chain yet",
                wanted="one owner with an address",
                next_step="workbench identity address --sign, by each owner",
            )
        return self.view.dump

    def _table(self) -> Table:
        view = self.view
        rows = [
            [
                row.owner,
                format_credits(int(row.amount)),
                checksummed(row.address) if row.address else "none yet: waits",
            ]
            for row in view.rows
        ]
        scope = "all tasks" if view.all_tasks else view.task
        return Table(
            f"{scope}: claims up to epoch {view.task}:{view.number}",
            [Column("owner"), Column("in all, credits", "right"), Column("address")],
            rows,
            [
                f"root      {view.root or 'none: nobody has an address'}",
                f"log size  {view.log_size}",
                f"Σ {format_credits(int(view.claimable))} claimable"
                f" + {format_credits(int(view.waiting))} waiting for an address",
                "the owners name one: workbench identity address --sign"
                if int(view.waiting)
                else "",
            ],
        )


def proof_of(dump: Mapping[str, Any], address: str) -> list[str]:
    """Return the siblings of an address's leaf in a dump, from the bottom up.

    Raises
    ------
    NotFoundError
        The dump has no such address.
    """
    leaves = {one["value"][0].lower(): one["treeIndex"] for one in dump["values"]}
    index = leaves.get(address.lower())
    if index is None:
        raise NotFoundError(
            f"the tree has no address {address[:80]!r}",
            wanted=f"one of its {len(leaves)} addresses",
        )
    proof = []
    while index:
        proof.append(dump["tree"][index + 1 if index % 2 else index - 1])
        index = (index - 1) // 2
    return proof
