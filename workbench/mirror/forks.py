"""Whether two heads of one server agree, or are of two histories that cannot both be true."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.errors import ConflictError, ForkedLogError
from workbench.ledger.head import TreeHead
from workbench.ledger.log import LogRow
from workbench.ledger.tree import Frontier, leaf_hash

SAME: Final = "same"
AHEAD: Final = "ahead"
BEHIND: Final = "behind"
FORK: Final = "fork"
STRANGER: Final = "other origin"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Comparison:
    """How a log stands to another head.

    Attributes
    ----------
    state : ``same``; ``ahead`` or ``behind``: one is the beginning of the other; ``fork``: the
        server signed two histories; ``other origin``: two servers; ``unknown``: the other head
        is ahead, and its log is not here.
    ours, theirs : the heads.
    parts_at : number of the first entry that differs, where both logs are here.
    """

    state: str
    ours: TreeHead
    theirs: TreeHead
    parts_at: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether both can be parts of one history."""
        return self.state in {SAME, AHEAD, BEHIND}

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "state": self.state,
            "ours": dict(vars(self.ours)),
            "theirs": dict(vars(self.theirs)),
            "parts_at": self.parts_at,
        }


def root_at(log: Sequence[LogRow], size: int) -> str:
    """Return the root of a log's first entries, in hex."""
    tree = Frontier()
    for row in log[:size]:
        tree.append(leaf_hash(row.entry.encode()))
    return tree.root.hex()


def compare(
    ours: TreeHead,
    log: Sequence[LogRow],
    theirs: TreeHead,
    their_log: Sequence[LogRow] | None = None,
) -> Comparison:
    """Hold a log against another head, and against that one's log where it is here.

    Parameters
    ----------
    ours, theirs : heads whose signatures verify.
    log, their_log : with the entries that their heads have.
    """
    parts_at = None
    if ours.origin != theirs.origin:
        state = STRANGER
    elif theirs.size <= ours.size:
        is_ours = root_at(log, theirs.size) == theirs.root
        state = FORK if not is_ours else SAME if theirs.size == ours.size else AHEAD
    elif their_log is None:
        state = UNKNOWN
    else:
        state = BEHIND if root_at(their_log, ours.size) == ours.root else FORK
    if state == FORK and their_log is not None:
        both = zip(log, their_log, strict=False)
        parts_at = next((k for k, (one, other) in enumerate(both) if one.head != other.head), None)
    return Comparison(state, ours, theirs, parts_at)


def check_follows(old: TreeHead, new: TreeHead, root: str | None) -> None:
    """Refuse a head that does not go on from the one that is known.

    Parameters
    ----------
    root : of the newer log's first ``old.size`` entries, or of the older log's first
        ``new.size`` where the new head is the shorter one.

    Raises
    ------
    ForkedLogError
        The server signed two histories; both heads are shown.
    ConflictError
        It is another server's, or older than what is known.
    """
    if old.origin != new.origin:
        raise ConflictError(
            f"here is the mirror of {old.origin[:16]}…, and this is one of {new.origin[:16]}…",
            wanted="one place for each origin",
            next_step="name another folder, or another home: --home NEW",
        )
    if root != (old.root if new.size >= old.size else new.root):
        raise ForkedLogError(
            f"{old.origin[:16]}… signed two histories: {_told(old)}, and {_told(new)}, "
            "which does not go on from it",
            wanted="a log that only grew",
            next_step="keep both heads: together they are proof; ask the origin which one holds",
            heads=[dict(vars(old)), dict(vars(new))],
        )
    if new.size < old.size:
        raise ConflictError(
            f"this mirror is older than what is here: {new.size} entries, not {old.size}",
            wanted="a later export",
            next_step="nothing has to be done: what is here goes on from it",
        )


def _told(head: TreeHead) -> str:
    return f"{head.size} entries with the root {head.root} at {head.time}"
