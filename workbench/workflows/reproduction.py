"""Reproductions: runs done again, each a record that the server signs."""

import json
from dataclasses import asdict
from typing import Any

import workbench
from workbench.core.envelope import Envelope
from workbench.core.wire import ReproductionView
from workbench.registry.reproduction import Difference, Tolerance, Verdict
from workbench.storage import record
from workbench.workflows.home import Home

KIND = "reproduction"


def keep_reproduction(
    home: Home,
    run: dict[str, Any],
    verdict: Verdict,
    *,
    head: str,
    tolerance: Tolerance,
    environment: list[Difference],
    n_compared: int,
    n_recorded: int,
) -> ReproductionView:
    """Sign how a reproduction ended, append it to the record log, and return it.

    Parameters
    ----------
    run : row of the run that was done again.
    verdict : how it ended.
    head : of the record log when it was asked for.
    tolerance : that was allowed.
    environment : what differs from the environment of the run.
    n_compared, n_recorded : numbers compared, of how many the run has.
    """
    first = verdict.first_difference
    body = {
        "run": run["id"],
        "task": run["task"],
        "kind": run["kind"],
        "outcome": verdict.outcome,
        "head": head,
        "tolerance": tolerance.number,
        "share_tolerance": tolerance.share,
        "n_compared": n_compared,
        "n_recorded": n_recorded,
        "fingerprint_differences": [asdict(one) for one in environment],
        "first_difference": None if first is None else asdict(first),
        "environment": home.environment,
        "recorded_version": json.loads(run["details"]).get("software", {}).get("version", ""),
        "found_version": workbench.__version__,
    }
    envelope = Envelope.sign(KIND, body, home.key)
    identity, _ = home.database.write(lambda tx: record.append(tx, envelope))
    [view] = [one for one in list_reproductions(home, run["id"]) if one.record == identity]
    return view


def list_reproductions(home: Home, run_id: str | None) -> list[ReproductionView]:
    """Return the reproductions of a run, or of all, oldest first."""
    return [
        ReproductionView(
            **json.loads(row["envelope"])["body"],
            record=row["content_id"],
            author=row["author"],
            created_at=row["created_at"],
        )
        for row in home.database.read("reproductions", {"run": run_id})
    ]
