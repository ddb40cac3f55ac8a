"""Whether a run done again came out the same.

In the same environment the same job makes the same bits. In another one sums are rounded
differently: numbers then agree within a tolerance, and digests of what was trained do not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from workbench.core.seeds import derive_seed

Outcome = Literal["identical", "equal within tolerance", "different"]
Scalar = str | float | None

N_SAMPLED: Final = 16
"""Coalitions of a study that are evaluated again, unless all are: of a study with one utility
in five changed, 97 samples in 100 find one."""

# Values are sealed in whole 10⁻¹² of the metric, and the database sums in another order.
_ROUNDED_SHARE: Final = 1e-6


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was recorded.

    Attributes
    ----------
    name : of the thing, such as ``"model"``, ``"loss"`` or ``"torch"``.
    recorded : what the run's record says.
    found : what there is now; ``None`` where there is nothing.
    """

    name: str
    recorded: Scalar
    found: Scalar


@dataclass(frozen=True)
class Measured:
    """What a run made, as far as it is compared.

    Attributes
    ----------
    digests : name → digest of something trained; equal bits are wanted in one environment.
    numbers : name → loss, utility or another metric.
    shares : owner → payout share, in [0, 1].
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Tolerance:
    """How far apart what was measured twice may lie.

    Attributes
    ----------
    number : of a loss, utility or other metric, in its own unit.
    share : of a payout share, as a fraction of the pool.
    """

    number: float = 1e-3
    share: float = 0.03


@dataclass(frozen=True)
class Verdict:
    """How a reproduction ended.

    Attributes
    ----------
    outcome : ``"identical"``, ``"equal within tolerance"`` or ``"different"``.
    first_difference : the first that decided; ``None`` where only the environment differs,
        or nothing.
    """

    outcome: Outcome
    first_difference: Difference | None


def differences(
    recorded: Mapping[str, Scalar], found: Mapping[str, Scalar], *, of_either: bool = False
) -> list[Difference]:
    """Return what is not as recorded, in the order of the record.

    Parameters
    ----------
    recorded, found : name → value, compared bit by bit.
    of_either : also what is found and was not recorded; else that is nobody's claim.
    """
    names = [*recorded, *(name for name in found if of_either and name not in recorded)]
    return [
        Difference(name, recorded.get(name), found.get(name))
        for name in names
        if recorded.get(name) != found.get(name)
    ]


def judge(
    recorded: Measured, found: Measured, environment: Sequence[Difference], tolerance: Tolerance
) -> Verdict:
    """Return how a reproduction ended.

    *Different*: a number or share beyond its tolerance, or, in the same environment, another
    digest. *Identical*: the same environment, and every digest and number to the last bit,
    shares but for the rounding of sealed values. *Equal within tolerance* otherwise.

    Parameters
    ----------
    recorded, found : what the run made then and now.
    environment : what differs between the environments; empty when they are the same.
    tolerance : how far numbers and shares may lie apart.
    """
    digests = differences(recorded.digests, found.digests)
    numbers = differences(recorded.numbers, found.numbers)
    shares = differences(recorded.shares, found.shares)
    decisive = [] if environment else [*digests]
    decisive += [one for one in numbers if _is_beyond(one, tolerance.number)]
    decisive += [one for one in shares if _is_beyond(one, tolerance.share)]
    if decisive:
        return Verdict("different", decisive[0])
    slight = [*digests, *numbers, *(one for one in shares if _is_beyond(one, _ROUNDED_SHARE))]
    if slight or environment:
        return Verdict("equal within tolerance", slight[0] if slight else None)
    return Verdict("identical", None)


def choose_coalitions(n_coalitions: int, head: str, study: str) -> list[int]:
    """Return which of a study's coalitions are evaluated again, so that nobody picks them.

    Parameters
    ----------
    n_coalitions : that the study rests on.
    head : the newest head of the record log when the reproduction was asked for.
    study : the study's id.

    Returns
    -------
    list of int
        At most ``N_SAMPLED`` distinct places in the study's order, ascending.
    """
    rng = np.random.default_rng(derive_seed("reproduction", head, study))
    n_chosen = min(N_SAMPLED, n_coalitions)
    chosen: list[int] = np.sort(rng.choice(n_coalitions, n_chosen, replace=False)).tolist()
    return chosen


def _is_beyond(difference: Difference, tolerance: float) -> bool:
    recorded, found = difference.recorded, difference.found
    if not (isinstance(recorded, int | float) and isinstance(found, int | float)):
        return True
    # Written so that NaN, which compares to nothing, is beyond every tolerance.
    return not abs(recorded - found) <= tolerance
