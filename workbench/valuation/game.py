"""A game that remembers what it was asked, and never asks for more than its budget."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError, JobError, WorkbenchError
from workbench.valuation.coalitions import Coalitions, describe, keys_of

MAX_PLAYERS = 1_024

Utility = Callable[[Coalitions], NDArray[np.float64]]
"""bool (n_coalitions, n_players) in, float64 (n_coalitions,) out; higher is better."""

Given = tuple[Coalitions, NDArray[np.float64]]
"""Coalitions whose utilities are known, and those utilities."""

Progress = Callable[[int, int], None]
"""Called with the distinct coalitions evaluated so far and the budget."""


class Game:
    """The utilities of coalitions, each evaluated once.

    Parameters
    ----------
    utility : higher is better; asked for several coalitions at once, never for none.
    n_players : 1 to 1,024.
    budget : distinct coalitions at most, the empty and the full one included; ``None`` for
        no limit.
    n_replicates : how often each coalition is asked; its utility is the mean.
    on_progress : called after every answer.
    given : coalitions that were evaluated before, and their utilities: they count in no budget.

    Raises
    ------
    InvalidInputError
        The number of players or of replicates is out of range.
    """

    def __init__(
        self,
        utility: Utility,
        n_players: int,
        *,
        budget: int | None = None,
        n_replicates: int = 1,
        on_progress: Progress | None = None,
        given: Given | None = None,
    ) -> None:
        if not 1 <= n_players <= MAX_PLAYERS:
            raise InvalidInputError(f"{n_players} players take part", wanted=f"1 to {MAX_PLAYERS}")
        if n_replicates < 1:
            raise InvalidInputError(f"{n_replicates} replicates", wanted="at least 1")
        self._utility = utility
        self.n_players = n_players
        self.budget = budget
        self._n_replicates = n_replicates
        self._on_progress: Progress | None = None
        self._known: dict[bytes, float] = {}
        self._n_given = 0
        if given is not None:
            coalitions, utilities = given
            self._keep(coalitions, keys_of(coalitions), np.asarray(utilities, dtype=np.float64))
            self._n_given = len(self._known)
        self._on_progress = on_progress

    @property
    def n_evaluations(self) -> int:
        """Distinct coalitions known so far, the given ones included."""
        return len(self._known)

    @property
    def n_asked(self) -> int:
        """Distinct coalitions asked so far, which the budget counts."""
        return len(self._known) - self._n_given

    @property
    def remaining(self) -> int:
        """Distinct coalitions that the budget still allows."""
        return max(0, self.limit - self.n_asked)

    @property
    def limit(self) -> int:
        """The budget, or all coalitions that were not given where those are fewer."""
        n_all: int = 2**self.n_players - self._n_given
        return n_all if self.budget is None else min(self.budget, n_all)

    def is_known(self, coalitions: Coalitions) -> NDArray[np.bool_]:
        """Return which coalitions cost nothing any more, shape (n_coalitions,)."""
        return np.array([key in self._known for key in keys_of(coalitions)], dtype=np.bool_)

    def n_affordable(self, coalitions: Coalitions) -> int:
        """Return how many coalitions, from the first on, the budget allows."""
        met: set[bytes] = set()
        remaining = self.remaining
        for position, key in enumerate(keys_of(coalitions)):
            if key not in self._known and key not in met:
                met.add(key)
                if len(met) > remaining:
                    return position
        return len(coalitions)

    def evaluated(self) -> tuple[Coalitions, NDArray[np.float64]]:
        """Return all coalitions evaluated so far, in order, and their utilities."""
        packed = np.frombuffer(b"".join(self._known), dtype=np.uint8)
        bits = np.unpackbits(
            packed.reshape(len(self._known), -1), axis=1, count=self.n_players, bitorder="little"
        )
        return bits.astype(np.bool_), np.array(list(self._known.values()))

    def __call__(self, coalitions: Coalitions) -> NDArray[np.float64]:
        """Return the utilities of coalitions, asking only for those not asked before.

        Raises
        ------
        InvalidInputError
            The answer has another shape, is not finite, or the budget does not allow it. The
            error names the coalition; what was answered before it is kept.
        JobError
            The utility raised; the error names the coalition.
        """
        keys = keys_of(coalitions)
        new = {k: i for i, k in reversed(list(enumerate(keys))) if k not in self._known}
        if len(new) > self.remaining:
            raise InvalidInputError(
                f"{len(new)} more coalitions exceed the budget of {self.budget}",
                wanted=f"at most {self.remaining} more",
            )
        if new:
            positions = sorted(new.values())
            self._ask(coalitions[positions], [keys[i] for i in positions])
        return np.array([self._known[key] for key in keys], dtype=np.float64)

    def _ask(self, coalitions: Coalitions, keys: list[bytes]) -> None:
        try:
            total = self._answer(coalitions)
            for _ in range(self._n_replicates - 1):
                total = total + self._answer(coalitions)
        except Exception as error:
            if len(coalitions) == 1:
                raise self._blamed(error, coalitions[0]) from error
            # One by one: the error names its coalition, and the others' utilities are kept.
            for row, key in zip(coalitions, keys, strict=True):
                self._ask(row[None, :], [key])
            return
        self._keep(coalitions, keys, total / self._n_replicates)

    def _answer(self, coalitions: Coalitions) -> NDArray[np.float64]:
        # A copy, so that a utility which writes into its argument spoils nothing.
        answer = np.asarray(self._utility(coalitions.copy()))
        if answer.shape != (len(coalitions),) or answer.dtype.kind not in "fiub":
            raise InvalidInputError(
                f"the utility answered {answer.dtype} of shape {answer.shape}"
                f" for {len(coalitions)} coalitions",
                wanted=f"numbers of shape ({len(coalitions)},)",
            )
        return answer.astype(np.float64)

    def _keep(
        self, coalitions: Coalitions, keys: list[bytes], utilities: NDArray[np.float64]
    ) -> None:
        finite = np.isfinite(utilities)
        for key, utility in zip(keys, utilities.tolist(), strict=True):
            if np.isfinite(utility):
                self._known[key] = utility
        if not finite.all():
            first = int(np.flatnonzero(~finite)[0])
            raise InvalidInputError(
                f"the utility of coalition {describe(coalitions[first])} is {utilities[first]}",
                wanted="finite utilities",
                coalition=np.flatnonzero(coalitions[first]).tolist(),
            )
        if self._on_progress is not None:
            self._on_progress(self.n_asked, self.limit)

    @staticmethod
    def _blamed(error: Exception, coalition: NDArray[np.bool_]) -> WorkbenchError:
        """Return the error with the coalition it belongs to."""
        members = np.flatnonzero(coalition).tolist()
        if isinstance(error, WorkbenchError):
            if error.facts.get("coalition") == members:
                # A game within a game has named it.
                return error
            found = f"{error.found}; coalition {describe(coalition)}"
            kind = type(error)
            return kind(
                found,
                wanted=error.wanted,
                next_step=error.next_step,
                **(error.facts | {"coalition": members}),
            )
        return JobError(
            f"the utility of coalition {describe(coalition)} raised"
            f" {type(error).__name__}: {error}",
            wanted="a number for every coalition",
            coalition=members,
        )
