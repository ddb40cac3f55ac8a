r"""Semivalues: how much each size of coalition counts.

.. math:: φ_i = Σ_{s<n} \frac{q(s)}{\binom{n−1}{s}} Σ_{S ∌ i, |S|=s} v(S ∪ i) − v(S)

with q ≥ 0 and Σ q = 1. Equivalently q(s) = E_t[Binomial(s; n−1, t)]: every other player is
there with probability t, and t is uniform (Shapley), 1/2 (Banzhaf) or Beta(β, α).
"""

from fractions import Fraction
from math import comb
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, roots_jacobi

from workbench.core.errors import InvalidInputError

MAX_TABLE_PLAYERS: Final = 20

Semivalue = Literal["shapley", "banzhaf"] | tuple[Literal["beta"], float, float]


def check_semivalue(semivalue: Semivalue) -> None:
    """Raise ``InvalidInputError`` unless this is a known semivalue."""
    match semivalue:
        case "shapley" | "banzhaf":
            return
        case ("beta", a, b) if 0 < a < np.inf and 0 < b < np.inf:
            return
    raise InvalidInputError(
        f"no semivalue is called {semivalue!r}",
        wanted='"shapley", "banzhaf" or ("beta", a, b) with a, b above 0',
    )


def read_semivalue(text: str) -> Semivalue:
    """Return the semivalue that a text names: ``shapley``, ``banzhaf`` or ``beta:A,B``.

    Raises
    ------
    InvalidInputError
        It names none.
    """
    name, _, numbers = text.partition(":")
    found: Any = text
    if name == "beta":
        try:
            a, b = (float(number) for number in numbers.split(","))
        except ValueError:
            a, b = 0.0, 0.0
        found = ("beta", a, b)
    try:
        check_semivalue(found)
    except InvalidInputError as error:
        raise InvalidInputError(
            f"no semivalue is called {text[:80]!r}",
            wanted="shapley, banzhaf or beta:A,B with A, B above 0",
            next_step="such as beta:4,1",
        ) from error
    semivalue: Semivalue = found
    return semivalue


def semivalue_text(semivalue: Semivalue) -> str:
    """Return what ``read_semivalue`` reads."""
    if isinstance(semivalue, str):
        return semivalue
    return f"beta:{semivalue[1]!r},{semivalue[2]!r}"


def size_weights(n_players: int, semivalue: Semivalue) -> NDArray[np.float64]:
    r"""Return q(s), the weight of joining a coalition of s others, shape (n_players,).

    Beta(α, β) has q(s) = C(n−1, s) · B(s + β, n−1−s + α) / B(α, β), in logarithms so that a
    thousand players overflow nothing; Beta(1, 1) is Shapley, large α favours small coalitions.

    References
    ----------
    P. Dubey, A. Neyman, R. J. Weber (1981), Value theory without efficiency.
    Y. Kwon, J. Zou (2022), Beta Shapley, AISTATS (their j is s + 1).
    """
    check_semivalue(semivalue)
    size = np.arange(n_players, dtype=np.float64)
    others = n_players - 1
    log_comb = gammaln(others + 1) - gammaln(size + 1) - gammaln(others - size + 1)
    match semivalue:
        case "shapley":
            return np.full(n_players, 1 / n_players)
        case "banzhaf":
            log_weight = log_comb - others * np.log(2)
        case (_, a, b):
            log_weight = log_comb + betaln(size + b, others - size + a) - betaln(a, b)
    weights: NDArray[np.float64] = np.exp(log_weight)
    weights /= weights.sum()
    return weights


def presence_nodes(
    n_players: int, semivalue: Semivalue
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probabilities t of being there and their weights, exact for n_players.

    A coalition's probability is a polynomial in t of degree below ``n_players``, which Gauss'
    rule with half as many nodes integrates exactly.
    """
    check_semivalue(semivalue)
    if semivalue == "banzhaf":
        return np.array([0.5]), np.array([1.0])
    a, b = (1.0, 1.0) if semivalue == "shapley" else (semivalue[1], semivalue[2])
    node, weight = roots_jacobi(n_players // 2 + 1, a - 1, b - 1)
    return (1 + node) / 2, weight / weight.sum()


def semivalue_from_table(utilities: NDArray[Any], semivalue: Semivalue = "shapley") -> NDArray[Any]:
    """Return every player's semivalue from the utilities of all coalitions.

    Parameters
    ----------
    utilities : shape (2**n_players,) or (2**n_players, n_games); entry c is the utility of the
        coalition whose member i is bit i of c. Of ``fractions.Fraction`` or whole numbers in
        an object array, the answer is exact (Shapley and Banzhaf).
    semivalue : ``"shapley"``, ``"banzhaf"`` or ``("beta", a, b)``.

    Returns
    -------
    ndarray, shape (n_players,) or (n_players, n_games)

    Raises
    ------
    InvalidInputError
        The table is incomplete, not finite, or has more than 20 players.

    Examples
    --------
    >>> gloves = np.array([0, 0, 0, 0, 0, 1, 1, 1.0])  # the last player has the right glove
    >>> semivalue_from_table(gloves).round(4).tolist()
    [0.1667, 0.1667, 0.6667]
    >>> semivalue_from_table(gloves, "banzhaf").tolist()
    [0.25, 0.25, 0.75]
    """
    utilities = np.asarray(utilities)
    n_players = table_players(utilities)
    is_rational = utilities.dtype == object
    if not is_rational:
        utilities = utilities.astype(np.float64)
        check_finite(utilities)
    weights = (
        _rational_weights(n_players, semivalue)
        if is_rational
        else size_weights(n_players, semivalue)
    )
    per_coalition = np.array([weights[s] / comb(n_players - 1, s) for s in range(n_players)])
    nothing = np.zeros(1, dtype=per_coalition.dtype)
    size = np.bitwise_count(np.arange(2**n_players))
    shape = (-1, *[1] * (utilities.ndim - 1))
    # A coalition enters as "with i" (the weight of size s−1) or as "without i" (of size s).
    joined = np.concatenate([nothing, per_coalition])[size].reshape(shape) * utilities
    absent = np.concatenate([per_coalition, nothing])[size].reshape(shape) * utilities
    values = []
    for player in range(n_players):
        halves = (-1, 2, 2**player, *utilities.shape[1:])
        gained = joined.reshape(halves)[:, 1].sum(axis=(0, 1))
        values.append(gained - absent.reshape(halves)[:, 0].sum(axis=(0, 1)))
    return np.array(values)


def table_players(utilities: NDArray[Any]) -> int:
    """Return how many players a table of all coalitions has, or refuse it."""
    n_players = max(len(utilities), 1).bit_length() - 1 if utilities.ndim else 0
    if utilities.ndim not in (1, 2) or len(utilities) != 2**n_players or n_players < 1:
        raise InvalidInputError(
            f"a table of shape {utilities.shape} is not a whole game",
            wanted="one utility for each of the 2**n_players coalitions",
        )
    if n_players > MAX_TABLE_PLAYERS:
        raise InvalidInputError(
            f"{n_players} players are too many to enumerate", wanted=f"at most {MAX_TABLE_PLAYERS}"
        )
    return n_players


def check_finite(utilities: NDArray[np.float64]) -> None:
    """Refuse a table with a utility that is not finite, naming its first coalition."""
    bad = np.flatnonzero(~np.isfinite(utilities.reshape(len(utilities), -1)).all(axis=1))
    if len(bad):
        coalition = int(bad[0])
        raise InvalidInputError(
            f"the utility of coalition {coalition:#b} is {utilities[coalition]}",
            wanted="finite utilities",
            coalition=str(coalition),
        )


def _rational_weights(n_players: int, semivalue: Semivalue) -> list[Fraction]:
    match semivalue:
        case "shapley":
            return [Fraction(1, n_players)] * n_players
        case "banzhaf":
            others = n_players - 1
            return [Fraction(comb(others, s), 2**others) for s in range(n_players)]
    check_semivalue(semivalue)
    raise InvalidInputError(
        f"{semivalue!r} has no rational weights", wanted='"shapley", "banzhaf" or float utilities'
    )
