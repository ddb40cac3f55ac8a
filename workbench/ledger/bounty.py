"""From a certified gain to money: a price for each unit, divided by declared roles."""

import math
from collections.abc import Mapping
from fractions import Fraction

from workbench.core.errors import InvalidInputError
from workbench.ledger.payout import largest_remainder


def bounty_of(gain: int, price: int, at_most: int) -> int:
    """Return what a merge earns, in µcr.

    Parameters
    ----------
    gain : certified, in whole millionths of the metric, at least 0.
    price : µcr for each of them, fixed when the task opened, at least 0.
    at_most : what is left of the task's bounties, in µcr, at least 0.

    Raises
    ------
    InvalidInputError
        A number is negative.

    Examples
    --------
    >>> bounty_of(20_000, price=500, at_most=25_000_000)
    10000000
    """
    for name, number in {"gain": gain, "price": price, "at_most": at_most}.items():
        if number < 0:
            raise InvalidInputError(f"{name} is {number}", wanted="at least 0")
    return min(gain * price, at_most)


def split_bounty(bounty: int, parts: Mapping[str, Fraction]) -> dict[str, int]:
    """Return what each owner group is paid, in µcr; together exactly the bounty.

    Parameters
    ----------
    bounty : µcr, at least 0.
    parts : owner group → its part in all its roles; they sum to 1.

    Raises
    ------
    InvalidInputError
        Parts do not sum to 1, one is negative, or the bounty is.

    Examples
    --------
    >>> split_bounty(100, {"ana": Fraction(2, 3), "beto": Fraction(1, 3)})
    {'ana': 67, 'beto': 33}
    """
    total = sum(parts.values(), Fraction(0))
    if total != 1:
        raise InvalidInputError(f"the parts of a bounty sum to {total}", wanted="exactly 1")
    # Over one denominator exact parts are whole weights, and are rounded once.
    common = math.lcm(*(part.denominator for part in parts.values()))
    return largest_remainder(bounty, {owner: int(part * common) for owner, part in parts.items()})
