r"""The kernel over coalitions: size, additive and pairwise parts, and a local one.

With membership x of a coalition, weights :math:`w_i = n r_i^g / Σ r^g` of players with r_i
rows, :math:`e = Σ w_i x_i`, overlap :math:`o = Σ w_i x_i x'_i`, :math:`u = \log(1 + e)`, centred
overlap :math:`c = o − e e'/n` and distance :math:`d = e + e' − 2o`:

.. math::
    k = a_0² e^{−(u−u')²/2L_0²} + e^{−p(u+u') − |u−u'|/L_1} (a_1² c + a_2² c²)
        + a_3² e^{−p_3(u+u') − d/L_3}

Each part is positive definite (c is a covariance of memberships), and the second and third
fade as coalitions grow, as marginal contributions do.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.valuation.coalitions import Coalitions

Floats = NDArray[np.float64]

NAMES: Final = (
    "log a0", "log L0", "log a1", "p", "log L1", "log a2", "log a3", "log L3", "log σ", "p3", "g"
)  # fmt: skip
SIGMA: Final = 8
G: Final = 10
N_PARAMETERS: Final = 11


@dataclass(frozen=True)
class Features:
    """What the kernel needs of pairs of coalitions, all of one broadcast shape.

    Attributes
    ----------
    u, v : log(1 + e) of the first and of the second coalition.
    centred : c; distance : d.
    """

    u: Floats
    v: Floats
    centred: Floats
    distance: Floats


def player_weights(player_sizes: Floats, g: float) -> Floats:
    """Return w, shape (n_players,); it sums to n_players, and g = 0 counts players."""
    power = np.exp(g * (np.log(player_sizes) - np.log(player_sizes).mean()))
    weights: Floats = len(player_sizes) * power / power.sum()
    return weights


def features(one: Coalitions, other: Coalitions, weights: Floats) -> Features:
    """Return the features of every pair, shapes broadcasting to (len(one), len(other))."""
    x, y = one.astype(np.float64), other.astype(np.float64)
    overlap = (x * weights) @ y.T
    e, f = (x @ weights)[:, None], (y @ weights)[None, :]
    return features_of(e, f, overlap, len(weights))


def features_of(e: Floats, f: Floats, overlap: Floats, n_players: int) -> Features:
    """Return the features of pairs from their weighted sizes and overlaps."""
    distance = np.maximum(e + f - 2 * overlap, 0)
    return Features(np.log1p(e), np.log1p(f), overlap - e * f / n_players, distance)


def kernel(theta: Floats, f: Features) -> Floats:
    """Return k without noise, of the features' broadcast shape."""
    size, fading, local = _parts(theta, f)
    a1, a2 = np.exp(2 * theta[[2, 5]])
    result: Floats = size + fading * f.centred * (a1 + a2 * f.centred) + local
    return result


def kernel_and_slopes(theta: Floats, f: Features) -> tuple[Floats, list[Floats]]:
    """Return k and its derivatives by the first ten parameters (0 where it has none).

    Memory is that of about a dozen arrays of the features' shape.
    """
    size, fading, local = _parts(theta, f)
    a1, a2 = np.exp(2 * theta[[2, 5]])
    additive, pairs = fading * f.centred * a1, fading * f.centred**2 * a2
    joined = additive + pairs
    total, gap = f.u + f.v, np.abs(f.u - f.v)
    slopes = [
        2 * size,
        size * gap**2 * np.exp(-2 * theta[1]),
        2 * additive,
        -total * joined,
        joined * gap * np.exp(-theta[4]),
        2 * pairs,
        2 * local,
        local * f.distance * np.exp(-theta[7]),
        np.zeros(1),
        -total * local,
    ]
    return size + joined + local, slopes


def slope_by_g(theta: Floats, f: Features, moved: Features) -> Floats:
    """Return the derivative of k by g, where ``moved`` holds the features' derivatives."""
    size, fading, local = _parts(theta, f)
    a1, a2 = np.exp(2 * theta[[2, 5]])
    overlap = f.centred * (a1 + a2 * f.centred)
    sum_moved, gap_moved = moved.u + moved.v, moved.u - moved.v
    gap = f.u - f.v
    slope: Floats = (
        -size * gap * gap_moved * np.exp(-2 * theta[1])
        + fading * overlap * (-theta[3] * sum_moved - np.sign(gap) * gap_moved * np.exp(-theta[4]))
        + fading * (a1 + 2 * a2 * f.centred) * moved.centred
        + local * (-theta[9] * sum_moved - moved.distance * np.exp(-theta[7]))
    )
    return slope


def features_by_g(one: Coalitions, other: Coalitions, weights: Floats, sizes: Floats) -> Features:
    """Return the derivatives of the features of every pair by g."""
    logs = np.log(sizes)
    change = weights * (logs - weights @ logs / len(sizes))
    x, y = one.astype(np.float64), other.astype(np.float64)
    e, f = (x @ weights)[:, None], (y @ weights)[None, :]
    de, df = (x @ change)[:, None], (y @ change)[None, :]
    overlap = (x * change) @ y.T
    return Features(
        de / (1 + e),
        df / (1 + f),
        overlap - (de * f + e * df) / len(sizes),
        de + df - 2 * overlap,
    )


def _parts(theta: Floats, f: Features) -> tuple[Floats, Floats, Floats]:
    """Return the size part, the fading factor of the additive and pair parts, the local one."""
    gap = f.u - f.v
    size = np.exp(2 * theta[0] - 0.5 * np.exp(-2 * theta[1]) * gap * gap)
    rate = np.exp(-theta[4])
    if f.u.shape == f.centred.shape:
        fading = np.exp(-theta[3] * (f.u + f.v) - rate * np.abs(gap))
        shrinking = -theta[9] * (f.u + f.v) - np.exp(-theta[7]) * f.distance
        return size, fading, np.exp(2 * theta[6] + shrinking)
    # e^{−|u−v|/L1} is the smaller of two products, so most exponentials are of vectors.
    fading = np.minimum(
        np.exp((rate - theta[3]) * f.u) * np.exp((-rate - theta[3]) * f.v),
        np.exp((-rate - theta[3]) * f.u) * np.exp((rate - theta[3]) * f.v),
    )
    local = np.exp(-np.exp(-theta[7]) * f.distance)
    local *= np.exp(2 * theta[6] - theta[9] * f.u)
    local *= np.exp(-theta[9] * f.v)
    return size, fading, local
