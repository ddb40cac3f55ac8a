"""Values on the way to a budget: look, and stop once enough is known."""

from collections.abc import Callable
from dataclasses import replace
from math import ceil
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.valuation.adjusted import estimate_adjusted
from workbench.valuation.ask import Ask
from workbench.valuation.game import Game, Given, Utility
from workbench.valuation.stopping import Stopping
from workbench.valuation.surrogate.estimate import GROWTH
from workbench.valuation.value_game import value_game
from workbench.valuation.values import Values

GROWING: Final = ("surrogate", "permutation", "antithetic", "truncated")
"""Methods of which a smaller budget asks the first coalitions of a larger one."""

_ASKED: Final = frozenset({"semivalue", "confidence", "seed"})


def value_in_looks(
    utility: Utility,
    n_players: int,
    *,
    method: str,
    budget: int,
    stopping: Stopping | None = None,
    on_look: Callable[[Values], None] | None = None,
    given: Given | None = None,
    **facts: Any,
) -> Values:
    """Return values at growing budgets until a rule is content or the budget is spent.

    No coalition is asked twice. Without rule and listener there is one look, at the end.

    Parameters
    ----------
    utility, n_players, method, budget, given, **facts : as ``value_game`` takes them; method is
        not ``"auto"``.
    stopping : when to stop before the budget is spent; ``None`` is never.
    on_look : called with the values of every look, the last one included.

    Raises
    ------
    InvalidInputError
        The method asks other coalitions at another budget, so a look would waste evaluations.
    """
    if stopping is not None and method not in GROWING:
        raise InvalidInputError(
            f"{method} cannot stop early: a larger budget asks it other coalitions",
            wanted=f"no rule of stopping, or one of {', '.join(GROWING)}",
        )
    memory = Game(utility, n_players, given=given)
    if (stopping is None and on_look is None) or method not in GROWING:
        return _seen(
            value_game(memory, n_players, method=method, budget=budget, given=given, **facts),
            on_look,
        )
    for enough in look_budgets(n_players, budget):
        values = value_game(memory, n_players, method=method, budget=enough, given=given, **facts)
        if values.method not in (method, "exact"):
            return _seen(_without(values, memory, budget, facts), on_look)
        _seen(values, on_look)
        if stopping is not None and stopping.look(values) and memory.n_asked < budget:
            asked = f"after {memory.n_asked} of {budget} evaluations"
            return replace(values, why=f"{values.why}; stopped {asked}, as asked")
    return values


def _without(values: Values, memory: Game, budget: int, facts: dict[str, Any]) -> Values:
    """Return the answer of the method that stepped in, from all that is left of the budget."""
    left = min(budget, 2**memory.n_players) - memory.n_asked
    if left < 2:
        return values
    ask = Ask(**{name: fact for name, fact in facts.items() if name in _ASKED})
    rest = Game(memory, memory.n_players, budget=left, given=memory.evaluated())
    whole = estimate_adjusted(rest, ask)
    return replace(whole, method=values.method, why=values.why)


def _seen(values: Values, on_look: Callable[[Values], None] | None) -> Values:
    if on_look is not None:
        on_look(values)
    return values


def look_budgets(n_players: int, budget: int) -> list[int]:
    """Return the budgets at which to look: the ends of the surrogate's batches.

    The first are the 2n + 2 coalitions of a start, each is 1.5 times the one before.
    """
    n_all = 2**n_players
    budgets = []
    enough = 2 * n_players + 2
    while enough < min(budget, n_all):
        budgets.append(enough)
        enough += ceil((GROWTH - 1) * enough)
    return [*budgets, min(budget, n_all)]
