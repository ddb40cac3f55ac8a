"""Which of an owner's rows helped and hurt, told by number to whoever asks why."""

import json
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.wire import RowValue, StudyView
from workbench.registry.recipe import recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.reproduce_study import StudyAgain

_MODEL: Final = "model:"


@dataclass(frozen=True)
class RowValues:
    """The rows of one owner that stand out.

    Attributes
    ----------
    helped, hurt : most first.
    says : how they were found, or why there are none.
    """

    helped: list[RowValue]
    hurt: list[RowValue]
    says: str


def find_row_values(home: Home, study: StudyView, spec: TaskSpec, owner: str) -> RowValues:
    """Return an owner's rows that helped and hurt most, by KNN-Shapley, in a worker.

    Rows are named by contribution and number: what they hold stays where it is.
    """
    if not KINDS[spec.kind].has_classes:
        return RowValues(
            [],
            [],
            f"no single rows: those of a {spec.kind} task have no labels by which neighbours vote",
        )
    [run] = home.database.read("run_by_id", {"id": study.id})
    inputs = StudyAgain.of(home, run).inputs
    gone = [
        name
        for name, digest in sorted(inputs.items())
        if not digest.startswith(_MODEL) and not home.blobs.has(digest)
    ]
    if gone:
        return RowValues(
            [], [], f"no single rows: {gone[0]} is not here, withdrawn or kept at home"
        )
    job = JobSpec(
        recipe="row-values",
        inputs=inputs,
        parameters={
            "rows": KINDS[spec.kind].rows,
            "owner": owner,
            "trained": recipe_parameters(spec),
        },
        environment=home.environment,
    )
    outcome = home.executor.run(job)
    outcome.discard()
    found: dict[str, Any] = outcome.result
    names = _contributions(home, study, run, owner)
    helped, hurt = (
        [
            RowValue(**names[inputs[one["input"]]], row=one["row"], value=one["value"])
            for one in found[side]
        ]
        for side in ("helped", "hurt")
    )
    says = (
        f"by KNN-Shapley: what each of {found['n_rows']:,} rows adds to the part of"
        f" {found['n_test_rows']:,} hidden test rows that its neighbours tell rightly;"
        f" {owner}'s add {found['total']:+.4f}. Nobody is paid by it"
    )
    return RowValues(helped, hurt, says)


def _contributions(
    home: Home, study: StudyView, run: dict[str, Any], owner: str
) -> dict[str, dict[str, str]]:
    """Return contribution and file name of the owner's rows in a study, by their digest.

    Rows that an earlier claim took since are named by what counted then.
    """
    known = {one["sha256"] for one in json.loads(run["details"])["datasets"]}
    return {
        digest: {"contribution": row["id"], "file_name": row["file_name"]}
        for row in home.database.read("contributions_of_task", {"task": study.task})
        if row["owner"] == owner
        for digest in {row["rows_sha256"], *_counted(home, row["id"])} & known
    }


def _counted(home: Home, contribution: str) -> list[str]:
    found = home.database.read("counted_records", {"id": contribution})
    return [one["rows_sha256"] for one in found]
