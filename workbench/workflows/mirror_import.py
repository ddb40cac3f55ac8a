"""Take in the whole home of another server, which this one then mirrors."""

from collections.abc import Mapping
from typing import Any

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    InvalidMoveError,
    NotFoundError,
)
from workbench.core.wire import JobView, MirroredFile, MirrorImportRequest, MirrorView
from workbench.ledger.head import TreeHead
from workbench.ledger.log import START
from workbench.mirror.claims import check_claims
from workbench.mirror.contents import Contents, Event, read_contents
from workbench.mirror.forks import check_follows, root_at
from workbench.mirror.manifest import Manifest, corrupt
from workbench.storage.database import Transaction
from workbench.storage.log import read as read_log
from workbench.storage.rows import Row
from workbench.storage.travel import (
    TRAVELS,
    append_rows,
    is_empty,
    mirrored_head,
    replace_rows,
)
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report


def start_import(home: Home, request: MirrorImportRequest) -> JobView:
    """Start to take in a mirror whose manifest was uploaded, like all that it names."""
    asked = {"import": request.model_dump(mode="json")}
    return home.start_job("mirror", None, asked, again=True)


def mirrored(home: Home) -> MirrorView:
    """Return what this home mirrors.

    Raises
    ------
    NotFoundError
        It is a home of its own.
    """
    row = mirrored_head(home.database)
    if row is None:
        raise NotFoundError(
            "this home mirrors no other",
            wanted="a home into which a mirror was imported",
            next_step="workbench mirror import URI --home NEW",
        )
    files = Manifest.read(home.blobs.read(row["manifest_sha256"])).files
    return MirrorView(
        origin=row["origin"],
        size=row["size"],
        root=row["root"],
        imported_at=row["imported_at"],
        files=[MirroredFile(name=name, sha256=file.sha256) for name, file in files.items()],
    )


def import_home(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Verify a mirror whole, and take it in whole or not at all.

    Raises
    ------
    CorruptBundleError, NotFoundError
        The first thing that is not as it was written, or the file that is missing.
    InvalidMoveError
        This home has records of its own.
    ForkedLogError, ConflictError
        This home mirrors another log, or a newer one.
    """
    known = mirrored_head(home.database)
    if known is None and home.database.read("standing")[0]["log_end"] > 0:
        raise _not_empty()
    manifest = Manifest.read(home.blobs.read(request["manifest"]))
    try:
        contents = _verified(home, known, manifest, report)
        _write(home, contents, known)
    except (CorruptBundleError, ConflictError):
        _forget(home, manifest, None if known is None else known["manifest_sha256"])
        raise
    home.heads.follow(manifest.origin, manifest.head_text)
    if known and known["manifest_sha256"] != manifest.sha256:
        # What was withdrawn at its origin goes here, too.
        _forget(home, Manifest.read(home.blobs.read(known["manifest_sha256"])), manifest.sha256)
    start = known["size"] if known else 0
    return {
        "origin": manifest.origin,
        "size": manifest.head.size,
        "root": manifest.head.root,
        "n_entries": manifest.head.size - start,
        "n_records": len(contents.records),
        "tables": {table: len(contents.rows(table)) for table in TRAVELS},
    }


def _verified(home: Home, known: Row | None, manifest: Manifest, report: Report) -> Contents:
    if unknown := set(manifest.tables) - set(TRAVELS):
        raise corrupt(f"it has a table {min(unknown)!r}", f"tables of: {', '.join(TRAVELS)}")
    sizes = {min(known["size"], manifest.head.size)} if known else set()
    _check_blobs(home, manifest)

    def read(name: str) -> bytes:
        return home.blobs.read(manifest.files[name].sha256)

    contents = read_contents(manifest, read, sizes=sizes, told=report.progress)
    check_claims(contents)
    if known:
        _check_follows(home, known, contents)
    report.emit({"type": "note", "message": f"writing {manifest.head.size:,} entries of the log"})
    return contents


def _check_blobs(home: Home, manifest: Manifest) -> None:
    for name, file in manifest.files.items():
        if not home.blobs.has(file.sha256):
            raise NotFoundError(
                f"the mirror lacks the file {name}",
                wanted="every file that its manifest names",
                next_step="it is incomplete: ask for it again",
                file=name,
            )


def _check_follows(home: Home, known: Row, contents: Contents) -> None:
    head = contents.manifest.head
    old = TreeHead.read(known["head"].encode(), known["origin"])
    if head.size >= old.size:
        check_follows(old, head, contents.roots[old.size])
        return
    ours = [row for rows in read_log(home.database, head.size) for row in rows]
    check_follows(old, head, root_at(ours, head.size))


def _write(home: Home, contents: Contents, known: Row | None) -> None:
    try:
        home.database.write(lambda tx: _insert(tx, contents, known))
    except InvalidMoveError:
        raise
    except ConflictError as error:
        raise corrupt(f"its rows contradict each other: {error.found}", error.wanted) from error


def _insert(tx: Transaction, contents: Contents, known: Row | None) -> None:
    manifest = contents.manifest
    start = known["size"] if known else 0
    rows = tx.execute("mirrored_head")
    if (rows[0]["size"] if rows else 0) != start:
        raise InvalidMoveError("another mirror was imported meanwhile", next_step="import again")
    if known is None and not is_empty(tx):
        raise _not_empty()
    for table, found in _logged(contents, start).items():
        append_rows(tx, table, found)
    for table in TRAVELS:
        replace_rows(tx, table, contents.rows(table))
    head = {"size": manifest.head.size, "root": manifest.head.root, "origin": manifest.origin}
    head |= {"head": manifest.head_text.decode(), "manifest_sha256": manifest.sha256}
    tx.execute("put_mirrored_head", head | {"now": tx.now})


def _logged(contents: Contents, start: int) -> dict[str, list[Row]]:
    """Return the rows of the tables that follow from the log, from an entry on."""
    found: dict[str, list[Row]] = {"log": [], "record": [], "entry": [], "posting": []}
    n_records, n_entries, head = 0, 0, START
    for row, event in zip(contents.log, contents.events, strict=True):
        previous, is_new = head, row.seq >= start
        if event.envelope is not None:
            link = {"seq": n_records, "previous": previous, "content_id": event.id}
            head = content_id(link)
            if is_new:
                record = _record(event, event.envelope, n_records)
                found["record"].append(record | {"previous": previous, "head": head})
            n_records += 1
        else:
            if is_new:
                _add_entry(found, event, n_entries)
            n_entries += 1
        if is_new:
            found["log"].append(vars(row) | {"seq": str(row.seq)})
    return found


def _record(event: Event, envelope: Envelope, seq: int) -> Row:
    return {
        "seq": str(seq),
        "content_id": event.id,
        "kind": envelope.kind,
        "author": envelope.author,
        "envelope": envelope.canonical.decode(),
        "created_at": event.time,
    }


def _add_entry(found: Mapping[str, list[Row]], event: Event, seq: int) -> None:
    entry = event.entry or {}
    row = {"seq": str(seq), "id": event.id, "kind": entry["kind"], "reason": entry["reason"]}
    found["entry"].append(row | {"created_at": event.time})
    for ordinal, posting in enumerate(entry["postings"]):
        found["posting"].append(posting | {"entry": event.id, "ordinal": ordinal})


def _forget(home: Home, manifest: Manifest, kept: str | None) -> None:
    """Remove a manifest's files, but for those that another one names.

    A home that is a mirror, or will be one, has no other files.
    """
    staying = set() if kept is None else {kept, *_digests(Manifest.read(home.blobs.read(kept)))}
    for sha256 in {manifest.sha256, *_digests(manifest)} - staying:
        if home.blobs.has(sha256):
            home.blobs.path(sha256).unlink()


def _digests(manifest: Manifest) -> set[str]:
    return {file.sha256 for file in manifest.files.values()}


def _not_empty() -> InvalidMoveError:
    return InvalidMoveError(
        "this home has records of its own",
        wanted="an empty home, which becomes a mirror",
        next_step="workbench mirror import URI --home NEW",
    )
