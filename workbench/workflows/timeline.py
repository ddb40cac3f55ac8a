"""A contribution's way, from draft to payment, step by step."""

from datetime import datetime
from typing import Final

from workbench.core.credits import format_credits
from workbench.core.wire import MomentView
from workbench.storage.rows import Row

_DECIDED: Final = ("accepted", "refused", "withdrawn")


def timeline(contribution: Row, models: list[Row], paid: list[Row]) -> list[MomentView]:
    """Return the steps of a contribution: those done with their time, then those to come.

    A refused or withdrawn one ends there.

    Parameters
    ----------
    contribution : a row of the query ``inbox_contributions``.
    models : of ``inbox_models``, of the same owner.
    paid : of ``inbox_epochs``, those that pay the owner.
    """
    state, task = contribution["state"], contribution["task"]
    submitted: datetime | None = contribution["submitted_at"]
    is_decided = state in _DECIDED
    steps = [
        MomentView(step="draft", words="checked", at=contribution["created_at"]),
        MomentView(step="submitted", words="signed", at=submitted),
        MomentView(
            step=state if is_decided else "quarantined" if state == "quarantined" else "accepted",
            words="waits for a reviewer" if state == "quarantined" else state,
            at=contribution["updated_at"] if is_decided else None,
        ),
    ]
    if state in {"refused", "withdrawn"}:
        return steps
    digests = {contribution["rows_sha256"], contribution["counted_sha256"]}
    read = [m for m in models if m["task"] == task and m["rows_sha256"] in digests]
    first = min(read, key=lambda row: row["number"], default=None) if state == "accepted" else None
    steps.append(
        MomentView(
            step="in model",
            words=f"in model {first['number']} of {task}" if first else "not in a model yet",
            at=first and first["created_at"],
        )
    )
    # Epochs pay owner groups: the first after the signature is the first in which it counted.
    after = [e for e in paid if e["task"] == task and submitted and e["created_at"] > submitted]
    closed = min(after, key=lambda row: row["number"], default=None) if first else None
    is_final = closed is not None and (closed["final_at"] is None or closed["settled"] == "final")
    steps.append(
        MomentView(
            step="paid",
            words=f"{task}:{closed['number']} pays {format_credits(closed['amount'])} credits to "
            f"your group, {'final' if is_final else closed['settled'] or 'provisional'}"
            if closed
            else "not in an epoch yet",
            at=closed and (closed["settled_at"] or closed["created_at"]),
        )
    )
    return steps
