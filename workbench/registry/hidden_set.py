"""A hidden set serves so many gates, then it retires.

Each gate's answer tells a little of what is hidden. A budget bounds how much is told, as a
ladder of scores does.

References
----------
Dwork et al. 2015, "The reusable holdout", doi:10.1126/science.aaa9375; Blum and Hardt 2015,
"The Ladder: A Reliable Leaderboard for Machine Learning Competitions", arXiv:1502.04585.
"""

from dataclasses import dataclass, replace

from workbench.core.errors import ConflictError, InvalidInputError


@dataclass(frozen=True)
class HiddenSet:
    """A hidden test set and the gates it served.

    Attributes
    ----------
    digest : of its rows.
    budget : how many gates it serves; at least 1.
    uses : the gates it served, in order, each once.
    """

    digest: str
    budget: int
    uses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.budget < 1 or not len(set(self.uses)) == len(self.uses) <= self.budget:
            raise InvalidInputError(
                f"a hidden set with a budget of {self.budget} served {len(self.uses)} gates",
                wanted="a budget of at least 1, and no gate beyond it or twice",
            )

    @property
    def left(self) -> int:
        """How many gates it still serves."""
        return self.budget - len(self.uses)

    @property
    def is_retired(self) -> bool:
        """Whether it serves no new gate."""
        return not self.left

    def use(self, gate: str) -> "HiddenSet":
        """Return the set after a gate; one that was counted already, and runs again, is free.

        A proposal that waited is judged again on what was measured of it: the same gate, whose
        answer tells nothing new.

        Parameters
        ----------
        gate : id of what is measured: the same proposal against the same champion.

        Raises
        ------
        ConflictError
            The set is retired.
        """
        if gate in self.uses:
            return self
        if self.is_retired:
            raise ConflictError(
                f"the hidden set {self.digest:.12} has served all {self.budget} gates",
                wanted="a hidden set that is not retired",
                next_step="ask the sponsor for a new one; waiting proposals keep their place",
                digest=self.digest,
                budget=self.budget,
            )
        return replace(self, uses=(*self.uses, gate))
