"""Recipe ``row-values``: which rows of an owner helped and hurt a nearest-neighbour vote."""

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.core.jobs import JobContext
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.parameters import Parameters, read_parameters
from workbench.training.tabular_rows import Table, TabularParameters, read_tables
from workbench.training.text_parameters import TextParameters
from workbench.valuation.knn_shapley import knn_shapley

# Distances that are worth waiting for; past them every n-th test row is asked.
_MOST_DISTANCES: Final = 50_000_000


class RowValueParameters(Parameters):
    """Whose rows are wanted, and how rows become numbers.

    Attributes
    ----------
    rows : shape of the task's rows.
    owner : owner group.
    trained : parameters of the task's recipe, which decide a row's features.
    n_neighbours : that vote.
    most : rows that are told, of those that helped and of those that hurt.
    """

    rows: Literal["table", "labelled text"]
    owner: str
    trained: dict[str, Any]
    n_neighbours: int = Field(default=5, ge=1, le=100)
    most: int = Field(default=5, ge=1, le=100)


def run(context: JobContext) -> dict[str, Any]:
    """Value every training row by KNN-Shapley, and tell the owner's that stand out.

    All owners' rows take part, since a row's value depends on its neighbours; only the named
    owner's are told, by their places and not by what they hold.

    Returns
    -------
    dict
        ``helped`` and ``hurt``: ``{input, row, value}``, most first; ``row`` counts an input's
        rows from 1, ``value`` is in shares of the test rows. ``n_rows`` of all owners,
        ``n_test_rows`` that were asked, and ``total``, the sum over the owner's rows.
    """
    parameters = read_parameters(RowValueParameters, context.spec.parameters)
    tables = _tables(context, parameters)
    test = tables.pop(TEST_INPUT)
    names = sorted(tables)
    table = Table.joined([tables[name] for name in names])
    asked = slice(None, None, max(1, -(-len(table) * len(test) // _MOST_DISTANCES)))
    features, test_features = _scaled(parameters, table.features, test.features[asked])
    values = knn_shapley(
        features,
        table.labels,
        test_features,
        test.labels[asked],
        n_neighbors=parameters.n_neighbours,
    )
    own: list[dict[str, Any]] = []
    first = 0
    for name in names:
        last = first + len(tables[name])
        if name.split(":")[1] == parameters.owner:
            rows = enumerate(values[first:last].tolist(), 1)
            own += [{"input": name, "row": row, "value": value} for row, value in rows]
        first = last
    ordered = sorted(own, key=lambda one: (-one["value"], one["input"], one["row"]))
    return {
        "helped": [one for one in ordered if one["value"] > 0][: parameters.most],
        "hurt": [one for one in reversed(ordered) if one["value"] < 0][: parameters.most],
        "n_rows": len(table),
        "n_test_rows": len(test_features),
        "total": float(sum(one["value"] for one in own)),
    }


def _tables(context: JobContext, parameters: RowValueParameters) -> dict[str, Table]:
    paths = training_inputs(context.inputs)
    paths |= {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    if parameters.rows == "table":
        return read_tables(paths, read_parameters(TabularParameters, parameters.trained))
    # Whoever has a table does not wait for the libraries of texts.
    from workbench.training.text_tables import text_tables  # noqa: PLC0415

    return text_tables(context, read_parameters(TextParameters, parameters.trained), paths)


def _scaled(
    parameters: RowValueParameters, rows: NDArray[np.float64], test: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a table's columns in units of their spread, which else would decide who is near."""
    if parameters.rows != "table":
        return rows, test
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1.0
    return (rows - mean) / spread, (test - mean) / spread
