"""Jobs: long work that lives in the server, survives its death and is never done twice."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import (
    InvalidInputError,
    InvalidMoveError,
    JobCancelledError,
    NotFoundError,
    TimeLimitError,
    TooManyJobsError,
    WorkbenchError,
)
from workbench.core.jobs import Event
from workbench.core.wire import JobView, Priority
from workbench.storage.database import Database, Transaction
from workbench.workflows.pace import Pace
from workbench.workflows.scheduler import LEVELS, NOBODY, Asking, Scheduler, priority_of

if TYPE_CHECKING:
    from workbench.workflows.home import Home

_log = logging.getLogger(__name__)

_MAX_JOBS_AT_ONCE: Final = 4
_SECONDS_BETWEEN_PROGRESS: Final = 0.2


class Handler(Protocol):
    """The work behind a verb: request in, result out, events on the way."""

    def __call__(self, home: "Home", request: dict[str, Any], report: "Report") -> dict[str, Any]:
        """Do the work; called again after a crash, go on from what is stored."""
        ...


@dataclass
class Report:
    """How a handler speaks while it works.

    Attributes
    ----------
    job : the job's id.
    publish : stores one event and wakes whoever waits for it.
    cancelled : whether somebody asked the job to stop, or the server is closing.
    stopping : whether somebody asked its training to end early.
    """

    job: str
    publish: Callable[[Event], None]
    cancelled: Callable[[], bool]
    stopping: Callable[[], bool] = lambda: False
    _last_progress: float = 0.0
    _pace: Pace = field(default_factory=Pace)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def emit(self, event: Event) -> None:
        """Store an event; of progress at most five a second, and always the last."""
        if event.get("type") == "progress":
            with self._lock:
                now = time.monotonic()
                left = self._pace.seconds_left(event["label"], event["done"], event["total"], now)
                is_early = now - self._last_progress < _SECONDS_BETWEEN_PROGRESS
                if is_early and event["done"] < event["total"]:
                    return
                self._last_progress = now
            event = event if left is None else event | {"seconds_left": left}
        self.publish(event)

    def progress(self, done: int, total: int, label: str) -> None:
        """Report ``done`` of ``total`` steps."""
        self.emit({"type": "progress", "done": done, "total": total, "label": label})

    def check_cancelled(self) -> None:
        """Raise JobCancelledError if the job was asked to stop."""
        if self.cancelled():
            raise JobCancelledError("the job was cancelled", job=self.job)


class JobRunner:
    """Runs jobs in threads of the server, a few at a time.

    A job's id is the content id of its verb, task and resolved request: asking for the same
    work again, also after a crash, finds the job instead of starting another.

    Parameters
    ----------
    database : where jobs and their events are.
    per_person : jobs of one person that run at the same time.
    queued_per_person : jobs of one person that may wait.
    """

    def __init__(
        self, database: Database, *, per_person: int = 2, queued_per_person: int = 100
    ) -> None:
        self._database = database
        self._handlers: Mapping[str, Handler] = {}
        self._scheduler = Scheduler(self._work, n_threads=_MAX_JOBS_AT_ONCE, per_person=per_person)
        self._queued_per_person = queued_per_person
        self._news = threading.Condition()
        self._cancelled: set[str] = set()
        self._ending_early: dict[str, str | None] = {}
        self._stopping = False
        self._home: Home | None = None

    def bind(self, home: "Home") -> None:
        """Give the handlers their home, once."""
        # The verbs import Home, which imports this module: their table is read at the end.
        from workbench.workflows.handlers import HANDLERS  # noqa: PLC0415

        self._home = home
        self._handlers = HANDLERS

    @property
    def n_running(self) -> int:
        """Jobs queued or running."""
        return len(self._scheduler)

    def start(
        self,
        verb: str,
        task: str | None,
        request: dict[str, Any],
        *,
        again: bool = False,
        asking: Asking = NOBODY,
    ) -> JobView:
        """Queue a job, or return the one that does or did the same work.

        A job that failed or was cancelled is queued again and goes on from what is stored;
        one that is done only with ``again``, for work whose result lives outside the home.

        Raises
        ------
        TooManyJobsError
            The person has too many jobs in the queue.
        """
        settled = {"failed", "cancelled", "done"} if again else {"failed", "cancelled"}
        identity = _identity(verb, task, request)

        def queue(tx: Transaction) -> bool:
            rows = tx.execute("job_by_id", {"id": identity})
            if rows and rows[0]["state"] not in settled:
                return False
            self._check_room(tx, asking.person)
            tx.execute(
                "queue_job",
                {
                    "id": identity,
                    "verb": verb,
                    "task": task,
                    "request": canonical_bytes(request).decode(),
                    "requested_by": asking.person,
                    "priority": LEVELS[asking.priority],
                    "now": tx.now,
                },
            )
            return True

        if self._database.write(queue):
            self._submit(identity, asking.person, LEVELS[asking.priority])
        return self.get(identity)

    def resume(self) -> None:
        """Go on with every job that a stopped server left behind."""
        for row in self._database.read("unfinished_jobs"):
            self._submit(row["id"], row["requested_by"], row["priority"])

    def find(self, verb: str, task: str | None, request: dict[str, Any]) -> JobView | None:
        """Return the job that does or did this work; None if nobody asked for it."""
        rows = self._database.read("job_by_id", {"id": _identity(verb, task, request)})
        return _view(rows[0]) if rows else None

    def get(self, identity: str) -> JobView:
        """Return a job.

        Raises
        ------
        NotFoundError
            No job has this id.
        """
        rows = self._database.read("job_by_id", {"id": identity})
        if not rows:
            raise NotFoundError(f"no job has the id {identity[:80]!r}", next_step="list the jobs")
        return _view(rows[0])

    def list(self, task: str | None = None) -> Sequence[JobView]:
        """Return all jobs, oldest first."""
        return [_view(row) for row in self._database.read("jobs", {"task": task})]

    def cancel(self, identity: str) -> JobView:
        """Ask a job to stop; what it has stored stays."""
        job = self.get(identity)
        if job.state not in {"queued", "running"}:
            return job
        self._cancelled.add(identity)
        if self._scheduler.remove(identity):
            # It may have to wait for long yet: nobody else will say that it is over.
            error = JobCancelledError("the job was cancelled", job=identity)
            self._finish(identity, "cancelled", problem=error.to_problem())
        return self.get(identity)

    def stop_early(self, identity: str, person: str | None) -> None:
        """Ask a running job to end its training with what it has learnt."""
        self._ending_early[identity] = person
        message = f"{person or 'a person'} ended the training early"
        self._publish(identity, {"type": "note", "message": message})

    def ended_early_by(self, identity: str) -> str | None:
        """Return who asked a running job to end its training, as far as this server knows."""
        return self._ending_early.get(identity)

    def change_priority(self, identity: str, priority: Priority) -> JobView:
        """Have a queued job run sooner or later.

        Raises
        ------
        InvalidMoveError
            The job is not queued any more.
        """
        job = self.get(identity)
        level = LEVELS[priority]
        if not self._scheduler.change_priority(identity, level):
            raise InvalidMoveError(
                f"the job {job.verb} {identity[:12]} is {job.state}", wanted="a job that is queued"
            )
        self._database.write(
            lambda tx: tx.execute("change_job_priority", {"id": identity, "priority": level})
        )
        return self.get(identity)

    def events(self, identity: str, after: int, wait_seconds: float) -> Sequence[tuple[int, Event]]:
        """Return events later than ``after``, waiting for news until the time is over.

        The last event of every job is ``{"type": "end", "state": …}``.
        """
        self.get(identity)
        deadline = time.monotonic() + wait_seconds
        with self._news:
            while not (rows := self._events_after(identity, after)):
                left = deadline - time.monotonic()
                if left <= 0 or self._stopping or not self._news.wait(left):
                    return self._events_after(identity, after)
        return rows

    def wait(self, identity: str, seconds: float) -> JobView:
        """Return a job once it has ended.

        Raises
        ------
        TimeLimitError
            It did not end in time; it goes on.
        WorkbenchError
            The job failed; its own error, rebuilt.
        """
        deadline = time.monotonic() + seconds
        with self._news:
            while (job := self.get(identity)).state in {"queued", "running"}:
                left = deadline - time.monotonic()
                if left <= 0 or self._stopping:
                    raise TimeLimitError(f"the job is still {job.state}", job=identity)
                self._news.wait(left)
        if job.problem is not None:
            raise WorkbenchError.from_problem(job.problem)
        return job

    def stop(self) -> None:
        """Interrupt all work; jobs stay unfinished in the database and go on later."""
        self._stopping = True
        self._scheduler.close()
        with self._news:
            self._news.notify_all()

    def join(self) -> None:
        """Wait for the threads to end."""
        self._scheduler.join()

    def _submit(self, identity: str, person: str | None, priority: int) -> None:
        self._cancelled.discard(identity)
        self._ending_early.pop(identity, None)
        self._scheduler.put(identity, person, priority)

    def _check_room(self, tx: Transaction, person: str | None) -> None:
        [found] = tx.execute("count_queued_jobs", {"requested_by": person})
        if found["n_queued"] >= self._queued_per_person:
            raise TooManyJobsError(
                f"{found['n_queued']} jobs of {person or 'nobody in particular'} wait already",
                wanted=f"at most {self._queued_per_person} of one person",
                next_step="wait for some, cancel some, or raise WORKBENCH_QUEUED_PER_PERSON",
                limit=self._queued_per_person,
            )

    def _work(self, identity: str) -> None:
        if self._stopping:
            return
        [row] = self._database.read("job_by_id", {"id": identity})
        self._database.write(lambda tx: tx.execute("start_job", {"id": identity, "now": tx.now}))
        report = Report(
            identity,
            publish=lambda event: self._publish(identity, event),
            cancelled=lambda: self._stopping or identity in self._cancelled,
            stopping=lambda: identity in self._ending_early,
        )
        try:
            result = self._handler(row["verb"])(self._bound(), json.loads(row["request"]), report)
        except JobCancelledError as error:
            # A closing server leaves the job as it is: it goes on at the next start.
            if not self._stopping:
                self._finish(identity, "cancelled", problem=error.to_problem())
        except WorkbenchError as error:
            if not self._stopping:
                self._finish(identity, "failed", problem=error.to_problem())
        except BaseException as error:  # noqa: BLE001 - a bug is one failed job, not a lost thread
            if not self._stopping:
                _log.exception("job %s broke", identity)
                bug = WorkbenchError(f"the job broke: {type(error).__name__}: {error}")
                self._finish(identity, "failed", problem=bug.to_problem())
        else:
            self._finish(identity, "done", result=result)

    def _handler(self, verb: str) -> Handler:
        if verb not in self._handlers:
            raise InvalidInputError(f"no job does {verb!r}", wanted=", ".join(self._handlers))
        return self._handlers[verb]

    def _bound(self) -> "Home":
        if self._home is None:
            raise WorkbenchError("the job runner has no home")
        return self._home

    def _finish(
        self,
        identity: str,
        state: str,
        *,
        result: dict[str, Any] | None = None,
        problem: dict[str, Any] | None = None,
    ) -> None:
        def finish(tx: Transaction) -> None:
            tx.execute(
                "finish_job",
                {
                    "id": identity,
                    "state": state,
                    "result": None if result is None else canonical_bytes(result).decode(),
                    "problem": None if problem is None else canonical_bytes(problem).decode(),
                    "now": tx.now,
                },
            )
            _append_event(tx, identity, {"type": "end", "state": state})

        self._database.write(finish)
        with self._news:
            self._news.notify_all()

    def _publish(self, identity: str, event: Event) -> None:
        self._database.write(lambda tx: _append_event(tx, identity, event))
        with self._news:
            self._news.notify_all()

    def _events_after(self, identity: str, after: int) -> Sequence[tuple[int, Event]]:
        rows = self._database.read("job_events_after", {"job": identity, "after": after})
        return [(row["seq"], json.loads(row["event"])) for row in rows]


def _identity(verb: str, task: str | None, request: dict[str, Any]) -> str:
    return content_id({"verb": verb, "task": task, "request": request})


def _append_event(tx: Transaction, job: str, event: Event) -> None:
    [last] = tx.execute("last_job_event", {"job": job})
    text = canonical_bytes(event).decode()
    tx.execute(
        "insert_job_event", {"job": job, "seq": last["seq"] + 1, "event": text, "now": tx.now}
    )


def _view(row: dict[str, Any]) -> JobView:
    return JobView(
        id=row["id"],
        verb=row["verb"],
        task=row["task"],
        state=row["state"],
        result=None if row["result"] is None else json.loads(row["result"]),
        problem=None if row["problem"] is None else json.loads(row["problem"]),
        attempts=row["attempts"],
        requested_by=row["requested_by"],
        priority=priority_of(row["priority"]),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
