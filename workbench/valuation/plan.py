"""Which coalitions a study evaluates: all when affordable, else along seeded permutations."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from workbench.core.errors import InvalidInputError
from workbench.valuation.permutation import draw_permutations, prefixes

MAX_AFFORDABLE_PLAYERS: Final = 12
MAX_PLAYERS: Final = 64
DEFAULT_PERMUTATIONS: Final = 30


@dataclass(frozen=True)
class Plan:
    """What a study will evaluate.

    Attributes
    ----------
    method : the estimator.
    why : one sentence a person reads.
    budget : distinct coalitions at most, the empty and the full one included.
    coalitions : bit masks over the study's players, distinct, in the order of evaluation.
    permutations : player orders; empty for the exact method.
    """

    method: Literal["exact", "permutation"]
    why: str
    budget: int
    coalitions: list[int]
    permutations: list[list[int]]


def plan_study(n_players: int, *, method: str, budget: int | None, seed: int) -> Plan:
    """Return the coalitions to evaluate.

    Parameters
    ----------
    n_players : 1 to 64.
    method : ``"auto"``, ``"exact"`` or ``"permutation"``.
    budget : distinct coalitions at most; ``None`` for all (exact) or 30 permutations.
    seed : of the permutations; the same seed and a larger budget extend a study.

    Raises
    ------
    InvalidInputError
        No players, too many, an unknown method, or a budget the method cannot work with.
    """
    if not 1 <= n_players <= MAX_PLAYERS:
        raise InvalidInputError(f"{n_players} owner groups take part", wanted=f"1 to {MAX_PLAYERS}")
    if budget is not None and budget < n_players + 2:
        raise InvalidInputError(
            f"a budget of {budget} evaluations is too small for {n_players} owner groups",
            wanted=f"at least {n_players + 2}: the empty, the full and one a player",
        )
    affordable = n_players <= MAX_AFFORDABLE_PLAYERS and (budget is None or budget >= 2**n_players)
    match method:
        case "auto":
            return _exact(n_players) if affordable else _permutation(n_players, budget, seed)
        case "exact" if affordable:
            return _exact(n_players)
        case "exact":
            raise InvalidInputError(
                f"all 2**{n_players} coalitions do not fit",
                wanted=f"a budget of {2**n_players} and at most {MAX_AFFORDABLE_PLAYERS} players",
                next_step="use method='permutation', or raise the budget",
            )
        case "permutation":
            return _permutation(n_players, budget, seed)
    raise InvalidInputError(f"no method is called {method!r}", wanted="auto, exact or permutation")


def _exact(n_players: int) -> Plan:
    n_coalitions = 2**n_players
    why = f"all {n_coalitions} coalitions of {n_players} owner groups are affordable"
    # The empty and the full one first: the total gain is known before anything else.
    order = [0, n_coalitions - 1, *range(1, n_coalitions - 1)]
    return Plan("exact", why, n_coalitions, order, [])


def _permutation(n_players: int, budget: int | None, seed: int) -> Plan:
    limit = DEFAULT_PERMUTATIONS if budget is None else budget
    rng = np.random.default_rng(seed)
    chosen: dict[int, None] = {0: None, (1 << n_players) - 1: None}
    permutations: list[list[int]] = []
    for order in draw_permutations(n_players, limit, rng):
        met = dict.fromkeys(prefixes(order))
        if budget is not None and len(chosen | met) > budget:
            break
        chosen |= met
        permutations.append([int(player) for player in order])
    if len(permutations) < 2:
        raise InvalidInputError(
            f"a budget of {budget} holds {len(permutations)} permutations of {n_players} players",
            wanted=f"at least {2 * n_players} evaluations: two permutations give an error",
            next_step="raise the budget",
        )
    bound = f"a budget of {budget}" if budget is not None else "the default"
    why = f"{len(permutations)} seeded permutations, as {bound} allows"
    return Plan("permutation", why, budget or len(chosen), list(chosen), permutations)
