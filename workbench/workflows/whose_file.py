"""Whose a file is: a digest stands in records that everybody may read, and must open nothing.

Who names the digest of another owner group's file, or of a hidden test, would read its rows: in
the first rows, among the rejected ones, in a model that keeps them. So whoever names a file must
have sent it: the digest of bytes is public, the bytes are not.
"""

from typing import Final

from workbench.core.errors import ForbiddenError
from workbench.core.roles import Caller
from workbench.workflows.home import Home

THE_MACHINES: Final = Caller(None, None, ("admin",))
"""The person whose machine this is, who can read every file of it anyway."""


def note_upload(home: Home, caller: Caller, sha256: str) -> None:
    """Remember who has sent a file; the same again changes nothing."""
    if caller.name is None:
        return
    row = {"sha256": sha256, "principal": caller.name}
    if not home.database.read("upload_of", row | {"owner": None}):
        home.database.write(lambda tx: tx.execute("insert_upload", row | {"now": tx.now}))


def check_has_file(home: Home, caller: Caller, sha256: str) -> None:
    """Raise unless a caller has sent a file, or its owner group has or was given it here.

    Raises
    ------
    ForbiddenError
        Nobody of the group has: that others have says nothing.
    """
    if caller.name is None:
        return
    asked = {"sha256": sha256, "principal": caller.name, "owner": caller.owner}
    if not home.database.read("upload_of", asked):
        raise ForbiddenError(
            f"{caller.name}, whose token it is, has not sent the file {sha256[:12]}",
            wanted="a file that somebody of your own owner group has sent, not a digest alone",
            next_step="send the file, then name it again",
        )
