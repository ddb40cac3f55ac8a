"""Seals of runs: read a logged run back, sign what MLflow shows of it, find the seal again.

``seal`` is about a study's values, which money follows; this is about what can be edited in
MLflow.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workbench.core.canonical import sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError, NotFoundError, SignatureError
from workbench.core.jobs import JobSpec
from workbench.registry.seal import DOCUMENT_FILE, Document, part_digests
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home

_READING_SECONDS: Final = 600.0
_KIND: Final = "seal"
_FULL_ID: Final = 64


@dataclass(frozen=True)
class ReadBack:
    """A run as MLflow has it now.

    Attributes
    ----------
    lifecycle : ``"active"``, ``"deleted"`` or ``"missing"``.
    content : the document's canonical bytes; empty unless the run is active.
    """

    lifecycle: str
    content: bytes

    @property
    def is_active(self) -> bool:
        """Whether the run is there to be compared."""
        return self.lifecycle == "active"


@dataclass(frozen=True)
class Seal:
    """What the server signed of a run.

    Attributes
    ----------
    tracking_run : MLflow's id.
    document : what MLflow showed when the run was logged.
    record : content id of the signed record.
    sealed_at : when, UTC.
    """

    tracking_run: str
    document: Document
    record: str
    sealed_at: datetime


def run_named(home: Home, run_id: str) -> dict[str, Any]:
    """Return the row of a run named by its id, or by the beginning of it.

    Raises
    ------
    NotFoundError
        No run, or more than one, has an id that begins so.
    """
    found = home.database.read("runs_that_begin", {"beginning": run_id})
    if len(found) != 1 or not run_id:
        count = "no run has" if not found else "several runs have"
        raise NotFoundError(
            f"{count} an id that begins with {run_id[:80]!r}",
            wanted=f"the {_FULL_ID} digits of a run's id, or enough of them",
            next_step='list them: workbench sql "select id, task, kind from run"',
            nearest=[row["id"] for row in found[:5]],
        )
    return found[0]


def read_back(
    home: Home, run_id: str, tracking_run: str, cancelled: Callable[[], bool]
) -> ReadBack:
    """Let a worker read a run from MLflow.

    Raises
    ------
    TrackingUnavailableError
        MLflow does not answer, so nothing can be said of the run.
    """
    job = JobSpec(
        recipe="read-back",
        parameters={
            "uri": home.settings.tracking_uri,
            "artifacts_dir": str(home.settings.artifacts_dir),
            "run": run_id,
            "tracking_run": tracking_run,
        },
    )
    with home.executor.run(job, cancelled=cancelled, seconds=_READING_SECONDS) as outcome:
        path = outcome.output.get(DOCUMENT_FILE)
        return ReadBack(outcome.result["lifecycle"], b"" if path is None else path.read_bytes())


def seal_run(home: Home, run_id: str, tracking_run: str, content: bytes) -> None:
    """Sign what MLflow shows of a run that was just logged; from then on it counts as logged."""
    digest, _ = home.blobs.put([content])
    body = {
        "run": run_id,
        "tracking_run": tracking_run,
        "document_sha256": digest,
        "parts": part_digests(json.loads(content)),
    }
    envelope = Envelope.sign(_KIND, body, home.key)
    values = {"run": run_id, "tracking_run": tracking_run, "document_sha256": digest}

    def write(tx: Transaction) -> None:
        if tx.execute("seal_of_run", {"run": run_id}):
            return
        identity, _ = record.append(tx, envelope)
        tx.execute("insert_seal", values | {"record": identity, "now": tx.now})
        tx.execute("mark_run_logged", {"id": run_id, "tracking_run": tracking_run})

    home.database.write(write)


def find_seal(home: Home, run_id: str) -> Seal | None:
    """Return a run's seal, or None while it has none, and in a mirror: its MLflow is not here.

    Raises
    ------
    CorruptHomeError
        The home's own record or document is not what the server signed.
    """
    rows = home.database.read("seal_of_run", {"run": run_id})
    if not rows or home.heads.is_mirror:
        return None
    row = rows[0]
    body = _signed_body(home, row["record"])
    content = home.blobs.read(row["document_sha256"])
    document = json.loads(content) if sha256_hex(content) == body["document_sha256"] else None
    if document is None or (document["run"], part_digests(document)) != (run_id, body["parts"]):
        raise _corrupt(f"the sealed document of run {run_id[:12]} is not the one that was signed")
    return Seal(row["tracking_run"], document, row["record"], row["created_at"])


def _signed_body(home: Home, identity: str) -> dict[str, Any]:
    [row] = home.database.read("record_by_content_id", {"content_id": identity})
    try:
        envelope = Envelope.from_json(json.loads(row["envelope"])).verify(kind=_KIND)
    except SignatureError as error:
        raise _corrupt(f"the record {identity[:12]} of a seal does not verify: {error}") from error
    if envelope.author != home.origin:
        raise _corrupt(f"the record {identity[:12]} of a seal is signed by another key")
    return envelope.body


def _corrupt(found: str) -> CorruptHomeError:
    return CorruptHomeError(
        found,
        wanted="the home as its server wrote it",
        next_step="restore the home from a backup; nothing can be said of the run meanwhile",
    )
