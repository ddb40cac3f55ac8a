"""How a proposal differs from the champion: recipe, data, weights, scores, what both say."""

import json
from typing import Any

from workbench.core.wire import DataChange, DiffView, ParameterChange
from workbench.storage.rows import Row
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of
from workbench.workflows.proposals import body_of, row_of

_SHOWN = ("scores", "slices", "disagreements", "generations")


def get_diff(home: Home, proposal_id: str) -> DiffView:
    """Return how a challenger differs from the champion that it would follow.

    What a gate measures is there once it has measured it, and names hidden items by their
    digests alone.
    """
    row = row_of(home, proposal_id)
    gate = home.database.read("gate_of_proposal", {"proposal": row["id"]})
    details = json.loads(gate[0]["details"]) if gate and gate[0]["details"] else {}
    weights = details.get("weights", {})
    measured: dict[str, Any] = {}
    if details:
        comparison, pair = details["comparison"], (row["base"], row["model"])
        measured = {
            name: [one for one in comparison.get(name, []) if one.get("model") in pair]
            for name in _SHOWN
        }
        losses = losses_of(home, row["id"])
        gains = losses.champion.sum(axis=0) - losses.challenger.sum(axis=0)
        measured |= {
            "items_won": int((gains > 0).sum()),
            "items_lost": int((gains < 0).sum()),
            "items_alike": int((gains == 0).sum()),
        }
    before, after = _run_of(home, row, row["base"]), _run_of(home, row, row["model"])
    return DiffView(
        proposal=row["id"],
        champion=row["base"],
        challenger=row["model"],
        parameters=_parameters(before, after, row),
        data=_data(home, before, row),
        n_parameters=weights.get("n_parameters"),
        groups=weights.get("groups", []),
        **measured,
    )


def _run_of(home: Home, row: Row, model: str | None) -> Row | None:
    known = home.database.read("models_of_task", {"task": row["task"]})
    run = next((one["run"] for one in known if one["digest"] == model), "")
    found = home.database.read("run_by_id", {"id": run})
    return found[0] if found else None


def _parameters(before: Row | None, after: Row | None, row: Row) -> list[ParameterChange]:
    """Return the parameters that differ; of weights from elsewhere none are known."""
    old = {} if before is None else json.loads(before["spec"])["parameters"]
    asked = body_of(row).recipe
    new = dict(asked or {}) if after is None else json.loads(after["spec"])["parameters"]
    if after is None and asked is None:
        return []
    names = sorted(old.keys() | new.keys()) if after is not None else sorted(new)
    return [
        ParameterChange(name=name, champion=_said(old, name), challenger=_said(new, name))
        for name in names
        if old.get(name) != new.get(name)
    ]


def _said(parameters: dict[str, Any], name: str) -> str | None:
    return json.dumps(parameters[name], ensure_ascii=False) if name in parameters else None


def _data(home: Home, before: Row | None, row: Row) -> list[DataChange]:
    rows = home.database.read("contributions_of_task", {"task": row["task"]})
    by_id = {one["id"]: one for one in rows}
    by_rows = {
        (one["owner"], digest): one["id"]
        for one in rows
        for digest in (one["rows_sha256"], one["counted_sha256"])
        if one["state"] == "accepted"
    }
    used = [] if before is None else json.loads(before["details"]).get("datasets", [])
    old = {by_rows.get((one["name"], one["sha256"]), one["sha256"]): one for one in used}
    new = set(body_of(row).contributions)
    changes = [
        DataChange(
            contribution=identity,
            owner=by_id[identity]["owner"],
            n_rows=by_id[identity]["n_rows"],
            change="kept" if identity in old else "added",
        )
        for identity in sorted(new)
    ]
    return changes + [
        DataChange(
            contribution=name if name in by_id else None,
            owner=one["name"],
            n_rows=one["n_rows"],
            change="removed",
        )
        for name, one in sorted(old.items())
        if name not in new
    ]
