"""From values to money: exact shares, one rounding, once per epoch."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.ledger.posting import Posting, user_account

# No owner is called so; what nobody is sure to have earned is rounded with the rest.
_SPONSOR: Final = ""


def largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Split a total by weights so that the parts are whole and sum to it exactly.

    ``q_i = total·w_i / Σw`` is computed exactly and floored; the units left over go to the
    largest fractional parts, ties to the smaller id in byte order. A zero weight never
    receives. The order of the mapping changes nothing.

    Parameters
    ----------
    total : micro-credits, at least 0.
    weights : id → weight, whole and at least 0; at least one above 0.

    Raises
    ------
    InvalidInputError
        A negative total or weight, or no weight above 0.

    References
    ----------
    Hamilton's method; M. Balinski, H. P. Young (1982), Fair Representation, chapter 3.
    """
    if total < 0:
        raise InvalidInputError(f"the total must be at least 0, not {total}")
    for name, weight in weights.items():
        if weight < 0:
            raise InvalidInputError(f"the weight of {name} must be at least 0, not {weight}")
    whole = sum(weights.values())
    if whole == 0:
        raise InvalidInputError("nobody has a weight above 0", wanted="one positive weight")
    quotas = {name: divmod(total * weight, whole) for name, weight in weights.items()}
    parts = {name: quota for name, (quota, _) in quotas.items()}
    left = total - sum(parts.values())
    # Every id among the first `left` has a remainder above 0: they sum to left·whole.
    ordered = sorted(quotas, key=lambda name: (-quotas[name][1], name.encode()))
    for name in ordered[:left]:
        parts[name] += 1
    return parts


@dataclass(frozen=True)
class PayoutRule:
    """How values become money: fixed when a task opens.

    Attributes
    ----------
    minimum_gain : the least sum of all values, in sealed units; below it nothing is paid.
    on_lower_bound : whether only what is sure of a value is paid for.
    owner_cap : the largest part of the pool that one owner is paid; ``None`` caps nobody.
    """

    minimum_gain: int = 0
    on_lower_bound: bool = False
    owner_cap: Fraction | None = None


@dataclass(frozen=True)
class Portion:
    """How one owner's amount came about: ``amount = floor + rounding - above_cap``.

    Attributes
    ----------
    weight : whole units that are paid for.
    floor : whole µcr of ``pool · weight / whole``.
    rounding : 1 where the owner has one of the largest remainders, else 0.
    above_cap : µcr above the cap, which return to the sponsor.
    """

    weight: int
    floor: int
    rounding: int
    above_cap: int

    @property
    def amount(self) -> int:
        """What the owner is paid, in µcr."""
        return self.floor + self.rounding - self.above_cap


@dataclass(frozen=True)
class Split:
    """A pool, divided to the last unit.

    Attributes
    ----------
    pool : in µcr.
    whole : the sum of positive values, in sealed units: the pool stands for it.
    portions : owner → how its amount came about.
    why_returned : why the whole pool returns; empty where somebody is paid.
    """

    pool: int
    whole: int
    portions: Mapping[str, Portion]
    why_returned: str = ""

    @cached_property
    def amounts(self) -> dict[str, int]:
        """Owner → µcr."""
        return {owner: portion.amount for owner, portion in self.portions.items()}

    @property
    def paid(self) -> int:
        """What the owners get together, in µcr."""
        return sum(self.amounts.values())

    @property
    def returned(self) -> int:
        """What goes back to the sponsor, in µcr."""
        return self.pool - self.paid


def split_pool(
    pool: int,
    units: Mapping[str, int],
    rule: PayoutRule | None = None,
    *,
    low_units: Mapping[str, int] | None = None,
) -> Split:
    """Divide a pool by sealed values; what is not paid returns to the sponsor.

    Each owner's part is its value's part of the sum of all positive values. On the lower bound
    an owner is paid for the lower end of its interval, out of the same sum: less is sure, less
    is paid, and nobody gets more for what another is not sure of. Rounded once, over all owners
    and what returns; then every amount above the cap is cut to it.

    Parameters
    ----------
    pool : micro-credits, at least 0.
    units : owner → sealed value in whole units; negative values are shown, never charged.
    rule : of the task; pays the whole pool by value unless given.
    low_units : owner → lower end of its interval, in the same units; where the rule asks.

    Raises
    ------
    InvalidInputError
        The rule asks for lower ends, and one is missing or above its value.
    """
    rule = rule or PayoutRule()
    weights = {owner: max(0, value) for owner, value in units.items()}
    whole = sum(weights.values())
    why = _why_not(whole, sum(units.values()), rule.minimum_gain)
    if rule.on_lower_bound:
        weights = _sure(units, low_units or {})
        why = why or ("" if any(weights.values()) else "no value is surely above 0")
    if why:
        nothing = {owner: Portion(weight, 0, 0, 0) for owner, weight in weights.items()}
        return Split(pool, whole, nothing, why)
    rest = whole - sum(weights.values())
    parts = largest_remainder(pool, weights | {_SPONSOR: rest})
    most = pool if rule.owner_cap is None else int(pool * rule.owner_cap)
    portions = {}
    for owner, weight in weights.items():
        floor = pool * weight // whole
        portions[owner] = Portion(weight, floor, parts[owner] - floor, max(0, parts[owner] - most))
    return Split(pool, whole, portions)


def payout_postings(
    source: str, sponsor: str, amounts: Mapping[str, int], returned: int
) -> list[Posting]:
    """Return how a divided pool moves: to the owners by name, what is left to the sponsor.

    Parameters
    ----------
    source : the account that holds it: the task's pool, or the hold of the epoch.
    sponsor : owner group that gets what is left.
    amounts : owner → µcr.
    returned : µcr that nobody earned.
    """
    postings = [
        Posting(source, user_account(owner), amount)
        for owner, amount in sorted(amounts.items())
        if amount > 0
    ]
    return postings + ([Posting(source, user_account(sponsor), returned)] if returned else [])


def _why_not(whole: int, gain: int, minimum_gain: int) -> str:
    """Return why nothing is paid; empty where something is."""
    if whole == 0:
        return "no value is above 0"
    if gain < minimum_gain:
        return f"the total gain of {gain} units is below the task's minimum of {minimum_gain}"
    return ""


def _sure(units: Mapping[str, int], low_units: Mapping[str, int]) -> dict[str, int]:
    for owner, value in units.items():
        low = low_units.get(owner)
        if low is None or low > value:
            raise InvalidInputError(
                f"the value of {owner} is {value} units and its lower end {low}",
                wanted="a lower end that is at most the value",
            )
    return {owner: max(0, low_units[owner]) for owner in units}
