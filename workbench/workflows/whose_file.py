"""Whose a file is: a digest stands in records that everybody may read, and must open nothing.

Who names the digest of another owner group's file, or of a hidden test, would read its rows: in
the first rows, among the rejected ones, in a model that keeps them.
"""

from datetime import UTC, datetime

from workbench.core.errors import ForbiddenError
from workbench.workflows.home import Home


def refuse_file_of_others(
    home: Home, sha256: str, owner: str, known_before: datetime | None = None
) -> None:
    """Raise unless a file may be read in the name of an owner group.

    Parameters
    ----------
    owner : who offers it.
    known_before : when the owner group committed to it: what others brought later counts not.

    Raises
    ------
    ForbiddenError
        Another owner group has brought it, or it is the hidden test of one.
    """
    before = known_before or datetime.max.replace(tzinfo=UTC)
    asked = {"sha256": sha256, "owner": owner, "before": before}
    if home.database.read("file_of_others", asked):
        raise ForbiddenError(
            f"the file {sha256[:12]} is not {owner}'s alone",
            wanted="a file that only your own owner group has brought",
            next_step="upload a file of your own; one that others may have, too, commit to first",
        )
