"""The whole home as plain files: what is public of it, with a manifest that the server signs."""

import json
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import CorruptHomeError, InvalidInputError, NotFoundError
from workbench.core.wire import JobView, MirrorExportRequest
from workbench.ledger.head import TreeHead
from workbench.ledger.log import RECORD
from workbench.ledger.tree import Frontier, leaf_hash
from workbench.mirror.forks import check_follows
from workbench.mirror.manifest import (
    MAX_FILE_BYTES,
    Manifest,
    MirrorFile,
    blob_name,
    page_name,
    segment_name,
)
from workbench.storage.blobs import BlobStore
from workbench.storage.rows import Row
from workbench.storage.snapshot import Snapshot
from workbench.storage.travel import TRAVELS, mirrored_head, travelling_rows
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.row_claims import count_rows

# Enough for few files, few enough that one more row moves little.
_ROWS_OF_A_SEGMENT: Final = {"log": 1_000, "table": 5_000}


def start_export(home: Home, request: MirrorExportRequest) -> JobView:
    """Start to write the whole home as plain files, as it is now."""
    asked = {"export": request.model_dump(mode="json")}
    return home.start_job("mirror", None, asked, again=True)


def export_home(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the files of a mirror beside the home, and return the digest of their manifest.

    A home that is itself a mirror is handed on as it came, byte for byte.

    Raises
    ------
    CorruptHomeError
        The log is not the one that was signed, or a file is gone.
    ForkedLogError, ConflictError
        The head that the place of the mirror has is not one that this log goes on from.
    """
    if mirrored := mirrored_head(home.database):
        manifest = Manifest.read(home.blobs.read(mirrored["manifest_sha256"]))
        _check_known(request["known"], manifest.head, None)
    else:
        home.heads.check()
        count_rows(home)
        manifest = _Export(home, report).write(request["known"])
    return {
        "manifest": manifest.sha256,
        "origin": manifest.origin,
        "size": manifest.head.size,
        "root": manifest.head.root,
        "n_files": len(manifest.files),
        "n_bytes": manifest.n_bytes,
    }


def exported_file(home: Home, manifest_sha256: str, sha256: str) -> Path:
    """Return where a file of an export lies: its manifest, or what that names.

    Raises
    ------
    NotFoundError
        The home was exported again meanwhile, or the manifest names no such file.
    """
    places = (_staging(home), home.blobs)
    if not any(place.has(manifest_sha256) for place in places):
        raise NotFoundError(
            f"there is no export {manifest_sha256[:16]}… any more",
            wanted="the newest export of this home",
            next_step="export again: somebody did meanwhile",
        )
    text = next(place.read(manifest_sha256) for place in places if place.has(manifest_sha256))
    named = {file.sha256 for file in Manifest.read(text).files.values()}
    if sha256 not in {manifest_sha256, *named}:
        raise NotFoundError(
            f"the export {manifest_sha256[:16]}… has no file {sha256[:16]!r}",
            wanted="a digest among its files",
        )
    return next((place for place in places if place.has(sha256)), home.blobs).path(sha256)


def _staging(home: Home) -> BlobStore:
    return BlobStore(home.settings.home / "mirror", MAX_FILE_BYTES)


def _check_known(known: Row | None, head: TreeHead, root: str | None) -> None:
    if known is None:
        return
    old = TreeHead(known["origin"], known["size"], known["root"], known["time"])
    check_follows(old, head, head.root if root is None and old.size == head.size else root)


class _Export:
    def __init__(self, home: Home, report: Report) -> None:
        self._home = home
        self._report = report
        self._store = _staging(home)
        self._files: dict[str, MirrorFile] = {}
        self._tree = Frontier()
        self._time = ""
        self._known_root: str | None = None

    def write(self, known: Row | None) -> Manifest:
        with self._home.database.snapshot() as snapshot:
            self._log(snapshot, None if known is None else known["size"])
            for table, travel in TRAVELS.items():
                kinds, rows = snapshot.stream(travel.query)
                self._segments(f"tables/{table}", travelling_rows(rows, kinds))
            blobs = [row["sha256"] for row in snapshot.read("travel_blobs") if row["sha256"]]
        self._blobs(blobs)
        self._pages()
        key = self._home.key
        # Dated by the last entry: the same log gives the same head, whenever it is exported.
        head = TreeHead(key.public_hex, self._tree.size, self._tree.root.hex(), self._time)
        _check_known(known, head, self._known_root)
        manifest = Manifest.sign(head.signed(key), self._files, key)
        self._store.put([manifest.content])
        self._forget(manifest)
        return manifest

    def _log(self, snapshot: Snapshot, known_size: int | None) -> None:
        n_rows, n_records, first = _ROWS_OF_A_SEGMENT["log"], 0, 0
        [standing] = snapshot.read("standing")[:1]
        end = standing["log_end"]
        if end == 0:
            raise InvalidInputError(
                "nothing is recorded in this home yet",
                wanted="a home with a record",
                next_step="begin with a task: workbench task open",
            )
        while first < end:
            self._report.check_cancelled()
            asked = {"first": first, "until": end, "n_rows": n_rows}
            rows = snapshot.read("logged_from", asked)
            count = sum(row["kind"] == RECORD for row in rows)
            between = {"first": n_records, "until": n_records + count}
            records = iter(snapshot.read("records_between", between))
            n_records += count
            lines = []
            for row in rows:
                record = b""
                if row["kind"] == RECORD:
                    record = b',"record":' + next(records)["envelope"].encode()
                lines.append(b'{"entry":' + row["entry"].encode() + record + b"}")
                self._tree.append(leaf_hash(row["entry"].encode()))
                if self._tree.size == known_size:
                    self._known_root = self._tree.root.hex()
            self._segment("log", first, lines)
            first += len(rows)
            self._report.progress(first, end, "writing the log")
        self._time = json.loads(rows[-1]["entry"])["time"]

    def _segments(self, folder: str, rows: Iterator[Row]) -> None:
        first = 0
        while found := list(islice(rows, _ROWS_OF_A_SEGMENT["table"])):
            self._report.check_cancelled()
            self._segment(folder, first, [canonical_bytes(row) for row in found])
            first += len(found)
        self._report.emit({"type": "note", "message": f"{folder}: {first:,} rows"})

    def _segment(self, folder: str, first: int, lines: list[bytes]) -> None:
        sha256, n_bytes = self._store.put([line + b"\n" for line in lines])
        self._files[segment_name(folder, first, sha256)] = MirrorFile(sha256, n_bytes)

    def _blobs(self, digests: list[str]) -> None:
        for sha256 in digests:
            if not self._home.blobs.has(sha256):
                raise CorruptHomeError(
                    f"the file {sha256} is missing, whose rows may be shared",
                    wanted="every file that records name",
                    next_step="workbench verify names whose it is; restore it from a backup",
                )
            n_bytes = self._home.blobs.path(sha256).stat().st_size
            self._files[blob_name(sha256)] = MirrorFile(sha256, n_bytes)

    def _pages(self) -> None:
        """Take the pages as they were last published."""
        root = self._home.settings.published_dir
        for folder, folders, names in os.walk(root):
            folders.sort()
            for path in (Path(folder) / name for name in sorted(names)):
                name = page_name(path.relative_to(root).as_posix())
                if name is not None and not path.is_symlink():
                    self._files[name] = MirrorFile(*self._store.put_file(path))

    def _forget(self, manifest: Manifest) -> None:
        """Remove files of earlier exports."""
        named = {file.sha256 for file in manifest.files.values()} | {manifest.sha256}
        for path in self._store.root.glob("sha256/*/*"):
            if path.parent.name + path.name not in named:
                path.unlink(missing_ok=True)
