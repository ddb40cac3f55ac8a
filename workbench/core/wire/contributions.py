"""What follows a draft: commitments, consent receipts, reviews, withdrawals."""

from datetime import datetime

from workbench.core.wire.message import JsonObject, Sha256, Wire


class Opening(Wire):
    """What opens a commitment: the file it was made for comes with it."""

    commitment: str = Sha256
    salt: str = Sha256


class CommitmentView(Wire):
    """A commitment as it was recorded; ``seq`` is its place among the records."""

    id: str
    task: str
    owner: str
    digest: str
    seq: int
    created_at: datetime


class ReceiptView(Wire):
    """What an owner agreed to; ``words`` is empty in records of before there were any."""

    record: str
    contribution: str
    state: str
    words: str
    envelope: JsonObject
    created_at: datetime


class WithdrawalView(Wire):
    """What follows from a withdrawal, or would: ``record`` is null before it is signed."""

    contribution: str
    task: str
    owner: str
    file_name: str
    file_sha256: str
    state: str
    n_rows: int
    record: str | None
    n_files_deleted: int
    n_files_kept: int
    n_drafts: int
    n_rows_returned: int
    models: list[str]
    studies: list[str]
    jobs: list[str]
    epochs: list[int]
    paid: str


class WithdrawnData(Wire):
    """Rows that a run has read and that their owner withdrew later."""

    contribution: str
    owner: str
    withdrawn_at: datetime
