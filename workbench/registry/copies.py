"""Copies: models that are, or answer like, one that was there before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from workbench.core.errors import InvalidInputError

ALIKE: Final = Fraction(999, 1000)
"""From which part of equal answers on a probe set a model is a copy."""


@dataclass(frozen=True)
class ProbedModel:
    """A model and its answers on a probe set.

    Attributes
    ----------
    name : by which people know it.
    digest : of its weights, 64 hex digits.
    answers : one an item of the probe set, in the set's order; texts, labels or digests.
    """

    name: str
    digest: str
    answers: Sequence[str]


@dataclass(frozen=True)
class Copy:
    """That a model is a copy.

    Attributes
    ----------
    of : name of the earlier model.
    agreement : part of the probe set on which both answer alike; 1 where digests are equal.
    same_digest : whether the weights are the same.
    """

    of: str
    agreement: Fraction
    same_digest: bool

    def __str__(self) -> str:
        if self.same_digest:
            return f"the same weights as {self.of}"
        return (
            f"the same answers as {self.of} on {float(self.agreement):.2%} of the probe set; "
            f"wanted less than {float(ALIKE):.1%}"
        )


def agreement(one: Sequence[str], other: Sequence[str]) -> Fraction:
    """Return on which part of a probe set two models answer alike, exactly.

    Raises
    ------
    InvalidInputError
        There is no answer, or one model has more than the other.
    """
    if not one or len(one) != len(other):
        raise InvalidInputError(
            f"models have {len(one)} and {len(other)} answers on the probe set",
            wanted="one an item of each, on at least one item",
        )
    return Fraction(sum(a == b for a, b in zip(one, other, strict=True)), len(one))


def find_copy(model: ProbedModel, earlier: Iterable[ProbedModel]) -> Copy | None:
    """Return of what a model is a copy; None if it is its own.

    The same weights go before the same answers, and of several the earliest is named.

    Parameters
    ----------
    earlier : champions and proposals that were committed before, the earliest first.

    Raises
    ------
    InvalidInputError
        Models did not answer the same probe set.
    """
    others = list(earlier)
    for other in others:
        if other.digest == model.digest:
            return Copy(other.name, Fraction(1), same_digest=True)
    for other in others:
        alike = agreement(model.answers, other.answers)
        if alike >= ALIKE:
            return Copy(other.name, alike, same_digest=False)
    return None
