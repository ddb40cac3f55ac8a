"""The part of ``Bench`` that stops an epoch before it is paid, and decides on it."""

from typing import Final, Literal

from workbench.client.connection import Api
from workbench.client.contribution import require_sign
from workbench.client.epoch import Epoch
from workbench.client.identity import Identity
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import EpochView

_DECISIONS: Final = ("uphold", "dismiss")


class Disputes:
    """What ``Bench`` does between the closing of an epoch and its payment.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api
    _identity: Identity

    def dispute(self, epoch: Epoch | str, reason: str, *, sign: bool = False) -> Epoch:
        """Stop a provisional epoch: nothing is paid until somebody has decided.

        Parameters
        ----------
        epoch : an epoch, its id or the beginning of it, or ``TASK:NUMBER``.
        reason : in words; everybody reads it.
        sign : must be True: your name stands under it.

        Raises
        ------
        ForbiddenError
            Your owner group was not valued in the epoch, and does not sponsor its task.
        InvalidMoveError
            The epoch is final or void, or the time for disputes is over.
        ConflictError
            You have disputed it before.
        """
        found = self._epoch(epoch)
        require_sign("dispute", f"stops the payment of {found.name}", sign=sign)
        signed = self._identity.sign("dispute", {"epoch": found.id, "reason": reason})
        return Epoch(self.api.post(EpochView, "epochs", found.id, "disputes", body=signed))

    def resolve(
        self,
        epoch: Epoch | str,
        decision: Literal["uphold", "dismiss"],
        reason: str,
        *,
        owner: str | None = None,
        sign: bool = False,
    ) -> Epoch:
        """Decide on a dispute, as the task's sponsor or a treasurer.

        Parameters
        ----------
        epoch : the disputed epoch, its id or the beginning of it, or ``TASK:NUMBER``.
        decision : ``"uphold"`` returns the pool; ``"dismiss"`` lets the epoch go on.
        reason : in words; everybody reads it.
        owner : whose dispute, where several wait.
        sign : must be True: this decides on money.

        Raises
        ------
        NotFoundError
            No dispute of the epoch waits for a decision, or several do and none is named.
        ForbiddenError
            You are neither sponsor nor treasurer, or it is your own dispute.
        """
        if decision not in _DECISIONS:
            raise InvalidInputError(
                f"no decision is called {decision!r:.40}", wanted=" or ".join(_DECISIONS)
            )
        found = self._epoch(epoch)
        waiting = [
            one
            for one in found.view.disputes
            if one.decision is None and owner in {None, one.owner}
        ]
        if len(waiting) != 1:
            names = ", ".join(one.owner for one in waiting)
            raise NotFoundError(
                f"{len(waiting) or 'no'} disputes of {found.name} wait for a decision",
                wanted=f"the owner of one: {names}" if names else "a disputed epoch",
                next_step="name whose: --owner NAME"
                if names
                else f"see it: workbench leaderboard {found.view.task}",
            )
        [dispute] = waiting
        said = "returns the pool of" if decision == "uphold" else "lets the owners be paid by"
        require_sign("resolve", f"{said} {found.name}", sign=sign)
        body = {"dispute": dispute.id, "decision": decision, "reason": reason}
        signed = self._identity.sign("resolution", body)
        return Epoch(self.api.post(EpochView, "disputes", dispute.id, "resolution", body=signed))

    def _epoch(self, epoch: Epoch | str) -> Epoch:
        name = epoch if isinstance(epoch, str) else epoch.id
        return Epoch(self.api.get(EpochView, "epochs", name))
