"""Withdraw: an owner takes a contribution back, and everything that follows from it.

The signed record and the state come first; what a crash leaves undone, deleted bytes and ended
jobs, is done when the home is opened again.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, InvalidMoveError
from workbench.core.wire import ContributionView, WithdrawalView
from workbench.registry.contribution import move
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.contribute import get_contribution
from workbench.workflows.home import Home
from workbench.workflows.join import signer, signer_in
from workbench.workflows.row_claims import count_rows, settle_claims

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ACTIVE: Final = ("queued", "running")


def preview_withdrawal(home: Home, contribution_id: str) -> WithdrawalView:
    """Return what withdrawing a contribution would do; nothing is signed or changed.

    Raises
    ------
    InvalidMoveError
        It is a draft, or withdrawn already.
    """
    known = get_contribution(home, contribution_id)
    move(known.state, "withdrawn")
    return _consequences(home, known).view(known, None)


def withdraw(home: Home, contribution_id: str, envelope_json: dict[str, Any]) -> WithdrawalView:
    """Take a contribution back on its owner's signed word; the same record again changes nothing.

    Its rows are out of new trainings, studies, exports and views at once. Bytes that nobody
    else needs are deleted, digests stay. Rows that others brought later are theirs again.
    Posted payouts stay; a study that valued it can no longer be paid by.

    Raises
    ------
    ForbiddenError
        The signer is of another owner group.
    InvalidMoveError
        It is a draft, or withdrawn already.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="withdrawal")
    known = get_contribution(home, contribution_id)
    wanted = {"contribution": known.id, "file_sha256": known.file_sha256}
    if envelope.body != wanted:
        raise InvalidInputError(f"the withdrawal says {envelope.body!r:.200}", wanted=repr(wanted))
    person = signer(home, envelope)
    if person.owner != known.owner:
        raise ForbiddenError(
            f"{person.name} signs for {person.owner!r}: only {known.owner!r} withdraws this",
            next_step=f"sign as a principal of {known.owner!r}",
        )
    follows = _consequences(home, known)

    def write(tx: Transaction) -> None:
        _, is_new = record.append(tx, envelope)
        if is_new:
            signer_in(tx, envelope)
            _take_back(tx, known)

    home.database.write(write)
    count_rows(home, known.task)
    finish_withdrawals(home, known.id)
    return follows.view(get_contribution(home, known.id), envelope.content_id)


def finish_withdrawals(home: Home, contribution_id: str | None = None) -> None:
    """Delete what is left of withdrawn contributions, and end the jobs that read them.

    Parameters
    ----------
    contribution_id : one of them; all unless given, after a crash.
    """
    digests = {
        digest: row["task"]
        for row in home.database.read("withdrawn_contributions", {"id": contribution_id})
        for digest in _rows_of(home, row)
    }
    for job in _jobs_reading(home, set(digests)):
        home.jobs.cancel(job)
    files = [
        digest
        for row in home.database.read("withdrawn_contributions", {"id": contribution_id})
        for digest in (row["file_sha256"], row["rejected_sha256"], *_rows_of(home, row))
        if digest is not None and home.blobs.has(digest)
    ]
    if not files:
        return
    named = _named_by_runs(home)

    def delete(tx: Transaction) -> None:
        # In the writer thread: nobody can begin to need a file between the look and the deed.
        needed = named | _needed(tx)
        for digest in files:
            if digest not in needed:
                home.blobs.discard(digest)

    home.database.write(delete)


@dataclass(frozen=True)
class _Consequences:
    """What follows from a withdrawal, as it stands before it."""

    n_rows: int
    files: dict[str, bool]
    n_drafts: int
    n_rows_returned: int
    models: list[str]
    studies: list[str]
    jobs: list[str]
    payouts: list[Row]

    def view(self, known: ContributionView, record_id: str | None) -> WithdrawalView:
        return WithdrawalView(
            contribution=known.id,
            task=known.task,
            owner=known.owner,
            file_name=known.file_name,
            file_sha256=known.file_sha256,
            state=known.state,
            n_rows=self.n_rows,
            record=record_id,
            n_files_deleted=sum(self.files.values()),
            n_files_kept=len(self.files) - sum(self.files.values()),
            n_drafts=self.n_drafts,
            n_rows_returned=self.n_rows_returned,
            models=self.models,
            studies=self.studies,
            jobs=self.jobs,
            epochs=[row["number"] for row in self.payouts],
            paid=str(sum(row["amount"] for row in self.payouts)),
        )


def _consequences(home: Home, known: ContributionView) -> _Consequences:
    counted = _rows_of(home, {"id": known.id, "rows_sha256": known.rows_sha256})
    of_owner = {"task": known.task, "owner": known.owner}
    runs = home.database.read("runs_with_rows", of_owner | {"rows": counted})
    drafts = home.database.read(
        "drafts_of_file", {"owner": known.owner, "file_sha256": known.file_sha256}
    )
    gone = {known.id, *(row["id"] for row in drafts)}
    needed = _named_by_runs(home) | home.database.write(lambda tx: _needed(tx, gone))
    files = {known.file_sha256, *counted}
    [back] = home.database.read("rows_that_return", {"task": known.task, "id": known.id})
    return _Consequences(
        n_rows=known.n_rows if known.state == "accepted" else 0,
        files={one: one not in needed for one in sorted(files) if home.blobs.has(one)},
        n_drafts=len(drafts),
        n_rows_returned=back["n_rows"],
        models=[row["model"] for row in runs if row["model"] is not None],
        studies=[row["id"] for row in runs if row["kind"] == "valuation"],
        jobs=_jobs_reading(home, set(counted)),
        payouts=home.database.read("payouts_of_owner", of_owner),
    )


def _take_back(tx: Transaction, known: ContributionView) -> None:
    [row] = tx.execute("contribution_by_id", {"id": known.id})
    state = move(row["state"], "withdrawn")
    values = {"id": known.id, "state": state, "findings": row["findings"], "now": tx.now}
    tx.execute("change_contribution_state", values)
    settle_claims(tx, known.task, known.id)
    tx.execute("delete_contribution_rows", {"id": known.id})
    of_file = {"owner": known.owner, "file_sha256": known.file_sha256}
    tx.execute("delete_drafts_of_file", of_file)


def _rows_of(home: Home, row: Row) -> list[str]:
    """Return the digests of a contribution's rows: as submitted, and as they counted later."""
    counted = home.database.read("counted_records", {"id": row["id"]})
    return sorted({row["rows_sha256"], *(one["rows_sha256"] for one in counted)})


def _jobs_reading(home: Home, digests: set[str]) -> list[str]:
    """Return the unfinished jobs that name one of these files."""
    return [
        row["id"]
        for row in home.database.read("jobs", {"task": None})
        if row["state"] in _ACTIVE and digests.intersection(_SHA256.findall(row["request"]))
    ]


def _needed(tx: Transaction, gone: set[str] | None = None) -> set[str]:
    """Return the files that the home must have, but for those of contributions that are gone."""
    without = {f"contribution {identity}" for identity in gone or ()}
    named = tx.execute("named_files")
    needed = {row["sha256"] for row in named if row["owner"] not in without}
    needed |= {row["sha256"] for row in tx.execute("hidden_test_files")}
    for row in tx.execute("artifacts"):
        needed |= set(_SHA256.findall(row["artifacts"]))
    return needed


def _named_by_runs(home: Home) -> set[str]:
    """Return the files beside its rows that a run's details name: its lock, its tokenizer.

    Somebody may have contributed the very bytes of one, and withdraws them now.
    """
    named: set[str] = set()
    for row in home.database.read("runs", {"task": None}):
        details = json.loads(row["details"])
        details.pop("datasets", None)
        named |= set(_SHA256.findall(json.dumps(details)))
    return named


def refuse_withdrawn(home: Home, run: str, verb: str) -> None:
    """Raise if a run has read rows that were withdrawn since.

    Parameters
    ----------
    run : id of a fine-tune, comparison or study.
    verb : what cannot be done with it, such as ``"paid by"``.

    Raises
    ------
    InvalidMoveError
        The error names whose rows, and since when they are gone.
    """
    gone = home.database.read("withdrawn_data_of", {"run": run, "task": None})
    if gone:
        whose = ", ".join(sorted({row["owner"] for row in gone}))
        raise InvalidMoveError(
            f"{run[:12]} rests on rows that {whose} withdrew on "
            f"{gone[0]['withdrawn_at']:%Y-%m-%d %H:%M} UTC: it cannot be {verb} any more",
            wanted="one without withdrawn rows",
            next_step="train or value again: the rows that are left are taken",
            run=run,
            contributions=[row["contribution"] for row in gone],
        )
