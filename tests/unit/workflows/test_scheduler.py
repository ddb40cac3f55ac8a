"""Which job runs next: by priority, fair to people, then by age."""

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from workbench.workflows.scheduler import Scheduler

SECONDS = 20.0


class Workshop:
    """Jobs that run until a test lets them end."""

    def __init__(self, n_threads: int, per_person: int) -> None:
        self.started: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._gates: dict[str, threading.Event] = {}
        self.scheduler = Scheduler(self._work, n_threads=n_threads, per_person=per_person)

    def _work(self, job: str) -> None:
        gate = self._gates.setdefault(job, threading.Event())
        self.started.put(job)
        assert gate.wait(SECONDS)
        if job.startswith("bad"):
            raise RuntimeError(job)

    def put(self, *jobs: str, priority: int = 0) -> None:
        """Queue jobs; the letters before the number are the person."""
        for job in jobs:
            self.scheduler.put(job, job.rstrip("0123456789"), priority)

    def start(self) -> str:
        """Return the job that starts next."""
        return self.started.get(timeout=SECONDS)

    def end(self, job: str) -> None:
        self._gates[job].set()

    def order(self, n_jobs: int) -> list[str]:
        """Let jobs run one after the other, and return their order."""
        found = []
        for _ in range(n_jobs):
            found.append(self.start())
            self.end(found[-1])
        return found


@pytest.fixture
def workshop() -> Iterator[Callable[[int, int], Workshop]]:
    made: list[Workshop] = []

    def make(n_threads: int, per_person: int) -> Workshop:
        made.append(Workshop(n_threads, per_person))
        return made[-1]

    yield make
    for one in made:
        one.scheduler.close()
        for gate in one._gates.values():
            gate.set()
        one.scheduler.join()


Make = Callable[[int, int], Workshop]


def test_priority_goes_before_age(workshop: Make) -> None:
    found = workshop(1, 9)
    found.put("first0")
    assert found.start() == "first0"
    found.put("a1", priority=-1)
    found.put("a2", "a3")
    found.put("a4", priority=1)
    found.end("first0")
    assert found.order(4) == ["a4", "a2", "a3", "a1"]


def test_whoever_has_less_running_goes_before_age(workshop: Make) -> None:
    found = workshop(2, 2)
    found.put("ana1", "ana2")
    assert {found.start(), found.start()} == {"ana1", "ana2"}
    found.put("ana3", "ben1")
    found.end("ana1")
    assert found.start() == "ben1"
    found.end("ben1")
    assert found.start() == "ana3"


def test_nobody_takes_more_places_than_one_person_may(workshop: Make) -> None:
    found = workshop(4, 2)
    found.put("ana1", "ana2", "ana3", "ana4", priority=1)
    found.put("ben1")
    assert {found.start() for _ in range(3)} == {"ana1", "ana2", "ben1"}
    # A place is free, and nobody may take it.
    assert len(found.scheduler) == 5
    assert found.started.empty()
    found.end("ana2")
    assert found.start() == "ana3"


def test_a_queued_job_can_go_first_and_can_go_away(workshop: Make) -> None:
    found = workshop(1, 1)
    found.put("x0")
    assert found.start() == "x0"
    found.put("a1", "a2", "a3")
    assert found.scheduler.change_priority("a3", 1)
    assert found.scheduler.remove("a1")
    assert not found.scheduler.remove("a1")
    assert not found.scheduler.change_priority("x0", 1)
    found.end("x0")
    assert found.order(2) == ["a3", "a2"]


def test_a_job_that_breaks_costs_no_thread(workshop: Make) -> None:
    found = workshop(1, 1)
    found.put("bad1", "bad2", "good1")
    assert found.order(3) == ["bad1", "bad2", "good1"]


def test_a_closed_scheduler_starts_nothing_more(workshop: Make) -> None:
    found = workshop(1, 1)
    found.put("a1", "a2")
    assert found.start() == "a1"
    found.scheduler.close()
    found.put("a3")
    found.end("a1")
    found.scheduler.join()
    assert found.started.empty()
    assert len(found.scheduler) == 0
