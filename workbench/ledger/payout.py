"""From values to money: exact shares, one rounding, once per epoch."""

from collections.abc import Mapping

from workbench.core.errors import InvalidInputError


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


def split_pool(pool: int, units: Mapping[str, int], *, minimum_gain: int = 0) -> dict[str, int]:
    """Return what each owner is paid from a pool; what is not paid returns to the sponsor.

    Parameters
    ----------
    pool : micro-credits, above 0.
    units : owner → sealed value in whole units; negative values are shown, never charged.
    minimum_gain : the task's least total gain, in the same units; below it nothing is paid.

    Returns
    -------
    dict of owner → micro-credits; sums to the pool, or to 0 when the whole pool returns.
    """
    weights = {owner: max(0, value) for owner, value in units.items()}
    if sum(weights.values()) == 0 or sum(units.values()) < minimum_gain:
        return dict.fromkeys(units, 0)
    return largest_remainder(pool, weights)
