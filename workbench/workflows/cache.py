"""Fill the cache of frozen hidden states: before a game, or while a fine-tune goes on."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from workbench.compute.outcome import Outcome
from workbench.core.errors import WorkbenchError
from workbench.core.jobs import Event, JobSpec
from workbench.core.kinds import KINDS
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

# What decides tokens and frozen states, and the rank: another one would load the base again.
_FROZEN: Final = ("last_blocks", "max_tokens", "template", "dtype", "rank")
# Which rows a fine-tune takes, beside its seed.
_TAKEN: Final = ("steps", "batch_rows")
# Some seconds of work: less is done before another worker has loaded the base model.
_WORTH_HELP_TOKENS: Final = 4096

_log = logging.getLogger(__name__)


def fill_cache(
    home: Home, spec: TaskSpec, inputs: dict[str, str], parameters: dict[str, Any], report: Report
) -> None:
    """Run the base model's frozen blocks once over every row, on all workers.

    What is cached already costs a look-up; only models that write have frozen blocks below
    those that learn, unless LoRA is everywhere.
    """
    if not KINDS[spec.kind].writes or parameters.get("lora") == "everywhere":
        return
    n_shards = home.settings.n_workers
    frozen = {name: parameters[name] for name in _FROZEN if name in parameters}
    done = [0] * n_shards
    total = [0] * n_shards

    def fill(shard: int) -> None:
        job = JobSpec(
            recipe="fill-cache",
            inputs=inputs,
            parameters=frozen | {"shard": shard, "n_shards": n_shards},
            environment=home.environment,
        )

        def follow(event: Event) -> None:
            if event["type"] == "progress":
                done[shard], total[shard] = event["done"], event["total"]
                report.progress(sum(done), max(sum(total), 1), "reading the texts once")

        home.executor.run(job, on_event=follow, cancelled=report.cancelled).discard()

    with ThreadPoolExecutor(n_shards) as threads:
        for future in [threads.submit(fill, shard) for shard in range(n_shards)]:
            future.result()


def run_filling(home: Home, job: JobSpec, report: Report, *, resumable: bool = False) -> Outcome:
    """Run a fine-tune while the other workers compute hidden states that it will need.

    The fine-tune begins at once and computes what its batches need; the others come from the
    far end, the hidden test and the last batches first, until they meet. Who computes a
    hidden state decides none of its bits, so the outcome is that of the fine-tune alone.

    Parameters
    ----------
    home, job, report : what to run, and who hears of it.
    resumable : whether it may go on from a checkpoint; a reproduction that did proves nothing.
    """
    over = threading.Event()
    n_helpers = home.settings.n_workers - 1

    def is_over() -> bool:
        return over.is_set() or report.cancelled()

    def help_fill(shard: int) -> None:
        asked = {
            name: job.parameters[name] for name in (*_FROZEN, *_TAKEN) if name in job.parameters
        }
        fill = JobSpec(
            recipe="fill-cache",
            inputs=job.inputs,
            parameters=asked | {"behind": True, "shard": shard, "n_shards": n_helpers},
            seed=job.seed,
            environment=job.environment,
        )
        try:
            home.executor.run(fill, cancelled=is_over).discard()
        except WorkbenchError as error:
            # Nothing is lost: the fine-tune computes what it does not find.
            if not is_over():
                _log.warning("a worker stopped filling the cache: %s", error)

    with ThreadPoolExecutor(max(n_helpers, 1)) as threads:
        uncached = 0

        def follow(event: Event) -> None:
            nonlocal uncached
            report.emit(event)
            if event["type"] == "uncached":
                uncached = event["tokens"]
            elif event["type"] == "metric" and uncached > _WORTH_HELP_TOKENS:
                # Only now: helpers must neither take the fine-tune's worker nor hold up its
                # first loss.
                uncached = 0
                for shard in range(n_helpers):
                    threads.submit(help_fill, shard)

        try:
            return home.executor.run(
                job,
                on_event=follow,
                cancelled=report.cancelled,
                stopping=report.stopping,
                resumable=resumable,
            )
        finally:
            over.set()
