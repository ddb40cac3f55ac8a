"""Wishes to stop and the coalition that an error names."""

import pytest

from workbench.compute.ray_follow import Stop, Told
from workbench.core.errors import JobCancelledError, JobError
from workbench.core.jobs import Event, JobSpec

STUDY = JobSpec("tabular-utility", parameters={"coalitions": ["3", "5", "6"]})


def utility(coalition: str) -> Event:
    return {"type": "utility", "coalition": coalition, "utility": 0.5}


def test_an_error_names_the_first_coalition_without_a_utility() -> None:
    events: list[Event] = []
    told = Told(STUDY, events.append)
    told.pass_on(utility("3"))
    error = JobError("failed")
    told.name_coalition(error)
    assert error.facts == {"coalition": "5"}
    assert events == [utility("3")]


def test_a_further_attempt_begins_at_the_first_coalition() -> None:
    told = Told(STUDY, lambda _: None)
    told.pass_on(utility("3"))
    told.start()
    error = JobError("failed")
    told.name_coalition(error)
    assert error.facts == {"coalition": "3"}


def test_a_recipe_that_names_the_coalition_itself_is_believed() -> None:
    error = JobError("failed", coalition="6")
    Told(STUDY, lambda _: None).name_coalition(error)
    assert error.facts == {"coalition": "6"}


def test_no_coalition_is_named_for_a_wish_or_another_recipe() -> None:
    wish, other = JobCancelledError("cancelled"), JobError("failed")
    Told(STUDY, lambda _: None).name_coalition(wish)
    Told(JobSpec("tabular"), lambda _: None).name_coalition(other)
    assert wish.facts == other.facts == {}


def test_a_wish_is_passed_on_once_and_ends_the_job_however_it_ended() -> None:
    passed: list[bool] = []
    stop = Stop(lambda: True, lambda: passed.append(True))
    stop.check()
    stop.check()
    assert passed == [True]
    with pytest.raises(JobCancelledError):
        stop.finish()


def test_a_job_that_nobody_wants_stopped_ends_by_itself() -> None:
    stop = Stop(lambda: False, lambda: None)
    stop.check()
    stop.finish()
