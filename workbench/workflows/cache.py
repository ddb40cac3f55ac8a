"""Fill the cache of frozen hidden states, shards side by side, before anything needs it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from workbench.core.jobs import Event, JobSpec
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

# What decides tokens and frozen states, and the rank: another one would load the base again.
_FROZEN: Final = ("last_blocks", "max_tokens", "template", "dtype", "rank")


def fill_cache(
    home: Home, spec: TaskSpec, inputs: dict[str, str], parameters: dict[str, Any], report: Report
) -> None:
    """Run the base model's frozen blocks once over every row, on all workers.

    What is cached already costs a look-up; tasks without a base model, or with LoRA everywhere,
    have nothing to cache.
    """
    if spec.base is None or parameters.get("lora") == "everywhere":
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
