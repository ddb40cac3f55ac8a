"""A job's report: progress is thinned, everything else passes."""

import pytest

from workbench.core.errors import JobCancelledError
from workbench.core.jobs import Event
from workbench.workflows.jobs import Report
from workbench.workflows.pace import Pace


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


def test_the_time_left_is_measured_and_begins_anew_with_other_work_and_after_a_step_back() -> None:
    pace = Pace()
    assert pace.seconds_left("a", 1, 5, now=10.0) is None
    assert pace.seconds_left("a", 2, 5, now=12.0) == 6.0
    assert pace.seconds_left("a", 5, 5, now=14.0) == 0.0
    assert pace.seconds_left("b", 0, 10, now=20.0) is None
    assert pace.seconds_left("b", 8, 10, now=28.0) == 2.0
    # A worker was lost, and its job goes on from a checkpoint.
    assert pace.seconds_left("b", 4, 10, now=100.0) is None
    assert pace.seconds_left("b", 5, 10, now=101.0) == 5.0


def test_progress_carries_the_time_left() -> None:
    seen: list[Event] = []
    report = Report("job", seen.append, lambda: False)
    report.progress(1, 2, "counting")
    report.progress(2, 2, "counting")
    assert "seconds_left" not in seen[0]
    assert seen[1]["seconds_left"] == 0.0
