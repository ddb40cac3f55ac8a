"""The inputs of training jobs: accepted rows by owner, the hidden test, the base model."""

import difflib
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.canonical import content_id
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.registry.task import TaskSpec
from workbench.workflows.hidden_tests import hidden_rows
from workbench.workflows.home import Home
from workbench.workflows.row_claims import count_rows

_MOST_NAMED: Final = 20


@dataclass(frozen=True)
class OwnerRows:
    """The accepted rows of one owner group.

    Attributes
    ----------
    owner : owner group.
    rows : digests of the canonical rows of each contribution, sorted.
    n_rows : rows in all.
    """

    owner: str
    rows: tuple[str, ...]
    n_rows: int

    @property
    def digest(self) -> str:
        """Content id of the owner's data: another one makes another player."""
        return content_id(list(self.rows))

    def inputs(self) -> dict[str, str]:
        """Return input names and digests for a job."""
        return {f"rows:{self.owner}:{k}": digest for k, digest in enumerate(self.rows)}


def owner_rows(home: Home, task_id: str, owners: list[str] | None = None) -> list[OwnerRows]:
    """Return the accepted rows of a task by owner, in order of the owner's name.

    Raises
    ------
    NotFoundError
        Nothing is accepted yet, or an owner named has nothing accepted.
    """
    count_rows(home, task_id)
    by_owner: dict[str, list[dict[str, Any]]] = {}
    for row in home.database.read("accepted_contributions", {"task": task_id}):
        by_owner.setdefault(row["owner"], []).append(row)
    if not by_owner:
        raise NotFoundError(
            f"no contribution to {task_id} is accepted yet",
            wanted="accepted rows",
            next_step="contribute first: workbench contribute",
        )
    chosen = sorted(by_owner) if owners is None else sorted(set(owners))
    for owner in chosen:
        if owner not in by_owner:
            raise NotFoundError(
                f"{owner!r} has no accepted contribution to {task_id}",
                wanted=f"owners among: {', '.join(sorted(by_owner)[:_MOST_NAMED])}",
                next_step=f"see who has contributed: workbench contribution list {task_id}",
                nearest=difflib.get_close_matches(owner, by_owner, n=3),
            )
    if not chosen:
        raise InvalidInputError("no owner is named", wanted="one owner at least")
    return [
        OwnerRows(
            owner,
            tuple(row["rows_sha256"] for row in by_owner[owner]),
            sum(row["n_rows"] for row in by_owner[owner]),
        )
        for owner in chosen
    ]


def job_inputs(home: Home, spec: TaskSpec, owners: list[OwnerRows]) -> dict[str, str]:
    """Return the inputs that every training job of a task has."""
    inputs = {"test": hidden_rows(home, spec.id)}
    if spec.base is not None:
        inputs["base"] = f"model:{spec.base['digest']}"
    for owner in owners:
        inputs |= owner.inputs()
    return inputs
