"""Commit: an owner has a file, and says so before anybody may see it.

A row belongs to whoever claimed it first. A contribution claims its rows when it is submitted;
if its file was committed to before, from the commitment on. The order in which commitments are
opened changes nothing about whose a row is.
"""

import json
from typing import Any, Final

from workbench.core.commitment import commitment_digest
from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.wire import CommitmentView, DraftRequest, Opening
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.tasks import get_task

NOW: Final = 2**62
"""The claim of what is not committed to: after every record that there is."""

_KIND: Final = "commitment"


def commit(home: Home, task_id: str, envelope_json: dict[str, Any]) -> CommitmentView:
    """Record a commitment; the same record again changes nothing.

    Raises
    ------
    ForbiddenError
        It is signed for another owner group.
    InvalidInputError
        It is for another task, or its body is not that of a commitment.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind=_KIND)
    get_task(home, task_id)
    match envelope.body:
        case {"task": str(task), "owner": str(owner), "digest": str(digest), **rest} if not rest:
            _check_digest(digest)
        case _:
            raise InvalidInputError(
                "the body of a commitment is wrong", wanted='{"task", "owner", "digest"}'
            )
    if task != task_id:
        raise InvalidInputError(f"the commitment is for {task!r:.80}", wanted=repr(task_id))
    person = signing_as(home, envelope, "contributor")
    if person.owner != owner:
        raise ForbiddenError(
            f"{person.name} signs for {person.owner!r}, not for {owner!r:.80}",
            next_step="sign as a principal of the owner",
        )

    def write(tx: Transaction) -> None:
        signing_as_in(tx, envelope, "contributor")
        record.append(tx, envelope)

    home.database.write(write)
    return _view(_record(home, envelope.content_id))


def list_commitments(home: Home, task_id: str) -> list[CommitmentView]:
    """Return a task's commitments, the earliest first."""
    get_task(home, task_id)
    return [_view(row) for row in home.database.read("commitments_of_task", {"task": task_id})]


def check_opening(home: Home, task_id: str, request: DraftRequest) -> None:
    """Raise unless a draft's file is the one that its commitment was made for.

    Raises
    ------
    InvalidInputError
        The salt opens the commitment for another file, task or owner, or not at all.
    NotFoundError
        There is no such commitment.
    """
    if request.opening is not None:
        _check_opens(home, request.opening, task_id, request.owner, request.file_sha256)


def claim_of(home: Home, request: DraftRequest) -> int:
    """Return from which record on a draft's rows are claimed; ``NOW`` without a commitment."""
    if request.opening is None:
        return NOW
    return int(_record(home, request.opening.commitment)["seq"])


def check_reveal(home: Home, body: dict[str, Any], commitment: str | None) -> None:
    """Raise unless a submission opens the commitment by which its draft was checked.

    Parameters
    ----------
    body : of the signed submission; ``reveal`` holds ``commitment``, ``salt`` and the digest of
        the file that was committed to: of a masked draft the file before it was masked.
    commitment : of the draft.
    """
    match body.get("reveal"):
        case None if commitment is None:
            return
        case {"commitment": str(name), "salt": str(salt), "file_sha256": str(file), **rest} if (
            name == commitment and not rest
        ):
            opening = Opening(commitment=name, salt=salt)
            _check_opens(home, opening, body["task"], body["owner"], file)
        case found:
            raise InvalidInputError(
                f"the submission reveals {found!r:.100}",
                wanted=f"what opens the commitment {commitment}" if commitment else "nothing",
                next_step="submit it where the commitment was signed: its salt lies beside the key",
            )


def _check_opens(home: Home, opening: Opening, task: str, owner: str, file_sha256: str) -> None:
    body = json.loads(_record(home, opening.commitment)["envelope"])["body"]
    digest = commitment_digest(opening.salt, task, owner, file_sha256)
    if (body["task"], body["owner"], body["digest"]) != (task, owner, digest):
        raise InvalidInputError(
            f"the commitment {opening.commitment[:12]} is not opened by this file and salt",
            wanted=f"the very file that {body['owner']} committed to for {body['task']}",
            next_step="contribute that file, or another one without a commitment",
        )


def _check_digest(digest: str) -> None:
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise InvalidInputError(f"{digest!r:.80} is no digest", wanted="64 hexadecimal digits")


def _record(home: Home, identity: str) -> Row:
    rows = home.database.read("record_by_content_id", {"content_id": identity})
    if not rows or rows[0]["kind"] != _KIND:
        raise NotFoundError(
            f"no commitment has the id {identity[:80]!r}",
            next_step="commit first: workbench commit TASK FILE --sign",
        )
    return rows[0]


def _view(row: Row) -> CommitmentView:
    body = json.loads(row["envelope"])["body"]
    return CommitmentView(
        id=row["content_id"], **body, seq=row["seq"], created_at=row["created_at"]
    )
