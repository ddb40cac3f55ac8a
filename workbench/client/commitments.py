"""Commitments of one person: what opens them is kept beside the keys, until it is needed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.client.display import Column, Shown, Table
from workbench.core.commitment import commitment_digest, make_salt
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError, NotFoundError
from workbench.core.folders import private_folder
from workbench.core.new_file import put_whole
from workbench.core.wire import CommitmentView, Opening, SignedRequest

Sign = Callable[[str, dict[str, Any]], SignedRequest]


@dataclass(frozen=True)
class Note:
    """What a person keeps of a commitment.

    Attributes
    ----------
    task, owner, file_sha256 : what was committed to.
    file_name : as the person called it.
    salt : 64 hexadecimal digits; whoever has it can test files against the commitment.
    envelope : the signed record.
    """

    task: str
    owner: str
    file_sha256: str
    file_name: str
    salt: str
    envelope: dict[str, Any]

    @property
    def id(self) -> str:
        """The commitment's content id."""
        return Envelope.from_json(self.envelope).content_id

    @property
    def home(self) -> str | None:
        """Public key of the home that it was made for; None of before records named one."""
        return Envelope.from_json(self.envelope).home

    @property
    def opening(self) -> Opening:
        """What a draft shows the gates."""
        return Opening(commitment=self.id, salt=self.salt)

    @property
    def reveal(self) -> dict[str, str]:
        """What a submission says, for anybody to check."""
        return {"commitment": self.id, "salt": self.salt, "file_sha256": self.file_sha256}


class Commitment(Shown):
    """A commitment as it was recorded, and where what opens it is kept.

    Parameters
    ----------
    view : the record.
    note : what opens it.
    folder : where the note lies.
    """

    def __init__(self, view: CommitmentView, note: Note, folder: Path) -> None:
        self.view = view
        self.note = note
        self.folder = folder

    @property
    def id(self) -> str:
        """The commitment's id."""
        return self.view.id

    def _table(self) -> Table:
        view, note = self.view, self.note
        rows = [
            ["record", view.id],
            ["since", f"{view.created_at:%Y-%m-%d %H:%M:%S %Z}, number {view.seq} of the records"],
            ["digest", view.digest],
        ]
        return Table(
            f"{view.owner} has committed to {note.file_name} for {view.task}",
            [Column("what"), Column("")],
            rows,
            [
                f"What opens it is kept in {self.folder / view.id}.json",
                "Nobody has seen the file. Keep both as they are, then contribute the same file: "
                f"workbench contribute {view.task} FILE",
            ],
        )


class Commitments:
    """The notes in a folder that only the person can read.

    Parameters
    ----------
    folder : made when the first note is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, sign: Sign, *, task: str, owner: str, file_sha256: str, file_name: str) -> Note:
        """Return a new commitment, signed and kept.

        It is on disk before anybody else hears of it: a salt that is lost opens nothing.

        Parameters
        ----------
        sign : returns a signed record of a kind and a body.
        """
        salt = make_salt()
        digest = commitment_digest(salt, task, owner, file_sha256)
        body = {"task": task, "owner": owner, "digest": digest}
        envelope = sign("commitment", body).envelope
        note = Note(task, owner, file_sha256, file_name, salt, envelope)
        self._keep(note)
        return note

    def find(self, *, task: str, owner: str, file_sha256: str) -> list[Note]:
        """Return the commitments to a file, in whatever homes."""
        asked = (task, owner, file_sha256)
        return [note for note in self.all() if (note.task, note.owner, note.file_sha256) == asked]

    def note(self, commitment: str) -> Note:
        """Return the note of a commitment.

        Raises
        ------
        NotFoundError
            It is not kept here.
        """
        path = self._path(commitment)
        if not path.is_file():
            raise NotFoundError(
                f"what opens the commitment {commitment[:12]} is not on this machine",
                wanted=f"its note {path}",
                next_step="submit from where the commitment was signed, or copy its note here",
            )
        return _read(path)

    def all(self) -> list[Note]:
        """Return every note, by file name."""
        return [_read(path) for path in sorted(self.folder.glob("*.json"))]

    def _path(self, commitment: str) -> Path:
        return self.folder / f"{commitment}.json"

    def _keep(self, note: Note) -> None:
        private_folder(self.folder)
        put_whole(self._path(note.id), json.dumps(vars(note)).encode(), mode=0o600)


def _read(path: Path) -> Note:
    try:
        return Note(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise CorruptHomeError(
            f"the note {path} of a commitment cannot be read",
            wanted="the file as it was written",
            next_step="bring it back from a backup: without it the commitment opens nothing",
        ) from error
