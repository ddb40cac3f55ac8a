"""What the server signs of a study's values."""

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.core.canonical import content_id
from workbench.core.units import sealed_units
from workbench.registry.task import LOWER_BOUND


def signed_values(rows: Iterable[Mapping[str, Any]], pay_on: str) -> list[dict[str, Any]]:
    """Return the values of a study as the body of its record names them.

    Parameters
    ----------
    rows : sealed values in the order of the study's players: ``owner``, ``n_rows``, ``units``,
        and ``low``, the lower end of the interval in units of the metric.
    pay_on : what the task pays on; the lower ends are signed only where money follows them.
    """
    return [
        {"owner": row["owner"], "n_rows": row["n_rows"], "units": str(row["units"])}
        | ({"low_units": str(sealed_units(row["low"]))} if pay_on == LOWER_BOUND else {})
        for row in rows
    ]


def evidence_digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the digest of the utilities that values rest on, as the record names it.

    Parameters
    ----------
    rows : in the order of the study: ``coalition``, ``utility``, and ``n_replicates``, of how
        many trainings the utility is the mean; missing in studies that were sealed before it
        was recorded, whose digest stays what it was.
    """
    return content_id(
        [[row["coalition"], row["utility"], *_counted(row.get("n_replicates"))] for row in rows]
    )


def _counted(n_replicates: int | None) -> list[int]:
    return [] if n_replicates is None else [n_replicates]
