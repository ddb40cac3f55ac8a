"""Verify a home: its log entry by entry, the signed head, the ledger again, and every file.

The first thing that is not as it was written is named; whatever comes after it rests on it.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.wire import JobView, VerifyRequest
from workbench.ledger.head import TreeHead
from workbench.ledger.homes import signed_elsewhere
from workbench.ledger.log import Fault
from workbench.ledger.signers import after_rotation
from workbench.mirror.manifest import Manifest
from workbench.storage.database import Database
from workbench.storage.head import heads_path, read_head, read_heads
from workbench.storage.rows import Row
from workbench.storage.travel import mirrored_head
from workbench.workflows.audit import Audit
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

_Found = Fault | str
# An entry that pays thousands is longer than anybody reads.
_MOST_CHARACTERS: Final = 2_000
_AS_WRITTEN: Final = "the home as its server wrote it"


def start(home: Home, request: VerifyRequest) -> JobView:
    """Start the verification of the whole home, now: it may have changed since the last one."""
    return home.start_job("verify", None, request.model_dump(mode="json"), again=True)


def check(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Verify the home; the answer names the first bad entry, if there is one."""
    # The head first: the log only grows, so that it holds whatever an earlier head promised.
    head = read_head(home.settings.head_path, home.origin)
    standing = home.database.read("standing")
    earlier = read_heads(heads_path(home.settings.head_path), home.origin)
    heads = [one for found in (earlier, [head]) if isinstance(found, list) for one in found]
    promised = {one.size for one in heads if isinstance(one, TreeHead)}
    audit = Audit(home.database, promised, home.origin, n_threads=home.settings.n_workers)
    checks: dict[str, Callable[[], _Found]] = {
        "log": lambda: _log(audit, standing[0]["log_end"], report),
        "head": lambda: _head(audit, head, earlier),
        "ledger": lambda: _ledger(audit, standing),
        "keys": lambda: _keys(home, audit),
        "files": lambda: _files(home, report, hashed=request["files"]),
    }
    steps: list[dict[str, str]] = []
    first_bad: dict[str, Any] | None = None
    for name, run in checks.items():
        if first_bad is not None:
            steps.append({"step": name, "state": "not checked", "message": ""})
            continue
        match run():
            case Fault() as fault:
                found, wanted = fault.found[:_MOST_CHARACTERS], fault.wanted[:_MOST_CHARACTERS]
                first_bad = {"step": name, "seq": fault.seq, "found": found, "wanted": wanted}
                steps.append({"step": name, "state": "bad", "message": found})
            case message:
                steps.append({"step": name, "state": "verified", "message": message})
    return {
        "state": "verified" if first_bad is None else "damaged",
        "origin": home.origin,
        "size": audit.walk.tree.size,
        "root": audit.walk.tree.root.hex(),
        "head": audit.walk.head,
        "steps": steps,
        "first_bad": first_bad,
    }


def _log(audit: Audit, log_end: int, report: Report) -> _Found:
    if fault := audit.read(log_end, report):
        return fault
    n_records = f"{audit.n_records:,} records with their authors' signatures"
    return f"{audit.walk.tree.size:,} entries in one chain, {n_records}"


def _head(audit: Audit, head: TreeHead | Fault, earlier: list[TreeHead] | Fault) -> _Found:
    if isinstance(head, Fault):
        return head
    if isinstance(earlier, Fault):
        return earlier
    for one in (head, *earlier):
        if fault := one.fault(audit.walk.tree.size, audit.roots.get(one.size)):
            return fault
    return f"{head.size:,} entries are those that were signed at {head.time}"


def _ledger(audit: Audit, standing: list[Row]) -> _Found:
    for name, n_logged, n_found in (
        ("records", audit.n_records, standing[0]["n_records"]),
        ("ledger entries", audit.n_entries, standing[0]["n_entries"]),
    ):
        if n_found != n_logged:
            return Fault(None, f"{n_found:,} {name}", f"the {n_logged:,} that the log names")
    shown = {row["account"]: row["amount"] for row in standing if row["account"] is not None}
    for account in sorted(shown | audit.balances):
        found, wanted = shown.get(account, 0), audit.balances.get(account, 0)
        if found != wanted:
            return Fault(
                None, f"{account} holds {found} µcr", f"{wanted} µcr, by the log's entries"
            )
    if total := sum(shown.values()):
        return Fault(None, f"all accounts together hold {total} µcr", "0: none are made")
    return f"{audit.n_entries:,} ledger entries give the balances of {len(shown):,} accounts"


def _keys(home: Home, audit: Audit) -> _Found:
    database, signers = home.database, audit.signers
    rows = database.read("signing_keys")
    if home.heads.is_mirror and not rows:
        return "a mirror without its origin's table of keys"
    # What an origin took in from others is not known in its mirror.
    has_bundles = home.heads.is_mirror or bool(database.read("mirrored_runs", {"run": None}))
    if fault := signers.fault(rows, has_bundles=has_bundles):
        return Fault(None, *fault)
    if unlike := database.read("principals_unlike_keys"):
        found = f"the principal {unlike[0]['name']} is registered with another key, owner or record"
        return Fault(None, found, "the one in the table of keys, by the records")
    late = {identity: seq for seq, identity in signers.late}
    if late and has_bundles:
        # In a bundle a key may be older than here: it counts where this home rests on it.
        here = {
            row["record"] for row in database.read("contributions_by_record", {"records": [*late]})
        }
        late = {identity: seq for identity, seq in late.items() if identity in here}
    for identity, seq in late.items():
        [row] = database.read("record_by_content_id", {"content_id": identity})
        return Fault(seq, *after_rotation(row["author"], signers.keys[row["author"]]))
    elsewhere = {"records": sorted(signers.homes.elsewhere)}
    for row in database.read("contributions_by_record", elsewhere):
        [signed] = database.read("record_by_content_id", {"content_id": row["record"]})
        found, wanted = signed_elsewhere(
            Envelope.from_json(json.loads(signed["envelope"])), home.origin
        )
        return Fault(None, f"the contribution {row['id']} rests on a record: {found}", wanted)
    return f"{len(rows):,} keys are who the records say"


def _files(home: Home, report: Report, *, hashed: bool) -> _Found:
    named = _mirrored_files(home) if home.heads.is_mirror else named_files(home.database)
    if isinstance(named, Fault):
        return named
    for number, (sha256, owner) in enumerate(sorted(named.items()), start=1):
        report.check_cancelled()
        if fault := _file_fault(home, sha256, owner, hashed=hashed):
            return fault
        report.progress(number, len(named), "checking the files")
    return f"{len(named):,} files are {'what their names say' if hashed else 'there'}"


def _mirrored_files(home: Home) -> dict[str, str] | Fault:
    """Return the same of a mirror: what its manifest names; the rest stayed at its origin."""
    row = mirrored_head(home.database)
    try:
        manifest = Manifest.read(home.blobs.read(row["manifest_sha256"] if row else ""))
    except WorkbenchError as error:
        return Fault(None, f"the mirror's manifest cannot be read: {error}", _AS_WRITTEN)
    named = {file.sha256: f"the mirror: {name}" for name, file in manifest.files.items()}
    return named | {manifest.sha256: "the mirror: its manifest"}


def named_files(database: Database) -> dict[str, str] | Fault:
    """Return the SHA-256 of every file that a home must have, and what names it."""
    named = {row["sha256"]: row["owner"] for row in database.read("named_files")}
    for row in database.read("artifacts"):
        owner = f"model {row['digest']}"
        try:
            named |= dict.fromkeys(json.loads(row["artifacts"]).values(), owner)
        except (ValueError, AttributeError, TypeError, RecursionError):
            return Fault(None, f"{owner} lists its files as {row['artifacts']!r}", _AS_WRITTEN)
    return named


def _file_fault(home: Home, sha256: str, owner: str, *, hashed: bool) -> Fault | None:
    try:
        if not home.blobs.has(sha256):
            return Fault(None, f"the file {sha256} of {owner} is missing", _AS_WRITTEN)
    except InvalidInputError as error:
        return Fault(None, f"{owner} names a file wrongly: {error}", _AS_WRITTEN)
    if not hashed:
        return None
    with home.blobs.path(sha256).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != sha256:
        return Fault(None, f"the file {sha256} of {owner} hashes to {digest}", "its name")
    return None
