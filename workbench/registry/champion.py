"""The champions of a task, one after another: who merged, who came too late, what was undone."""

from dataclasses import dataclass, replace
from typing import Literal

from workbench.core.errors import ConflictError, InvalidInputError


@dataclass(frozen=True)
class Merge:
    """A proposal that became champion.

    Attributes
    ----------
    proposal : content id of its record.
    base : the champion before.
    model : digest of the champion since.
    """

    proposal: str
    base: str
    model: str


@dataclass(frozen=True)
class Champions:
    """Who a task stood behind, as far as it was not undone.

    Attributes
    ----------
    first : digest of the model with which the task opened.
    merges : in order; each one's base is the champion before it.
    undone : proposals that were rolled back, in order.
    """

    first: str
    merges: tuple[Merge, ...] = ()
    undone: tuple[str, ...] = ()

    @property
    def champion(self) -> str:
        """Digest of the model that the task stands behind now."""
        return self.merges[-1].model if self.merges else self.first

    def merge(self, merge: Merge) -> tuple["Champions", Literal["merged", "stale"]]:
        """Return the champions after a merge, and what became of the proposal.

        The same merge again changes nothing and is still merged. Where another proposal came
        first the base is the champion no more: stale, and nothing changes either.

        Raises
        ------
        ConflictError
            The proposal was merged otherwise, or was rolled back.
        InvalidInputError
            The model is the champion itself.
        """
        if merge in self.merges:
            return self, "merged"
        if merge.proposal in {*(one.proposal for one in self.merges), *self.undone}:
            raise ConflictError(
                f"proposal {merge.proposal:.12} was merged otherwise, or rolled back",
                wanted="a proposal that was not merged yet",
                next_step="propose again: a new record is a new proposal",
            )
        if merge.base != self.champion:
            return self, "stale"
        if merge.model == self.champion:
            raise InvalidInputError(
                f"model {merge.model:.12} is the champion already", wanted="another model"
            )
        return replace(self, merges=(*self.merges, merge)), "merged"

    def roll_back(self, proposal: str) -> "Champions":
        """Return the champions after the latest merge was undone; again changes nothing.

        Raises
        ------
        ConflictError
            The proposal is not what made the champion.
        """
        if proposal in self.undone:
            return self
        if not self.merges or self.merges[-1].proposal != proposal:
            latest = self.merges[-1].proposal if self.merges else "none"
            raise ConflictError(
                f"the champion was not made by proposal {proposal:.12}",
                wanted=f"the latest merge, {latest:.12}",
                next_step="roll back later merges first",
            )
        return replace(self, merges=self.merges[:-1], undone=(*self.undone, proposal))
