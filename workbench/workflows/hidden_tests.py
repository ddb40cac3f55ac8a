"""A task's hidden tests: one that trainings are measured on, one that gates alone ask.

Every fine-tune shows its loss on the first, so somebody may train a hundred models and keep the
one that it likes best. What only gates ask has told nobody anything but their verdicts, and those
have a budget. A task that names no second test has its gates ask the first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.registry.beacon import Beacon
from workbench.registry.merge_rules import BY_SOURCE
from workbench.registry.sure_gain import check_documents
from workbench.registry.task import TaskSpec
from workbench.storage.database import Transaction
from workbench.storage.task import insert_hidden_rows
from workbench.workflows.home import Home


@dataclass(frozen=True)
class Tests:
    """The hidden tests of a task that opens.

    Attributes
    ----------
    rows_sha256 : canonical rows of the one that trainings are measured on.
    gate_sha256 : of the one that gates ask; ``None`` if that is the same.
    digests : of the rows of both, in no order that tells which is which.
    """

    rows_sha256: str
    gate_sha256: str | None
    digests: tuple[str, ...]


def read_tests(home: Home, spec: TaskSpec) -> Tests:
    """Read a task's hidden tests by the reader of contributions.

    Raises
    ------
    InvalidInputError
        One is not accepted, both have a row in common, or a gate could not use its own.
    """
    rows, digests = _read(home, spec, spec.hidden_test_sha256, "hidden test")
    if not spec.gate_test_sha256:
        return Tests(rows, None, tuple(digests))
    gate, of_gate = _read(home, spec, spec.gate_test_sha256, "gate's test")
    if common := set(digests) & set(of_gate):
        raise InvalidInputError(
            f"{len(common)} rows of the gate's test are in the hidden test, too",
            wanted="no row in both: trainings show their loss on the hidden test",
            next_step="split your rows in two",
        )
    check_documents(_count(spec, _lines(home, gate)))
    return Tests(rows, gate, tuple(sorted({*digests, *of_gate})))


def keep_tests(tx: Transaction, task_id: str, tests: Tests) -> None:
    """Record the digests of a task's hidden rows, and the test of its gates."""
    insert_hidden_rows(tx, task_id, list(tests.digests))
    if tests.gate_sha256 is not None:
        tx.execute("insert_gate_test", {"task": task_id, "rows_sha256": tests.gate_sha256})


def hidden_rows(home: Home, task_id: str) -> str:
    """Return the digest of the rows that trainings are measured on; only jobs may read them."""
    return str(_row(home, task_id)["hidden_rows_sha256"])


def gate_rows(home: Home, task_id: str) -> str:
    """Return the digest of the rows that gates ask; only jobs may read them."""
    row = _row(home, task_id)
    return str(row["gate_rows_sha256"] or row["hidden_rows_sha256"])


def all_hidden_rows(home: Home, task_id: str) -> str:
    """Return the digest of all rows that no contribution may hold."""
    row = _row(home, task_id)
    if row["gate_rows_sha256"] is None:
        return str(row["hidden_rows_sha256"])
    both = (row["hidden_rows_sha256"], row["gate_rows_sha256"])
    digest, _ = home.blobs.put([home.blobs.read(one) for one in both])
    return digest


def check_gate(home: Home, spec: TaskSpec) -> None:
    """Raise ``InvalidInputError`` if a gate of the task would draw too few documents."""
    n_documents = _count(spec, _lines(home, gate_rows(home, spec.id)))
    check_documents(min(n_documents, spec.merge.gate_items or n_documents))


def draw_sample(home: Home, spec: TaskSpec, beacon: Beacon) -> str:
    """Return the digest of the hidden rows of the documents that a beacon draws."""
    whole = gate_rows(home, spec.id)
    lines = _lines(home, whole)
    documents = [_document(spec, line) for line in lines]
    known = set(documents)
    if not 0 < spec.merge.gate_items < len(known):
        return whole
    drawn = set(beacon.sample(known, spec.merge.gate_items))
    chosen = [line for line, one in zip(lines, documents, strict=True) if one in drawn]
    digest, _ = home.blobs.put([b"".join(chosen)])
    return digest


def _read(home: Home, spec: TaskSpec, file: str, called: str) -> tuple[str, list[str]]:
    nothing, _ = home.blobs.put([])
    job = JobSpec(
        recipe="intake",
        inputs={"file": file, "known": nothing, "hidden": nothing},
        parameters={
            "file_name": "hidden.jsonl",
            "kind": spec.kind,
            "columns": {},
            "license": spec.licenses[0],
            "allowed_licenses": list(spec.licenses),
            "n_features": spec.n_features,
            "classes": list(spec.classes),
            "is_test": True,
        },
    )
    with home.executor.run(job) as outcome:
        if outcome.result["outcome"] != "accepted":
            finding = outcome.result["findings"][-1]
            raise InvalidInputError(
                f"the {called} is not accepted: {finding['message']}", wanted=finding["remedy"]
            )
        rows_sha256, _ = home.blobs.put_file(outcome.output["rows.jsonl"])
        return rows_sha256, outcome.output["digests.txt"].read_text().split()


def _row(home: Home, task_id: str) -> dict[str, Any]:
    [row] = home.database.read("hidden_tests", {"task": task_id})
    return row


def _lines(home: Home, digest: str) -> list[bytes]:
    return home.blobs.read(digest).splitlines(keepends=True)


def _count(spec: TaskSpec, lines: Sequence[bytes]) -> int:
    return len({_document(spec, line) for line in lines})


def _document(spec: TaskSpec, line: bytes) -> str:
    """Return by which name a beacon draws a row's document."""
    if spec.merge.documents == BY_SOURCE:
        # Rows without a source are one: nobody says that they differ.
        line = str(json.loads(line).get("source", "")).encode()
    return sha256(line).hexdigest()
