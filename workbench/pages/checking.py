"""A payout checked in the page itself: the proof it carries, and the one script that may run."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from workbench.core.canonical import canonical_bytes
from workbench.core.wire import JsonObject

# A proof holds the whole ledger entry. A page of one owner carries a small one; of a larger one
# it names the page that does, or the pages of many owners would hold it many times.
_MOST_BYTES_BESIDE_ONE_OWNER: Final = 16 * 2**10

EntryKind = Literal["payout", "hold", "void"]


@dataclass(frozen=True)
class Checking:
    """What a page needs to check what it says of an epoch's money.

    Attributes
    ----------
    epoch : id of the epoch.
    kind : of the ledger entry: it pays, holds the pool until the window has ended, or gives it
        back.
    proof : that the entry is in the signed log, as ``ledger.proof.prove_inclusion`` returns it;
        None where another page carries it.
    scope : whether the page shows every payout of the epoch, or one owner's.
    page : address of the page that carries the proof, seen from this one.
    file : address of the proof as a file.
    """

    epoch: str
    kind: EntryKind
    proof: JsonObject | None
    scope: Literal["whole", "one"] = "whole"
    page: str = "payouts.html"
    file: str = "proof.json"

    def of_one_owner(self, key: str) -> "Checking":
        """Return what a page below the others needs, which shows one owner's payout."""
        n_bytes = len(canonical_bytes(self.proof))
        fits = n_bytes <= _MOST_BYTES_BESIDE_ONE_OWNER
        proof = self.proof if fits else None
        page = f"../{self.page}#{key}"
        return Checking(self.epoch, self.kind, proof, "one", page, f"../{self.file}")

    def elsewhere(self) -> "Checking":
        """Return what a page needs that shows some owners of many."""
        return Checking(self.epoch, self.kind, None, "whole", self.page, self.file)


@cache
def script() -> str:
    """Return the script that checks, built from ``extensions/pages``; nothing of it varies."""
    path = Path(__file__).parent / "templates" / "check.js"
    return path.read_text(encoding="utf-8").rstrip("\n")


@cache
def script_source() -> str:
    """Return what a Content-Security-Policy calls the script: the digest of its bytes."""
    digest = hashlib.sha256(script().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
