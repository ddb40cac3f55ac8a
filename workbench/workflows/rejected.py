"""Rejected: the rows of a contribution that did not pass, with the reason of each."""

import json
from pathlib import Path

from workbench.core.errors import NotFoundError
from workbench.workflows.contribute import get_contribution
from workbench.workflows.home import Home


def rejected_rows(home: Home, contribution_id: str) -> Path:
    """Return where the rejected rows of a contribution lie, as JSON Lines.

    Raises
    ------
    NotFoundError
        There is no such contribution, none of its rows was rejected, or its file is gone.
    """
    known = get_contribution(home, contribution_id)
    [row] = home.database.read("contribution_by_id", {"id": known.id})
    digest = json.loads(row["findings"]).get("rejected")
    if digest is None or not home.blobs.has(digest):
        why = "it was withdrawn" if known.state == "withdrawn" else "no row was rejected by name"
        raise NotFoundError(
            f"there are no rejected rows of {known.id[:12]}: {why}",
            wanted="a contribution with dropped or held rows, checked since these are kept",
            next_step=f"see its findings: workbench contribution show {known.id}",
        )
    return home.blobs.path(digest)
