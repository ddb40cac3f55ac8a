"""Job specifications: equal work has equal ids."""

from pathlib import Path
from typing import Any

import pytest

from workbench.core.errors import JobCancelledError
from workbench.core.jobs import JobContext, JobSpec

SPEC = JobSpec(
    recipe="tabular",
    inputs={"test": "ab" * 32},
    parameters={"steps": 12, "learning_rate": 0.002},
    seed=2**63 - 1,
    environment={"torch": "2.13.0"},
)


def test_a_specification_survives_json_with_its_whole_seed() -> None:
    assert JobSpec.from_json(SPEC.to_json()) == SPEC
    assert SPEC.to_json()["seed"] == "9223372036854775807"


def test_the_id_does_not_depend_on_the_order_of_names() -> None:
    turned = JobSpec.from_json(
        {
            name: dict(reversed(part.items())) if isinstance(part, dict) else part
            for name, part in SPEC.to_json().items()
        }
    )
    assert turned.id == SPEC.id


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": "causal-lm"},
        {"inputs": {"test": "cd" * 32}},
        {"parameters": {"steps": 13, "learning_rate": 0.002}},
        {"seed": "0"},
        {"environment": {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_id_depends_on_every_part(change: dict[str, Any]) -> None:
    assert JobSpec.from_json(SPEC.to_json() | change).id != SPEC.id


def _context(*, cancelled: bool, events: list[dict[str, Any]]) -> JobContext:
    return JobContext(
        spec=SPEC,
        inputs={},
        output=Path("output"),
        cache=Path("cache"),
        emit=events.append,
        cancelled=lambda: cancelled,
    )


def test_progress_is_told_as_an_event() -> None:
    events: list[dict[str, Any]] = []
    _context(cancelled=False, events=events).progress(1, 12, "steps")
    assert events == [{"type": "progress", "done": 1, "total": 12, "label": "steps"}]


def test_a_cancelled_job_stops_at_its_next_sign_of_life() -> None:
    with pytest.raises(JobCancelledError) as caught:
        _context(cancelled=True, events=[]).progress(1, 12, "steps")
    assert caught.value.facts == {"job": SPEC.id}
