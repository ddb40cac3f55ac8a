"""The gate of a merge: surely better, better by the margin, and nowhere much worse."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.core.units import MICRO_PER_METRIC
from workbench.registry.margin import Margin
from workbench.registry.paired_losses import PairedLosses
from workbench.registry.paired_tests import mcnemar_exact, sign_flip_test
from workbench.registry.sure_gain import (
    MIN_DOCUMENTS,
    bootstrap_gain,
    check_documents,
    check_seeds,
    seed_bound,
)

Decision = Literal["merged", "waiting", "rejected"]


@dataclass(frozen=True)
class GateRule:
    """What a challenger has to show, fixed when a task opens.

    Attributes
    ----------
    alpha : p has to be below it.
    margin : by which part of the champion's loss it has to win.
    tau : by how much a slice may be worse, in millionths of the metric.
    """

    alpha: Fraction = Fraction(1, 100)
    margin: Margin = field(default_factory=Margin)
    tau: int = 10_000

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1 or self.tau < 0:
            raise InvalidInputError(
                f"alpha is {self.alpha} and tau {self.tau}",
                wanted="alpha between 0 and 1, tau at least 0",
            )


@dataclass(frozen=True)
class Condition:
    """One of the three things that a challenger has to show.

    Attributes
    ----------
    name : ``"significance"``, ``"margin"`` or ``"slices"``.
    holds : whether it was shown.
    found, wanted : in words.
    """

    name: str
    holds: bool
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.name}: {self.found}; wanted {self.wanted}"


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a challenger.

    Attributes
    ----------
    decision : ``"merged"``: it may merge; ``"waiting"``: only the margin is missing, and time
        lowers it enough; ``"rejected"``.
    conditions : the three, in order.
    p : one-sided, of a challenger that is no better.
    gain : certified, in whole millionths of the metric: the lower 95 % bound, at least 0; 0
        unless merged.
    again_after : how long after the champion's merge it is judged again; None unless waiting.
    """

    decision: Decision
    conditions: tuple[Condition, ...]
    p: float
    gain: int = 0
    again_after: timedelta | None = None

    @property
    def reasons(self) -> list[str]:
        """Why it is not merged: what did not hold, in words."""
        return [str(one) for one in self.conditions if not one.holds]


def judge(
    losses: PairedLosses, rule: GateRule, elapsed: timedelta, rng: np.random.Generator
) -> Verdict:
    """Say what becomes of a challenger.

    Accuracy is tested by McNemar's exact test, losses by drawing documents. Of several seeds all
    patterns of the signs of their gains are tested, too: seeds tell how much is luck of a
    training, documents how much is luck of the test, so both have to be sure. Items of one
    document are alike, which McNemar's test does not know: where documents have several, they
    are drawn as well.

    Parameters
    ----------
    losses
        Of both models on the same hidden items.
    rule
        Of the task.
    elapsed
        Since the champion merged.
    rng
        Draws documents; seeded from the proposal's beacon.

    Raises
    ------
    InvalidInputError
        There are too few documents, or too few or too many seeds.
    """
    p, test, certify = _tested(losses, rng)
    significance = Condition(
        "significance", p < rule.alpha, f"p = {p:.2g} ({test})", f"p < {float(rule.alpha):g}"
    )
    margin = _margin(losses, rule.margin, elapsed)
    slices = _slices(losses, rule.tau)
    conditions = (significance, margin, slices)
    if all(one.holds for one in conditions):
        return Verdict("merged", conditions, p, gain=max(0, certify()))
    if significance.holds and slices.holds:
        again_after = rule.margin.holds_from(*losses.means)
        if again_after is not None:
            return Verdict("waiting", conditions, p, again_after=again_after)
    return Verdict("rejected", conditions, p)


def _tested(losses: PairedLosses, rng: np.random.Generator) -> tuple[float, str, Callable[[], int]]:
    """Return p, by which test, and what finds the lower bound of the gain."""
    documents = losses.by_document
    if losses.n_seeds > 1:
        return _tested_by_seeds(losses, documents, rng)
    check_documents(len(documents))
    if losses.metric == "accuracy":
        before, after = losses.champion[0] == 0, losses.challenger[0] == 0
        lost, won = int((before & ~after).sum()), int((after & ~before).sum())
        found = mcnemar_exact(lost, won, alternative="greater")
        counted = f"{found}, {won} items won and {lost} lost"
        if len(documents) == losses.parts.size:
            # Drawn for whoever merges only: the test itself needs no draws.
            return found.p, counted, lambda: bootstrap_gain(documents, rng).low
        drawn = bootstrap_gain(documents, rng)
        counted += f", of {len(documents):,} documents"
        return max(found.p, drawn.p), counted, lambda: drawn.low
    drawn = bootstrap_gain(documents, rng)
    return drawn.p, f"paired bootstrap over {len(documents):,} documents", lambda: drawn.low


def _tested_by_seeds(
    losses: PairedLosses, documents: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, str, Callable[[], int]]:
    check_seeds(losses.n_seeds)
    found = sign_flip_test(losses.gains, rng, alternative="greater")
    over, parts = f"{found} over {losses.n_seeds} seeds", int(losses.parts.sum())
    if len(documents) < MIN_DOCUMENTS:
        return found.p, over, lambda: seed_bound(losses.gains, parts)
    drawn = bootstrap_gain(documents, rng)
    over += f", paired bootstrap over {len(documents):,} documents"
    return max(found.p, drawn.p), over, lambda: min(drawn.low, seed_bound(losses.gains, parts))


def _margin(losses: PairedLosses, margin: Margin, elapsed: timedelta) -> Condition:
    champion, challenger = losses.means
    before, after = (float(loss / MICRO_PER_METRIC) for loss in (champion, challenger))
    part = f" ({_percent(1 - challenger / champion)} less)" if champion else ""
    return Condition(
        "margin",
        margin.holds(champion, challenger, elapsed),
        f"a loss of {after:.6g} against {before:.6g}{part}",
        f"more than {_percent(margin.at(elapsed))} less now, and {_percent(margin.end)} at the end",
    )


def _slices(losses: PairedLosses, tau: int) -> Condition:
    worse = {
        (by, value): more
        for by in losses.slices
        for value, more in losses.worsening(by).items()
        if more > tau
    }
    most = f"{tau / MICRO_PER_METRIC:g} more"
    found = f"no slice loses over {most}"
    if worse:
        # The worst first; of equals by name.
        (by, value), more = min(worse.items(), key=lambda one: (-one[1], one[0]))
        others = f", and {len(worse) - 1} more" if len(worse) > 1 else ""
        found = f"{by} {value} loses {float(more / MICRO_PER_METRIC):.6g} more{others}"
    return Condition("slices", not worse, found, f"at most {most} in any slice")


def _percent(part: Fraction) -> str:
    return f"{float(100 * part):.4g} %"
