"""Other looks at a task's runs: of one kind, and by one of the numbers that they found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.pages.metrics import metric_order, metric_words
from workbench.pages.numbers import format_value, value_places
from workbench.pages.runs import PublishedRun

ALL: Final = ""
_MOST_LINES: Final = 200
_MOST_METRICS: Final = 40
_FULL: Final = 100.0


@dataclass(frozen=True)
class RunBar:
    """A run by one number; ``width`` in percent of the largest, 0 below zero."""

    run: PublishedRun
    text: str
    width: float


@dataclass(frozen=True)
class RunBars:
    """The runs of a choice, and how many more there are; ``words`` say which number."""

    bars: list[RunBar]
    metric: str
    words: str
    n_more: int


def run_kinds(runs: Sequence[PublishedRun]) -> list[tuple[str, str]]:
    """Return a label with its number of runs, and the name, of each kind; all of them first."""
    counts = Counter(run.kind for run in runs)
    kinds = [(f"{kind} ({n:,})", kind) for kind, n in sorted(counts.items())]
    return [(f"all ({len(runs):,})", ALL), *kinds]


def run_metrics(runs: Sequence[PublishedRun]) -> list[tuple[str, str]]:
    """Return the orders that there are: newest first, then each number that runs found."""
    names = Counter(name for run in runs for name in run.metrics)
    common = sorted(names, key=lambda name: (-names[name], name))[:_MOST_METRICS]
    return [
        ("newest first", ALL),
        *((metric_words(name), name) for name in sorted(common, key=metric_order)),
    ]


def make_run_bars(runs: Sequence[PublishedRun], kind: str, metric: str) -> RunBars:
    """Return the runs of a kind, newest first or by a number, the largest first.

    Raises
    ------
    InvalidInputError
        No run is of that kind, or none found that number.
    """
    if kind not in {name for _, name in run_kinds(runs)}:
        raise InvalidInputError(f"no run is a {kind[:80]!r}", wanted="one of the kinds")
    if metric not in {name for _, name in run_metrics(runs)}:
        raise InvalidInputError(f"no run found {metric[:80]!r}", wanted="one of the numbers")
    chosen = [run for run in runs if kind in {ALL, run.kind}]
    chosen.sort(key=lambda run: (run.created_at, run.id), reverse=True)
    if metric != ALL:
        chosen = [run for run in chosen if metric in run.metrics]
        chosen.sort(key=lambda run: -run.metrics[metric])
    numbers = [run.metrics[metric] for run in chosen] if metric != ALL else []
    whole = all(number == int(number) for number in numbers)
    places = 0 if whole else value_places(numbers, [])
    longest = max([0.0, *numbers])
    bars = [
        RunBar(
            run=run,
            text="" if metric == ALL else format_value(run.metrics[metric], places),
            width=0.0
            if metric == ALL or longest <= 0
            else round(_FULL * max(0.0, run.metrics[metric]) / longest, 3),
        )
        for run in chosen[:_MOST_LINES]
    ]
    return RunBars(bars, metric, metric_words(metric), max(0, len(chosen) - _MOST_LINES))
