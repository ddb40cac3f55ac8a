"""Every estimator by its name, and which one to use when."""

from dataclasses import dataclass
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.valuation.adjusted import estimate_adjusted
from workbench.valuation.ask import Ask, Estimate
from workbench.valuation.banzhaf import estimate_banzhaf
from workbench.valuation.enumeration import enumerate_game
from workbench.valuation.game import MAX_PLAYERS
from workbench.valuation.leave_one_out import leave_one_out
from workbench.valuation.leverage import estimate_leverage
from workbench.valuation.sampling import (
    estimate_antithetic,
    estimate_permutation,
    estimate_truncated,
)
from workbench.valuation.semivalues import MAX_TABLE_PLAYERS
from workbench.valuation.stratified import estimate_stratified
from workbench.valuation.surrogate.estimate import estimate_surrogate

MAX_EXACT_PLAYERS: Final = 12
"""Enumerated by ``auto`` without being asked: 4,096 evaluations."""

MAX_SURROGATE_PLAYERS: Final = 256
"""More and the weights of the closed form no longer fit into memory."""


@dataclass(frozen=True)
class Estimator:
    """One way to find values.

    Attributes
    ----------
    estimate : asks the game and answers.
    use_when : one sentence for the person who chooses.
    max_players : more are refused.
    """

    estimate: Estimate
    use_when: str
    max_players: int = 1_024


ESTIMATORS: Final[dict[str, Estimator]] = {
    "exact": Estimator(
        enumerate_game, "all coalitions are affordable: no sampling error", MAX_TABLE_PLAYERS
    ),
    "surrogate": Estimator(
        estimate_surrogate,
        "evaluations are dear and utilities vary smoothly: far fewer of them",
        MAX_SURROGATE_PLAYERS,
    ),
    "antithetic": Estimator(
        estimate_antithetic, "an unbiased answer is wanted, or the game is anything but smooth"
    ),
    "permutation": Estimator(estimate_permutation, "the estimator that people know is wanted"),
    "truncated": Estimator(
        estimate_truncated, "utility saturates early and a small bias does no harm"
    ),
    "stratified": Estimator(
        estimate_stratified, "budgets reach many times the number of players, unbiasedly"
    ),
    "regression_adjusted": Estimator(
        estimate_adjusted, "the game is rough: a vote, a threshold, few different utilities"
    ),
    "leverage": Estimator(estimate_leverage, "the game is nearly additive"),
    "leave_one_out": Estimator(leave_one_out, "only a first look is affordable; never for payouts"),
    "banzhaf_msr": Estimator(
        estimate_banzhaf, "rankings under noisy utilities, with semivalue='banzhaf'"
    ),
}


@dataclass(frozen=True)
class Choice:
    """What will value a game.

    Attributes
    ----------
    method : a name in ``ESTIMATORS``.
    budget : distinct coalitions at most.
    why : why this method, as one clause; empty where it was asked for by name.
    """

    method: str
    budget: int
    why: str


def choose(n_players: int, method: str, budget: int | None, ask: Ask) -> Choice:
    """Return the method and the budget that a question leads to.

    Parameters
    ----------
    method : a name in ``ESTIMATORS``, or ``"auto"``: exact where affordable, else surrogate.
    budget : ``None`` is all coalitions up to 12 players or with exact, else 256 or 8 a player.

    Raises
    ------
    InvalidInputError
        Too few or too many players, a budget below n + 2, or no such method.
    """
    if not 1 <= n_players <= MAX_PLAYERS:
        raise InvalidInputError(f"{n_players} players take part", wanted=f"1 to {MAX_PLAYERS}")
    n_coalitions: int = 2**n_players
    least = min(n_players + 2, n_coalitions)
    if budget is not None and budget < least:
        raise InvalidInputError(
            f"a budget of {budget} evaluations is too small for {n_players} players",
            wanted=f"at least {least}: the empty, the full and one a player",
        )
    name, why = (method, "") if method != "auto" else choose_method(n_players, budget, ask)
    if name not in ESTIMATORS:
        raise InvalidInputError(
            f"no method is called {name[:80]!r}", wanted=", ".join(["auto", *ESTIMATORS])
        )
    if n_players > ESTIMATORS[name].max_players:
        raise InvalidInputError(
            f"{n_players} players are too many for {name}",
            wanted=f"at most {ESTIMATORS[name].max_players}",
            next_step="use method='surrogate'",
        )
    if budget is None:
        budget = n_coalitions if name == "exact" else min(n_coalitions, max(256, 8 * n_players))
    return Choice(name, budget, why)


def choose_method(n_players: int, budget: int | None, ask: Ask) -> tuple[str, str]:
    """Return the method that ``auto`` takes, and why, as one clause."""
    n_coalitions = 2**n_players
    limit = n_coalitions if budget is None else budget
    is_asked = budget is not None or n_players <= MAX_EXACT_PLAYERS
    if is_asked and n_players <= MAX_TABLE_PLAYERS and n_coalitions <= limit:
        return "exact", f"all {n_coalitions} coalitions of {n_players} players are affordable"
    if n_players > MAX_SURROGATE_PLAYERS:
        return "antithetic", f"{n_players} players are too many for a surrogate"
    wanted = "values" if ask.semivalue == "shapley" else f"{ask.semivalue} semivalues"
    return "surrogate", (
        f"{n_players} players have too many coalitions for the budget; a surrogate gives {wanted}"
        " from the fewest evaluations"
    )
