"""Canonical rows of a tabular task as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.core.errors import InvalidInputError
from workbench.training.inputs import read_objects
from workbench.training.parameters import Classes, Parameters

Estimator = Literal[
    "logistic-regression",
    "ridge",
    "linear-discriminant-analysis",
    "gaussian-naive-bayes",
    "k-nearest-neighbours",
    "random-forest",
]


class TabularParameters(Parameters):
    """How a classifier is trained and measured; shared by all tabular recipes of a task.

    Attributes
    ----------
    classes : the task's labels; a model knows them all, whatever its rows show.
    estimator : from the allow list; each is stored as plain arrays. A model of nearest
        neighbours holds the very rows it learnt from, and whoever has it can read them.
    metric : of a utility. ``log-likelihood`` moves with every row; accuracy in whole test
        rows, which hides small contributions.
    n_features : checked when given.
    inverse_regularisation : C of the logistic regression, 1 over the ridge's penalty.
    iterations : of the logistic regression's optimiser, at most.
    n_neighbours : that vote; all rows where there are fewer.
    n_trees : of the random forest.
    """

    classes: Classes
    estimator: Estimator = "logistic-regression"
    metric: Literal["log-likelihood", "accuracy"] = "log-likelihood"
    n_features: int | None = Field(default=None, ge=1)
    inverse_regularisation: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    iterations: int = Field(default=100, ge=1, le=10_000)
    n_neighbours: int = Field(default=5, ge=1, le=1_000)
    n_trees: int = Field(default=100, ge=1, le=1_000)


@dataclass(frozen=True)
class Table:
    """Rows as arrays.

    Attributes
    ----------
    features : float64 (n_rows, n_features), finite.
    labels : int64 (n_rows,); places in the task's classes.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def joined(cls, tables: Sequence["Table"]) -> "Table":
        """Return the rows of several tables, at least one, in their order."""
        return cls(
            np.concatenate([table.features for table in tables]),
            np.concatenate([table.labels for table in tables]),
        )


def read_table(path: Path, label: str, parameters: TabularParameters) -> Table:
    """Read one canonical rows blob.

    Raises
    ------
    InvalidInputError
        There are no rows, or one has a feature that is no finite number, another number of
        features, or a label outside the task's classes.
    """
    known = {name: place for place, name in enumerate(parameters.classes)}
    features: list[list[float]] = []
    labels = []
    width = parameters.n_features
    for number, row in enumerate(read_objects(path, label), 1):
        values = row.get("features")
        width = len(values) if width is None and isinstance(values, list) else width
        if not isinstance(values, list) or not _finite(values) or len(values) != width:
            raise _bad_row(label, number, "has features that are not", f"{width} finite numbers")
        if row.get("label") not in known:
            wanted = f"one of {', '.join(parameters.classes)}"
            raise _bad_row(label, number, f"is labelled {row.get('label')!r}, not", wanted)
        features.append(values)
        labels.append(known[row["label"]])
    if not labels:
        raise InvalidInputError(
            f"{label} has no rows",
            wanted="at least one row",
            next_step="look at the file: it is empty",
            input=label,
        )
    return Table(np.asarray(features, dtype=np.float64), np.asarray(labels, dtype=np.int64))


def read_tables(paths: Mapping[str, Path], parameters: TabularParameters) -> dict[str, Table]:
    """Read several blobs, all of one width.

    Raises
    ------
    InvalidInputError
        As ``read_table``, or two blobs have different numbers of features.
    """
    tables: dict[str, Table] = {}
    for name, path in paths.items():
        tables[name] = read_table(path, name, parameters)
        width = tables[name].features.shape[1]
        parameters = parameters.model_copy(update={"n_features": width})
    return tables


def _finite(values: Sequence[object]) -> bool:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return bool(values) and len(numbers) == len(values) and bool(np.isfinite(numbers).all())


def _bad_row(label: str, number: int, found: str, wanted: str) -> InvalidInputError:
    return InvalidInputError(
        f"row {number} of {label} {found} {wanted}",
        wanted=wanted,
        next_step="correct the row and send the file again",
        input=label,
        row=number,
    )
