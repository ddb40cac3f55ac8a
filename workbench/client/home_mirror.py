"""A mirror: a whole home as plain files, on any place that fsspec reads and writes."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api, join
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.progress import Meter
from workbench.core.canonical import sha256_hex
from workbench.core.errors import (
    CorruptBundleError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.wire import (
    JobView,
    KnownHead,
    MirrorExportRequest,
    MirrorImportRequest,
    MirrorView,
)
from workbench.mirror.claims import check_claims
from workbench.mirror.contents import Contents, read_contents
from workbench.mirror.forks import FORK, Comparison, compare
from workbench.mirror.manifest import NAME, Manifest, signed_head
from workbench.mirror.place import Place
from workbench.mirror.serve import MirrorServer

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS: Final = ("part", "n_files", "n_bytes")
_MAX_HEAD_BYTES: Final = 2**16


@dataclass
class Moved:
    """What an export or an import moved; the rest was there already.

    Attributes
    ----------
    n_files, n_bytes : that were new.
    n_removed : files that the origin no longer has.
    """

    n_files: int = 0
    n_bytes: int = 0
    n_removed: int = 0

    def add(self, n_bytes: int) -> None:
        """Count a file."""
        self.n_files += 1
        self.n_bytes += n_bytes


@dataclass
class _Found:
    manifest: Manifest
    contents: Contents | None = None
    comparison: Comparison | None = None
    moved: Moved | None = None
    result: dict[str, Any] = field(default_factory=dict)


class HomeMirror(Shown):
    """The whole home of a server as plain files: ``mirror.json`` names and signs them all.

    Two exports of one state are equal byte for byte, and a later one writes only what is new.
    ``check`` needs neither a home nor a server.

    Parameters
    ----------
    api : the way to the server of the home that is exported, or becomes a mirror.
    uri : of the mirror: a folder, or ``protocol://…`` of fsspec.
    """

    def __init__(self, api: Api, uri: str) -> None:
        self._api = api
        self.uri = uri
        self._place = Place(uri)
        self._found: _Found | None = None

    @property
    def exists(self) -> bool:
        """Whether a mirror of a home lies there."""
        return self._place.manifest() is not None

    def export(self) -> "HomeMirror":
        """Write the whole home, as it is now, over an earlier export of it.

        Private rows, hidden tests, models and drafts stay at home; see ``docs/mirror.md``.

        Raises
        ------
        InvalidInputError
            Something else lies there, or it cannot be written.
        ForkedLogError, ConflictError
            There lies a mirror of another server, of another history, or a newer one.
        """
        old = self._place.manifest()
        if old is None and not self._place.is_empty():
            raise InvalidInputError(
                f"{self.uri} holds something else",
                wanted=f"an empty folder, or one with {NAME}",
                next_step="name another folder",
            )
        known = None if old is None else KnownHead(**vars(old.head))
        view = self._api.post(JobView, "mirrors", "exports", body=MirrorExportRequest(known=known))
        result = Job(self._api, view).wait().result
        digest = str(result["manifest"])
        new = Manifest.read(self._fetched(digest, digest))
        moved = self._write(old, new)
        self._found = _Found(new, moved=moved, result=result)
        return self

    def check(self, against: "str | Path | None" = None) -> "HomeMirror":
        """Verify every byte offline: files, log, signatures, ledger, tables.

        Parameters
        ----------
        against : another mirror of the same server, or a file with a head that somebody kept:
            do they agree, or were two histories signed?

        Raises
        ------
        CorruptBundleError
            The first thing that is not as it was written.
        NotFoundError
            A file is missing, or there is no mirror.
        """
        contents = self._verified(self._place)
        self._found = _Found(contents.manifest, contents=contents)
        if against is not None:
            self._found.comparison = self._compared(contents, str(against))
        return self

    def import_(self) -> "HomeMirror":
        """Take the mirror into an empty home, or a newer one into the home that mirrors it.

        The home's server verifies everything first, and takes it in whole or not at all.

        Raises
        ------
        CorruptBundleError, NotFoundError
            Something is not what was signed, or is missing.
        ConflictError
            The home has records of its own, or mirrors another server or a newer log.
        ForkedLogError
            The server signed two histories; both heads are shown.
        """
        manifest = self._manifest(self._place)
        known = self._known()
        moved = Moved()
        with Meter("import", self._api.make_display) as meter:
            for done, (name, file) in enumerate(manifest.files.items()):
                meter.update(meter.label, done, len(manifest.files))
                if file.sha256 in known:
                    continue
                self._api.connection.upload([self._checked(self._place, manifest, name)])
                moved.add(file.n_bytes)
        self._api.connection.upload([manifest.content])
        body = MirrorImportRequest(manifest=manifest.sha256)
        view = self._api.post(JobView, "mirrors", "imports", body=body)
        result = Job(self._api, view).wait().result
        moved.n_removed = len(known - {file.sha256 for file in manifest.files.values()})
        self._found = _Found(manifest, moved=moved, result=result)
        return self

    @property
    def comparison(self) -> Comparison | None:
        """How the mirror stands to what it was last checked against."""
        return self._now.comparison

    @property
    def moved(self) -> Moved | None:
        """What the last export or import moved."""
        return self._now.moved

    @property
    def contents(self) -> Contents | None:
        """Log and tables, once they were checked."""
        return self._now.contents

    @property
    def manifest(self) -> Manifest:
        """What the mirror names, signed."""
        return self._now.manifest

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a part of the mirror: ``part``, ``n_files``, ``n_bytes``."""
        return make_frame(self._parts(), list(_COLUMNS))

    def to_json(self) -> dict[str, Any]:
        """Return what is known of it as a JSON object."""
        found = self._now
        return {
            "uri": self.uri,
            "head": dict(vars(found.manifest.head)),
            "parts": self._parts(),
            "moved": None if found.moved is None else dict(vars(found.moved)),
            "comparison": None if found.comparison is None else found.comparison.to_json(),
        }

    @property
    def _now(self) -> _Found:
        if self._found is None:
            self._found = _Found(self._manifest(self._place))
        return self._found

    def _parts(self) -> list[dict[str, Any]]:
        n_files: Counter[str] = Counter()
        n_bytes: Counter[str] = Counter()
        for name, file in self.manifest.files.items():
            folder, _, rest = name.partition("/")
            part = f"{folder}/{rest.partition('/')[0]}" if folder == "tables" else folder
            n_files[part] += 1
            n_bytes[part] += file.n_bytes
        return [
            {"part": part, "n_files": n_files[part], "n_bytes": n_bytes[part]}
            for part in sorted(n_files)
        ]

    def _manifest(self, place: Place) -> Manifest:
        manifest = place.manifest()
        if manifest is None:
            raise NotFoundError(
                f"{place.uri} holds no mirror of a home",
                wanted=f"a folder with {NAME}",
                next_step="workbench mirror export URI writes one",
            )
        return manifest

    def _verified(self, place: Place) -> Contents:
        manifest = self._manifest(place)
        with Meter("check", self._api.make_display) as meter:
            contents = read_contents(
                manifest,
                lambda name: self._checked(place, manifest, name),
                told=lambda done, total, _what: meter.update(meter.label, done, total),
            )
        check_claims(contents)
        return contents

    def _compared(self, contents: Contents, against: str) -> Comparison:
        ours = contents.manifest.head
        place = Place(against)
        if place.manifest() is None:
            folder, _, name = against.rpartition("/")
            text = Place(folder or ".").read(name, _MAX_HEAD_BYTES)
            return compare(ours, contents.log, signed_head(text, ours.origin))
        theirs = self._verified(place)
        return compare(ours, contents.log, theirs.manifest.head, theirs.log)

    def _known(self) -> set[str]:
        """Return the digests of the files that the home has from an earlier import."""
        try:
            return {one.sha256 for one in self._api.get(MirrorView, "mirror").files}
        except NotFoundError:
            return set()

    def _fetched(self, manifest: str, sha256: str) -> bytes:
        path = join("mirrors", "exports", manifest, sha256)
        content = self._api.connection.request("GET", path).content
        if sha256_hex(content) != sha256:
            raise CorruptBundleError(
                f"the server sent another file than {sha256[:16]}…",
                wanted="the file it names",
                next_step="export again",
            )
        return content

    def _write(self, old: Manifest | None, new: Manifest) -> Moved:
        moved = Moved()
        before = {} if old is None else old.files
        with Meter("export", self._api.make_display) as meter:
            for done, (name, file) in enumerate(new.files.items()):
                meter.update(meter.label, done, len(new.files))
                if before.get(name) == file and self._place.size(name) == file.n_bytes:
                    continue
                self._place.write(name, self._fetched(new.sha256, file.sha256))
                moved.add(file.n_bytes)
        # Last of all: until then whoever reads the place finds the earlier mirror whole.
        if old is None or old.content != new.content:
            self._place.write(NAME, new.content)
        for name in set(before) - set(new.files):
            self._place.remove(name)
            moved.n_removed += 1
        return moved

    @staticmethod
    def _checked(place: Place, manifest: Manifest, name: str) -> bytes:
        file = manifest.files[name]
        content = place.read(name, file.n_bytes)
        if len(content) != file.n_bytes or sha256_hex(content) != file.sha256:
            raise CorruptBundleError(
                f"the mirror is not accepted: {name} is not the file that {NAME} names",
                wanted=f"{file.n_bytes} bytes with the SHA-256 {file.sha256}",
                next_step="ask for it again",
                file=name,
            )
        return content

    def _table(self) -> Table:
        columns = [Column("part"), Column("files", "right"), Column("bytes", "right")]
        rows = [
            [one["part"], f"{one['n_files']:,}", f"{one['n_bytes']:,}"] for one in self._parts()
        ]
        return Table(f"mirror {self.uri}", columns, rows, self._notes())

    def _notes(self) -> list[str]:
        found, head = self._now, self.manifest.head
        notes = [f"{head.size:,} entries of {head.origin[:16]}…, signed at {head.time}"]
        notes += [f"root {head.root}"]
        if found.contents is not None:
            notes += _verified_notes(found.contents)
        if found.moved is not None:
            moved = found.moved
            notes += [
                f"{moved.n_files:,} files with {moved.n_bytes:,} bytes were new, "
                f"{moved.n_removed:,} are gone"
            ]
        if found.comparison is not None:
            notes += _comparison_notes(found.comparison)
        return notes


class HomeMirrors:
    """What ``Bench`` does with mirrors of whole homes.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def home_mirror(self, uri: str | Path) -> HomeMirror:
        """Return the mirror at a place: ``export``, ``check`` and ``import_`` whole homes.

        Parameters
        ----------
        uri : a folder, or what fsspec opens, such as ``memory://``, ``http://127.0.0.1:…`` and
            ``zip://::file.zip``.
        """
        return HomeMirror(self.api, str(uri))


def serve_mirror(folder: Path, port: int = 0) -> MirrorServer:
    """Return a server of a mirror's files on this machine, which already listens."""
    return MirrorServer(folder, port)


def _verified_notes(contents: Contents) -> list[str]:
    n_rows = sum(map(len, contents.tables.values()))
    return [
        f"✓ {len(contents.records):,} records with their authors' signatures, "
        f"{len(contents.manifest.files):,} files, {n_rows:,} rows that say what was signed",
        f"✓ the ledger gives the balances of {len(contents.balances):,} accounts, none overdrawn",
    ]


def _comparison_notes(found: Comparison) -> list[str]:
    theirs = found.theirs
    said = {
        "same": "✓ both have the same head",
        "ahead": f"✓ this one goes on from the other, which has {theirs.size:,} entries",
        "behind": f"✓ the other goes on from this one, to {theirs.size:,} entries",
        FORK: "✗ two histories of one server: keep both heads, together they are proof",
        "other origin": f"✗ the other is of another server, {theirs.origin[:16]}…",
        "unknown": f"· the other head has {theirs.size:,} entries: check it against a mirror",
    }
    notes = [said[found.state]]
    if not found.agrees:
        notes += [
            f"{whose} {head.size:,} entries, root {head.root}, at {head.time}"
            for whose, head in (("here:  ", found.ours), ("there: ", theirs))
        ]
    if found.parts_at is not None:
        notes += [f"they part at entry {found.parts_at:,} of the log"]
    return notes
