"""Sweep: files that nothing names any more are deleted, when the server starts.

Each time a draft is checked its rows are a new file, and what was uploaded may never be offered.
Only at the start nobody can begin to need one of them meanwhile. What was put into the store less
than a day ago stays: somebody may have uploaded it, and be about to name it. The log keeps what it
says of a file: a digest without bytes is a tombstone.
"""

import re
import time
from dataclasses import dataclass
from typing import Final

from workbench.core.errors import WorkbenchError
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.home import Home

GRACE_SECONDS: Final = 24 * 3600.0
_SHA256: Final = re.compile(rb"[0-9a-f]{64}")


@dataclass(frozen=True)
class Unnamed:
    """Files that nothing names.

    Attributes
    ----------
    due : digests of those that the next start deletes.
    n_young : those that were put there too recently.
    n_bytes : of both together.
    """

    due: tuple[str, ...]
    n_young: int
    n_bytes: int


def find_unnamed(home: Home) -> Unnamed:
    """Return the files of a home that nothing names.

    None in a mirror, nor where the log is not the one whose head was signed: what was written
    since, and names some of them, may be lost.
    """
    if home.heads.is_mirror or home.heads.fault is not None:
        return Unnamed((), 0, 0)
    found = home.database.read("files_named_anywhere")
    return _unnamed(home, found, home.database.read("files_that_name_files"))


def sweep(home: Home) -> int:
    """Delete what nothing names, and return how many files; called before anybody is served.

    A kill in the middle leaves the rest to the next start.
    """
    snapshots = home.settings.home / "snapshots"
    # Whoever copies a snapshot takes the files that were named when it was made.
    if find_unnamed(home).due == () or (snapshots.is_dir() and any(snapshots.iterdir())):
        return 0

    def delete(tx: Transaction) -> int:
        found = tx.execute("files_named_anywhere")
        unnamed = _unnamed(home, found, tx.execute("files_that_name_files"))
        for digest in unnamed.due:
            home.blobs.discard(digest)
        return len(unnamed.due)

    return home.database.write(delete)


def _unnamed(home: Home, found: list[Row], naming: list[Row]) -> Unnamed:
    named = {row["sha256"] for row in found}
    for row in naming:
        try:
            said = home.blobs.read(row["sha256"])
        except WorkbenchError:
            # What it named cannot be told: nothing is taken away from a damaged home.
            return Unnamed((), 0, 0)
        named |= {digest.decode() for digest in _SHA256.findall(said)}
    left = {one.sha256: one for one in home.blobs.stored() if one.sha256 not in named}
    before = time.time() - GRACE_SECONDS
    due = tuple(sorted(digest for digest, one in left.items() if one.put_at < before))
    return Unnamed(due, len(left) - len(due), sum(one.size for one in left.values()))
