"""What a fine-tune will cost, from a few measured steps: seconds, memory, and whether it fits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

# What was measured for seconds goes on for minutes, beside work nobody knows of yet.
_MARGIN: Final = 1.25
_GB: Final = 1e9


@dataclass(frozen=True)
class Rows:
    """What a number of steps needs of the rows.

    Attributes
    ----------
    steps : optimiser steps.
    tokens : of the rows and the hidden test, whose hidden states are in memory at the end.
    uncached_tokens : those of them that nobody has computed yet.
    """

    steps: int
    tokens: int
    uncached_tokens: int


@dataclass(frozen=True)
class Measured:
    """What the recipe ``causal-lm-measure`` found on this machine; seconds are wall time.

    Attributes
    ----------
    load_seconds : until the base model and the texts are in memory; 0 in a warm worker.
    cache_seconds : per token of the frozen blocks, a group each; empty if all was cached.
    step_seconds : of a step each, the first one left out.
    step_tokens : predicted tokens a step.
    evaluation_seconds : of base and tuned model on the whole hidden test, and of samples.
    peak_bytes : most resident memory on the way.
    token_bytes : of one token's hidden state.
    read_tokens : whose hidden states were in memory already.
    sizes : what each size needs.
    """

    load_seconds: float
    cache_seconds: Sequence[float]
    step_seconds: Sequence[float]
    step_tokens: float
    evaluation_seconds: float
    peak_bytes: int
    token_bytes: int
    read_tokens: int
    sizes: Mapping[str, Rows]

    @classmethod
    def from_result(cls, result: Mapping[str, Any]) -> Self:
        """Read the recipe's result."""
        known = {name: result[name] for name in cls.__dataclass_fields__}
        return cls(**known | {"sizes": {n: Rows(**rows) for n, rows in result["sizes"].items()}})

    @property
    def tokens_per_second(self) -> float:
        """Tokens that training itself learns from in a second."""
        return self.step_tokens / _middle(self.step_seconds)

    def rows(self, steps: int) -> Rows:
        """Return what a number of steps needs at most: as many as the next larger size."""
        larger = sorted(self.sizes.values(), key=lambda rows: rows.steps)
        found = next((rows for rows in larger if rows.steps >= steps), larger[-1])
        return Rows(steps, found.tokens, found.uncached_tokens)


@dataclass(frozen=True)
class Limits:
    """What a job may take: ``WORKBENCH_JOB_SECONDS``, ``…_WORKER_MEMORY_BYTES``, ``…_WORKERS``."""

    seconds: float
    memory_bytes: int
    n_workers: int


@dataclass(frozen=True)
class Prediction:
    """What a fine-tune of some size will cost.

    Attributes
    ----------
    seconds, seconds_low, seconds_high : expected, and the range it should fall into.
    memory_bytes : peak resident memory of its worker.
    fits : whether both are within the limits.
    reason : why not, and the setting that would; empty if it fits.
    """

    size: str
    steps: int
    seconds: float
    seconds_low: float
    seconds_high: float
    memory_bytes: int
    fits: bool
    reason: str


def predict(measured: Measured, size: str, rows: Rows, limits: Limits) -> Prediction:
    """Predict a fine-tune's cost, and say which setting would fit where it does not.

    Time is loading + uncached tokens · seconds a token + steps · seconds a step + evaluations.
    The other workers help with the cache: all of them at best, nobody at worst.
    """
    cache = measured.cache_seconds or [0.0]
    fixed = measured.evaluation_seconds
    seconds = (
        measured.load_seconds
        + rows.uncached_tokens * _middle(cache) / _helped(limits.n_workers)
        + rows.steps * _middle(measured.step_seconds)
        + fixed
    )
    low = (
        rows.uncached_tokens * min(cache) / limits.n_workers
        + rows.steps * min(measured.step_seconds)
        + fixed / _MARGIN
    ) / _MARGIN
    high = _MARGIN * (
        measured.load_seconds
        + rows.uncached_tokens * max(cache)
        + rows.steps * max(measured.step_seconds)
        + fixed * _MARGIN
    )
    unread = max(rows.tokens - measured.read_tokens, 0)
    memory = measured.peak_bytes + unread * measured.token_bytes
    reasons = []
    if seconds > limits.seconds:
        reasons.append(_slower(measured, rows, limits, seconds))
    if memory > limits.memory_bytes:
        reasons.append(
            f"it needs {memory / _GB:.2f} GB and a worker may use"
            f" {limits.memory_bytes / _GB:.2f} GB: a smaller batch_rows or max_tokens, or"
            f" WORKBENCH_WORKER_MEMORY_BYTES={_round_up(memory)}"
        )
    return Prediction(size, rows.steps, seconds, low, high, memory, not reasons, "; ".join(reasons))


def least_memory_bytes(n_parameters: int, dtype: str) -> int:
    """Return what a base model's weights alone take in memory, at the least.

    Examples
    --------
    >>> least_memory_bytes(7_000_000_000, "float32")
    28000000000
    """
    return n_parameters * (4 if dtype == "float32" else 2)


def _slower(measured: Measured, rows: Rows, limits: Limits, seconds: float) -> str:
    step = _middle(measured.step_seconds)
    steps = math.floor(rows.steps - (seconds - limits.seconds) / step)
    # Fewer steps need fewer hidden states too, which is not counted on here.
    fewer = f"steps={steps}, or " if steps >= 1 else ""
    return (
        f"it takes about {seconds:,.0f} s and a job may take {limits.seconds:,.0f} s: "
        f"{fewer}WORKBENCH_JOB_SECONDS={_round_up(seconds)}"
    )


def _round_up(quantity: float) -> int:
    """Return a setting with room to spare, in two digits."""
    wanted = quantity * _MARGIN
    unit: int = 10 ** max(math.floor(math.log10(wanted)) - 1, 0)
    return math.ceil(wanted / unit) * unit


def _helped(n_workers: int) -> float:
    # Helpers start after the first loss and load the base model first: between all and nobody.
    return (1 + n_workers) / 2


def _middle(values: Sequence[float]) -> float:
    """Return the median, the lower one of two."""
    return sorted(values)[(len(values) - 1) // 2]
