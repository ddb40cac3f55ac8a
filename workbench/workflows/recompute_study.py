"""The first half of a recomputation: from recorded utilities to sealed units."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError
from workbench.core.units import UNITS_PER_METRIC, sealed_units
from workbench.core.wire import DifferenceView, StepView
from workbench.registry.task import TaskSpec
from workbench.registry.valuation import signed_values
from workbench.valuation.values import Values
from workbench.workflows.home import Home
from workbench.workflows.reproduce_study import StudyAgain
from workbench.workflows.seal import computed_in_sql
from workbench.workflows.steps import checked, unequal

Row = dict[str, Any]

# The rule sums in another order than the database, and other machines round otherwise. What
# was signed is paid by; so much of the largest value is no other result.
_LAST_BITS: Final = 1e-9
_SHOWN: Final = ("standard_error", "low", "high", "probability_of_rank", "rank")
_ASKED: Final = ("game", "task", "method", "answered_by", "budget", "seed")


@dataclass(frozen=True)
class StudyBooks:
    """What is recorded of a sealed study, and what was signed of it.

    Attributes
    ----------
    home : where it is recorded.
    row : of the study.
    task : row of its task.
    seal : what the server signed.
    rules : what the sponsor signed.
    """

    home: Home
    row: Row
    task: Row
    seal: Envelope
    rules: TaskSpec

    @classmethod
    def read(cls, home: Home, row: Row) -> "StudyBooks":
        """Read the books of a sealed study.

        Raises
        ------
        CorruptHomeError, SignatureError
            A record is gone, or is not what was signed.
        """
        [task] = home.database.read("tasks", {"id": row["task"]})
        seal = signed_record(home, "the study's seal", row["record"], "valuation")
        rules = signed_record(home, "the task's rules", task["record"], "task")
        return cls(home, row, task, seal, TaskSpec.from_body(rules.body))

    @property
    def signed(self) -> list[Row]:
        """Owner, rows and units of each player, as the server signed them."""
        rows: list[Row] = self.seal.body["values"]
        return rows

    def record_differences(self) -> list[DifferenceView]:
        """Return where the study is not what its seal says, or the task not what was signed."""
        body, row = self.seal.body, self.row
        mirrored = self.home.database.read("mirrored_runs", {"run": row["id"]})
        server = mirrored[0]["origin"] if mirrored else self.home.origin
        options = json.loads(row["options"]) | {"n_replicates": row["n_replicates"]}
        return unequal(
            {f"{name} of the study": (row[name], body[name]) for name in _ASKED}
            | {
                "study of the seal": (row["id"], body["study"]),
                "options of the study": (options, body["options"]),
                "author of the seal": (server, self.seal.author),
                "rules of the task": (json.loads(self.task["spec"]), self.rules.to_body()),
            }
        )


def study_steps(books: StudyBooks) -> Iterator[StepView]:
    """Yield each step of a study: utilities, values, sealed units."""
    evidence = books.home.database.read("study_coalitions", {"study": books.row["id"]})
    found = content_id([[one["coalition"], one["utility"]] for one in evidence])
    yield checked(
        "utilities",
        f"{len(evidence)} coalition utilities are those the seal names",
        lambda: unequal({"digest of the utilities": (found, books.seal.body["evidence"])}),
    )
    computed: list[Values] = []

    def compare() -> list[DifferenceView]:
        again = StudyAgain.of(books.home, _run(books))
        by_rule = again.recompute()
        in_sql = computed_in_sql(books.home, again.study, by_rule)
        computed.append(in_sql)
        owners = [one.owner for one in again.owners]
        return [
            one
            for way, values in ((" in SQL", in_sql), ("", by_rule))
            if way == "" or values is not by_rule
            for one in _value_differences(books.signed, owners, values, way)
        ]

    yield checked(
        "values",
        f"{books.row['answered_by']} gives the values of {len(books.signed)} owners again",
        compare,
    )
    yield checked(
        "sealed units",
        "values in whole 10⁻¹² of the metric, intervals and ranks are as they were sealed",
        lambda: _sealed_differences(books, computed[0] if computed else None),
    )


def signed_record(home: Home, name: str, identity: str, kind: str) -> Envelope:
    """Return a record whose signature and content id are checked.

    Raises
    ------
    CorruptHomeError
        It is not there, or is another than its id says.
    SignatureError
        Its signature does not verify.
    """
    rows = home.database.read("record_by_content_id", {"content_id": identity})
    envelope = Envelope.from_json(json.loads(rows[0]["envelope"])) if rows else None
    if envelope is None or envelope.content_id != identity:
        raise CorruptHomeError(
            f"the record of {name} is {'another' if rows else 'gone'}",
            wanted=f"the record {identity}",
            next_step="take the home from a backup or a mirror",
        )
    return envelope.verify(kind=kind)


def _run(books: StudyBooks) -> Row:
    rows = books.home.database.read("run_by_id", {"id": books.row["id"]})
    if not rows:
        raise CorruptHomeError("the study has no run", wanted="its run, which names its rows")
    return rows[0]


def _value_differences(
    signed: Sequence[Row], owners: Sequence[str], values: Values, way: str
) -> list[DifferenceView]:
    """Return whose values do not follow from the utilities, in sealed units."""
    sealed = {row["owner"]: int(row["units"]) for row in signed}
    found = dict(zip(owners, map(sealed_units, values.value.tolist()), strict=True))
    near = _LAST_BITS * max(map(abs, found.values()))
    return unequal(
        {
            f"value of {owner}{way}": (sealed.get(owner), found.get(owner))
            for owner in sorted({*sealed, *found})
            if not (
                owner in sealed and owner in found and abs(sealed[owner] - found[owner]) <= near
            )
        }
    )


def _sealed_differences(books: StudyBooks, values: Values | None) -> list[DifferenceView]:
    """Return what the table of values shows and was not signed or does not follow."""
    rows = books.home.database.read("sealed_values_in_order", {"study": books.row["id"]})
    stored = {row["owner"]: row for row in signed_values(rows, books.rules.pay_on)}
    signed = {row["owner"]: row for row in books.signed}
    differences = unequal(
        {
            f"{name} of {owner}": (stored.get(owner, {}).get(name), signed.get(owner, {}).get(name))
            for owner in sorted({*stored, *signed})
            for name in ("owner", "n_rows", "units", "low_units")
        }
        | {f"value of {row['owner']}": (sealed_units(row["value"]), row["units"]) for row in rows}
    )
    if values is None or len(rows) != len(values.value):
        return differences
    for name in _SHOWN:
        column = getattr(values, name).tolist()
        near = _LAST_BITS * max(1 / UNITS_PER_METRIC, float(np.abs(column).max()))
        differences += unequal(
            {
                f"{name} of {row['owner']}": (row[name], found)
                for row, found in zip(rows, column, strict=True)
                if not abs(row[name] - found) <= near
            }
        )
    return differences
