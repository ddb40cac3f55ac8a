"""Access: tokens that let a team's principals in, one each or more."""

from typing import Any

from workbench.core.access_tokens import is_access_token, token_sha256
from workbench.core.errors import ConflictError, ForbiddenError, InvalidMoveError, NotFoundError
from workbench.core.keys import check_identity_name
from workbench.core.roles import Caller, roles_of_text
from workbench.core.wire import AccessRequest, AccessView
from workbench.storage.database import Transaction
from workbench.workflows.home import Home


def grant(home: Home, request: AccessRequest) -> AccessView:
    """Let in whoever has the token of this digest, as a principal that may register later.

    Raises
    ------
    InvalidMoveError
        This is a home of one person, in which a token would open everything.
    ConflictError
        The token is another principal's, or was revoked.
    """
    name = check_identity_name(request.principal)

    def write(tx: Transaction) -> AccessView:
        if not tx.execute("admins"):
            raise InvalidMoveError(
                "this is a home of one person: nobody has a role yet",
                wanted="a team, in which roles say what a token is good for",
                next_step="make somebody its admin: workbench role give NAME admin --sign",
            )
        known = [row for row in _all(tx) if row["sha256"] == request.sha256]
        if known and (known[0]["principal"] != name or known[0]["revoked_at"]):
            raise ConflictError("this token was granted before", next_step="make another")
        if not known:
            values = {"sha256": request.sha256, "principal": name, "now": tx.now}
            tx.execute("insert_access_token", values)
        return next(_view(row) for row in _all(tx) if row["sha256"] == request.sha256)

    return home.database.write(write)


def revoke(home: Home, name: str) -> list[AccessView]:
    """Let nobody in any more by a token of a principal; return all that it ever had.

    Raises
    ------
    NotFoundError
        It never had one.
    """

    def write(tx: Transaction) -> list[AccessView]:
        tx.execute("revoke_access_tokens", {"principal": name, "now": tx.now})
        return [_view(row) for row in tx.execute("access_tokens", {"principal": name})]

    revoked = home.database.write(write)
    if not revoked:
        raise NotFoundError(
            f"{name[:80]!r} never had a token", next_step="see who has: workbench access list"
        )
    return revoked


def list_tokens(home: Home) -> list[AccessView]:
    """Return all tokens by their digests, oldest first."""
    return [_view(row) for row in home.database.read("access_tokens", {"principal": None})]


def find_caller(home: Home, token: str) -> Caller | None:
    """Return whom a token lets in; None if nobody."""
    # What is no token of ours does not reach the database.
    if not is_access_token(token):
        return None
    rows = home.database.read("caller_by_token", {"sha256": token_sha256(token)})
    if not rows:
        return None
    [row] = rows
    return Caller(row["name"], row["public_key"], roles_of_text(row["roles"] or ""), row["owner"])


def check_author(caller: Caller, message: Any) -> None:
    """Raise unless a signed record that a principal sends is its own.

    Parameters
    ----------
    message : JSON; a record is the object at ``envelope``.

    Raises
    ------
    ForbiddenError
        The record is of another key than the caller's, or registers another name.
    """
    envelope = message.get("envelope") if isinstance(message, dict) else None
    if caller.name is None or not isinstance(envelope, dict):
        return
    kind, body = envelope.get("kind"), envelope.get("body")
    said = body if isinstance(body, dict) else {}
    if (kind, said.get("principal")) == ("rotation", caller.name):
        # Sent again after a lost answer, it is signed by a key that is replaced by now.
        return
    if caller.public_key is None:
        if (kind, said.get("name")) != ("principal", caller.name):
            raise ForbiddenError(
                f"the token is of {caller.name}, who is not registered yet",
                wanted=f"its registration, under the name {caller.name!r}",
                next_step=f"workbench init --as {caller.name}",
            )
    elif envelope.get("author") != caller.public_key:
        raise ForbiddenError(
            f"the record is signed by another key than that of {caller.name}, whose token it is",
            wanted=f"a signature by {caller.public_key[:16]}…",
            next_step=f"sign as {caller.name} (--as {caller.name}), or send your own token",
        )


def check_own_group(caller: Caller, owner: str) -> None:
    """Raise unless what a caller offers is its own owner group's.

    Raises
    ------
    ForbiddenError
        It is another group's: nobody of it has asked for this.
    """
    if caller.name is not None and caller.owner != owner:
        raise ForbiddenError(
            f"{caller.name}, whose token it is, signs for {caller.owner or 'nobody yet'}, "
            f"not for {owner[:80]}",
            wanted=f"data of {caller.owner}" if caller.owner else "a registered principal",
            next_step="offer it for your own owner group, or let somebody of the other one do it",
        )


def check_sees_rows(caller: Caller, owner: str) -> None:
    """Raise unless a caller may see single rows of an owner group: of its own, or to check them.

    Raises
    ------
    ForbiddenError
        They are another group's, and the caller is neither a reviewer nor an admin.
    """
    if caller.name is not None and caller.owner != owner and not caller.plays(["reviewer"]):
        raise ForbiddenError(
            f"the rows are of {owner[:80]}, and {caller.name} signs for "
            f"{caller.owner or 'nobody yet'}",
            wanted="somebody of that owner group, a reviewer or an admin",
            next_step="ask without the rows: the amounts and values are everybody's to read",
        )


def check_own_job(home: Home, caller: Caller, job_id: str) -> None:
    """Raise unless the caller may steer a job: whoever asked for it last, or an admin.

    Raises
    ------
    ForbiddenError
        Somebody else asked for it.
    NotFoundError
        There is no such job.
    """
    home.jobs.get(job_id)
    [row] = home.database.read("job_by_id", {"id": job_id})
    if "admin" not in caller.roles and row["requested_by"] != caller.name:
        raise ForbiddenError(
            f"the job is of {row['requested_by'] or 'the person whose machine this is'}",
            wanted="whoever asked for it, or an admin",
        )


def _all(tx: Transaction) -> list[dict[str, Any]]:
    return tx.execute("access_tokens", {"principal": None})


def _view(row: dict[str, Any]) -> AccessView:
    return AccessView(**row)
