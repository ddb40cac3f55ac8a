"""The newest signed head of the log, in a file of its own outside the database.

A database that was rolled back, cut off or written again is whole in itself: only something
that lies elsewhere can tell.
"""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from workbench.core.errors import CorruptHomeError, ForbiddenError, SignatureError
from workbench.core.keys import PrivateKey
from workbench.core.new_file import put_whole
from workbench.ledger.head import TreeHead
from workbench.ledger.log import Fault
from workbench.ledger.tree import Frontier, leaf_hash
from workbench.storage import log
from workbench.storage.database import Database
from workbench.storage.rows import Row
from workbench.storage.travel import mirrored_head

_log = logging.getLogger(__name__)


class HeadKeeper:
    """Signs a new head whenever the log has grown, unless the log is not the one it knew.

    Parameters
    ----------
    key : the server's.
    path : the head file.
    tree : over the log as it is.
    fault : what is wrong with the log, if anything.

    Attributes
    ----------
    origin : public key of the server that signs this log: another one's in a mirror.
    """

    def __init__(self, key: PrivateKey, path: Path, tree: Frontier, fault: Fault | None) -> None:
        self.fault = fault
        self.origin = key.public_hex
        self._key = key
        self.path = path
        self._tree = tree
        self._kept_on = _last_day(heads_path(path))

    def check(self) -> None:
        """Refuse to let a log grow that is not the one whose head was signed.

        Raises
        ------
        CorruptHomeError
            It was rolled back, cut off or written again.
        ForbiddenError
            It is another server's.
        """
        if self.is_mirror:
            raise refused_in_a_mirror(self.origin)
        if self.fault is not None:
            raise CorruptHomeError(
                f"the log is not the one whose head was signed: {self.fault.found}",
                wanted=self.fault.wanted,
                next_step="workbench verify names the first bad entry; restore a backup of the "
                "home: until then it can be read, and nothing can be recorded or paid",
            )

    def committed(self, entries: list[bytes]) -> None:
        """Sign the head over a log that has grown, and put it on the disk."""
        for entry in entries:
            self._tree.append(leaf_hash(entry))
        self.sign()

    @property
    def is_mirror(self) -> bool:
        """Whether the log is another server's."""
        return self.origin != self._key.public_hex

    @property
    def may_grow(self) -> bool:
        """Whether the log is this server's own and as it was signed: ``check`` lets it grow."""
        return self.fault is None and not self.is_mirror

    def newest(self) -> tuple[bytes, TreeHead] | None:
        """Return the newest signed head, as its canonical bytes and as it reads.

        None where the file was not written: the next head that is signed stands there.
        """
        try:
            text = self.path.read_bytes().rstrip(b"\n")
            return text, TreeHead.read(text, self.origin)
        except (OSError, SignatureError):
            return None

    def follow(self, origin: str, head: bytes) -> None:
        """Keep another server's head from now on, whose log was taken in."""
        if origin != self.origin:
            # Those of the home that it was before: of an empty log.
            heads_path(self.path).unlink(missing_ok=True)
        self.origin, self.fault = origin, None
        put_whole(self.path, head + b"\n")
        _keep(heads_path(self.path), head + b"\n")

    def sign(self) -> None:
        """Write the head as it is now."""
        now = datetime.now(UTC)
        line = TreeHead.of(self._tree, self._key, now).signed(self._key) + b"\n"
        try:
            put_whole(self.path, line)
            if (today := f"{now:%Y-%m-%d}") != self._kept_on:
                _keep(heads_path(self.path), line)
                self._kept_on = today
        except OSError:
            # The entries are committed all the same, and an older head still holds for them.
            _log.exception("the head of the log could not be written to %s", self.path)


def keep_heads(database: Database, key: PrivateKey, path: Path) -> HeadKeeper:
    """Hold the log against its signed head, and sign every later one.

    A home from before the log gets its log here. One whose log is not the one that was signed
    is opened all the same, for whoever has to look into it, but takes nothing in.
    """
    end = standing(database)["log_end"]
    if mirrored := mirrored_head(database):
        return _keep_mirrored(database, HeadKeeper(key, path, Frontier(), None), mirrored, end)
    if end == 0 and not path.exists():
        # First of all: were it missing later, it would have been taken away.
        HeadKeeper(key, path, Frontier(), None).sign()
    head = read_head(path, key.public_hex)
    tree, root = _tree(database, end, head.size if isinstance(head, TreeHead) else 0)
    fault = head if isinstance(head, Fault) else head.fault(tree.size, root)
    keeper = HeadKeeper(key, path, tree, fault)
    database.keep_log(keeper)
    if fault is not None:
        _log.error("the log is not the one whose head was signed: %s", fault.found)
    elif end == 0:
        database.write(log.fill)
    elif isinstance(head, TreeHead) and head.size < tree.size:
        # The server was killed after a commit, before it had signed.
        keeper.sign()
    return keeper


def heads_path(head_path: Path) -> Path:
    """Return the file of earlier heads, the first of each day, one a line."""
    return head_path.with_name("heads.jsonl")


def read_heads(path: Path, origin: str) -> list[TreeHead] | Fault:
    """Return the earlier heads of a home, oldest first, or which line is none of its server's."""
    heads: list[TreeHead] = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            heads.append(TreeHead.read(line, origin))
        except SignatureError as error:
            found = f"line {number} of {path.name} is not as it was written: {error}"
            return Fault(None, found, f"a head signed by this server, {origin[:16]}…")
    return heads


def refused_in_a_mirror(origin: str) -> ForbiddenError:
    """Return the error that refuses to change what another server recorded."""
    return ForbiddenError(
        f"this home mirrors what the server {origin[:16]}… recorded, and takes nothing else in",
        wanted="a home of your own, or the server's",
        next_step="read, verify and recompute here; to add something, name another home: --home",
        origin=origin,
    )


def _keep_mirrored(database: Database, keeper: HeadKeeper, mirrored: Row, end: int) -> HeadKeeper:
    path, own = keeper.path, keeper.origin
    keeper.origin = mirrored["origin"]
    head = read_head(path, keeper.origin)
    is_own = isinstance(read_head(path, own), TreeHead)
    if is_own or (isinstance(head, TreeHead) and head.size < mirrored["size"]):
        # The server was killed after an import, before it had put the head aside.
        keeper.follow(mirrored["origin"], mirrored["head"].encode())
        head = read_head(path, keeper.origin)
    if isinstance(head, Fault):
        keeper.fault = head
    else:
        tree, root = _tree(database, end, head.size)
        keeper.fault = head.fault(tree.size, root)
    database.keep_log(keeper)
    if keeper.fault is not None:
        _log.error("the log is not the one whose head was signed: %s", keeper.fault.found)
    return keeper


def read_head(path: Path, origin: str) -> TreeHead | Fault:
    """Return the newest signed head of a home, or why it has none."""
    wanted = f"a head signed by this server, {origin[:16]}…"
    try:
        return TreeHead.read(path.read_bytes(), origin)
    except FileNotFoundError:
        return Fault(None, f"the file {path.name} is missing", wanted)
    except OSError as error:
        return Fault(None, f"the file {path.name} cannot be read: {error.strerror}", wanted)
    except SignatureError as error:
        return Fault(None, f"the file {path.name} is not as it was written: {error}", wanted)


def standing(database: Database) -> dict[str, int]:
    """Return how much there is in the log, of records and of ledger entries."""
    return database.read("standing")[0]


def _tree(database: Database, end: int, size: int) -> tuple[Frontier, bytes | None]:
    """Return the tree over the log, and its root when it had ``size`` leaves."""
    tree = Frontier()
    root = tree.root if size == 0 else None
    for rows in log.read(database, end):
        for row in rows:
            tree.append(leaf_hash(row.entry.encode()))
            if tree.size == size:
                root = tree.root
    return tree, root


def _lines(path: Path) -> list[bytes]:
    # A home of before they were kept has none.
    return path.read_bytes().splitlines() if path.is_file() else []


def _last_day(path: Path) -> str:
    try:
        return str(json.loads(_lines(path)[-1])["body"]["time"])[:10]
    except (IndexError, ValueError, KeyError, TypeError):
        return ""


def _keep(path: Path, line: bytes) -> None:
    # Written anew as a whole: a kill leaves no half of a line.
    put_whole(path, b"".join(one + b"\n" for one in _lines(path)) + line)
