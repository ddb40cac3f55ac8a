"""Croissant: metadata of accepted data, for whoever looks for data sets or loads them."""

import json
from collections.abc import Sequence
from typing import Any

from workbench.core.errors import InvalidMoveError, NotFoundError
from workbench.core.wire import ContributionView
from workbench.registry.croissant import AcceptedRows, croissant
from workbench.workflows.contribute import get_contribution, list_contributions
from workbench.workflows.home import Home
from workbench.workflows.tasks import get_spec


def croissant_of_contribution(home: Home, contribution_id: str) -> dict[str, Any]:
    """Return the metadata of an accepted contribution.

    Raises
    ------
    InvalidMoveError
        It is not accepted: nobody may use its rows.
    NotFoundError
        No contribution has this id.
    """
    known = get_contribution(home, contribution_id)
    if known.state != "accepted":
        raise InvalidMoveError(
            f"the contribution is {known.state}",
            wanted="one that is accepted: metadata describe data that may be used",
            next_step=f"see what there is: workbench contribution list {known.task}",
        )
    return _describe(home, known.task, [known])


def croissant_of_task(home: Home, task_id: str) -> dict[str, Any]:
    """Return the metadata of all data that a task has accepted.

    Raises
    ------
    NotFoundError
        There is no such task, or it has accepted nothing yet.
    """
    found = [one for one in list_contributions(home, task_id) if one.state == "accepted"]
    if not found:
        raise NotFoundError(
            f"no contribution to {task_id} is accepted yet",
            wanted="accepted rows",
            next_step=f"contribute first: workbench contribute {task_id} FILE",
        )
    return _describe(home, task_id, found)


def _describe(home: Home, task_id: str, found: Sequence[ContributionView]) -> dict[str, Any]:
    spec = get_spec(home, task_id)
    return croissant(task_id, spec.title, spec.kind, [_accepted(home, one) for one in found])


def _accepted(home: Home, known: ContributionView) -> AcceptedRows:
    path = home.blobs.path(known.rows_sha256)
    columns: set[str] = set()
    with path.open("rb") as lines:
        for line in lines:
            columns.update(json.loads(line))
    return AcceptedRows(
        id=known.id,
        owner=known.owner,
        license=known.license,
        sha256=known.rows_sha256,
        n_bytes=path.stat().st_size,
        n_rows=known.n_rows,
        columns=frozenset(columns),
        accepted_at=known.updated_at,
    )
