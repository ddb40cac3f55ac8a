"""A job's report: progress is thinned, everything else passes."""

import pytest

from workbench.core.errors import JobCancelledError
from workbench.core.jobs import Event
from workbench.workflows.jobs import Report


def test_progress_is_thinned_but_its_end_always_passes() -> None:
    seen: list[Event] = []
    report = Report("job", seen.append, lambda: False)

    for done in range(1, 1001):
        report.progress(done, 1000, "counting")

    assert seen[0]["done"] == 1
    assert seen[-1]["done"] == 1000
    assert len(seen) < 500


def test_metrics_and_notes_all_pass() -> None:
    seen: list[Event] = []
    report = Report("job", seen.append, lambda: False)

    for step in range(100):
        report.emit({"type": "metric", "step": step, "loss": 1.0})

    assert [event["step"] for event in seen] == list(range(100))


def test_a_cancelled_job_stops_where_it_checks() -> None:
    report = Report("job", lambda _: None, lambda: True)

    with pytest.raises(JobCancelledError) as stopped:
        report.check_cancelled()

    assert stopped.value.facts == {"job": "job"}
