"""Recipe ``tabular-measure``: what the fit of a task's table costs here, from shares of it."""

import time
from typing import Any

from workbench.core.jobs import JobContext
from workbench.training.inputs import TEST_INPUT
from workbench.training.memory import forget_peak, resident, resident_peak
from workbench.training.parameters import read_parameters
from workbench.training.shares import Shares, fit_shares, part_of, row_bytes
from workbench.training.tabular import read_all, scores, tabular_fingerprint
from workbench.training.tabular_model import check_classes
from workbench.training.tabular_rows import Table, TabularParameters


def run(context: JobContext) -> dict[str, Any]:
    """Read all rows, fit a quarter and a half of them, and measure each part.

    Returns
    -------
    dict
        What ``registry.fit_prediction.MeasuredFit`` reads, and the ``fingerprint``.

    Raises
    ------
    InvalidInputError
        The rows show one class only.
    """
    parameters = read_parameters(TabularParameters, context.spec.parameters)
    forget_peak()
    context.progress(0, 2, "measuring")
    started = time.perf_counter()
    tables = read_all(context, parameters)
    test = tables.pop(TEST_INPUT)
    table = Table.joined([tables[name] for name in sorted(tables)])
    check_classes(table, parameters.classes)
    load_seconds = time.perf_counter() - started
    context.progress(1, 2, "measuring")
    shares = Shares.of(table.labels, context.spec.seed)
    before = resident()
    part = part_of(table, shares.order)
    fitted = fit_shares(context, part, shares.sizes, parameters, lambda model: scores(model, test))
    peak_bytes = resident_peak()
    context.progress(2, 2, "measuring")
    return {
        "load_seconds": load_seconds + fitted.warm_seconds,
        "text_seconds": [],
        "uncached_texts": 0,
        "sampled_rows": list(shares.sizes),
        "fit_seconds": fitted.fit_seconds,
        "score_seconds": fitted.score_seconds,
        "n_rows": len(table),
        "peak_bytes": peak_bytes,
        "row_bytes": row_bytes(part, peak_bytes - before),
        "fingerprint": tabular_fingerprint(),
    }
