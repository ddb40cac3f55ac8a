"""Other workers help a fine-tune with its hidden states, and never get in its way."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from workbench.core.errors import JobCancelledError, MemoryLimitError
from workbench.core.jobs import Event, JobSpec
from workbench.workflows.cache import run_filling
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

JOB = JobSpec("causal-lm", {"test": "t"}, {"steps": 3, "batch_rows": 2, "prompts": ["a"]}, seed=5)
WAIT_SECONDS = 20.0


class Executor:
    """Runs a fine-tune that says how much is uncached, and notes who comes to help."""

    def __init__(self, tokens: int, n_helpers: int, problem: Exception | None = None) -> None:
        self.tokens, self.problem = tokens, problem
        self.helpers: list[JobSpec] = []
        self.arrived = threading.Semaphore(0)
        self.n_helpers = n_helpers
        self.early = 0

    def run(
        self,
        spec: JobSpec,
        *,
        on_event: Callable[[Event], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        stopping: Callable[[], bool] = lambda: False,  # noqa: ARG002  (part of the interface)
        resumable: bool = False,  # noqa: ARG002
    ) -> Any:
        if spec.recipe == "fill-cache":
            self.helpers.append(spec)
            self.arrived.release()
            if self.problem is not None:
                raise self.problem
            until = threading.Event()
            while not cancelled():
                until.wait(0.001)
            raise JobCancelledError("the job was cancelled")
        on_event({"type": "uncached", "tokens": self.tokens})
        self.early = len(self.helpers)
        on_event({"type": "metric", "step": 1})
        for _ in range(self.n_helpers):
            assert self.arrived.acquire(timeout=WAIT_SECONDS)
        return SimpleNamespace(result={}, output={}, folder=Path())


def train(executor: Executor, n_workers: int) -> list[Event]:
    home = SimpleNamespace(executor=executor, settings=SimpleNamespace(n_workers=n_workers))
    told: list[Event] = []
    run_filling(cast("Home", home), JOB, Report("j", told.append, lambda: False))
    return told


def test_every_other_worker_helps_once_the_first_loss_is_told() -> None:
    executor = Executor(100_000, n_helpers=2)
    told = train(executor, n_workers=3)
    assert executor.early == 0
    assert {job.parameters["shard"] for job in executor.helpers} == {0, 1}
    assert [event["type"] for event in told] == ["uncached", "metric"]


def test_helpers_are_told_what_decides_the_rows_and_no_more() -> None:
    executor = Executor(100_000, n_helpers=1)
    train(executor, n_workers=2)
    [job] = executor.helpers
    assert (job.seed, job.inputs) == (JOB.seed, JOB.inputs)
    assert job.parameters == {
        "steps": 3, "batch_rows": 2, "behind": True, "shard": 0, "n_shards": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("tokens", "n_workers"), [(0, 2), (100, 2), (100_000, 1)])
def test_nobody_helps_where_there_is_little_to_do_or_nobody(tokens: int, n_workers: int) -> None:
    executor = Executor(tokens, n_helpers=0)
    train(executor, n_workers)
    assert executor.helpers == []


def test_a_fine_tune_outlives_its_helpers() -> None:
    executor = Executor(100_000, n_helpers=1, problem=MemoryLimitError("too much"))
    assert train(executor, n_workers=2)[-1]["type"] == "metric"
