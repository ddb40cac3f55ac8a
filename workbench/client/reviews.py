"""The part of ``Bench`` that decides on contributions: reviews and withdrawals."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from workbench.client.commitments import Commitments
from workbench.client.connection import Api
from workbench.client.contribution import Contribution, require_sign
from workbench.client.frames import make_frame
from workbench.client.proposal import OF_PROPOSALS, ProposedModel
from workbench.client.withdrawal import Withdrawal
from workbench.core.errors import InvalidInputError
from workbench.core.wire import ContributionView, SignedRequest, WithdrawalView

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ("task", "owner", "file_name", "n_rows", "why", "waits_since", "id")


class Reviews:
    """What ``Bench`` does about contributions once they are submitted.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api
    _keys_dir: Path

    if TYPE_CHECKING:

        def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
            """Return a record signed by the identity."""

        def contribution(self, id: str) -> Contribution:
            """Return a contribution by its id."""

        def review_proposal(
            self,
            proposal: ProposedModel | str,
            decision: str,
            *,
            reason: str,
            sign: bool = False,
            nonce: str | None = None,
        ) -> ProposedModel:
            """Say something about a proposal."""

    @cached_property
    def commitments(self) -> Commitments:
        """What opens the person's commitments; kept beside the keys."""
        return Commitments(self._keys_dir / "commitments")

    def reviews(self) -> "pd.DataFrame":
        """Return the quarantined contributions that wait for a reviewer, the oldest first."""
        rows = []
        for view in self.api.get_all(ContributionView, "reviews"):
            why = "; ".join(f.message for f in view.findings if f.outcome == "quarantined")
            rows.append(view.model_dump() | {"why": why, "waits_since": view.updated_at})
        return make_frame(rows, _COLUMNS)

    @overload
    def review(
        self, subject: ProposedModel, decision: str, *, reason: str, sign: bool = False
    ) -> ProposedModel: ...

    @overload
    def review(
        self, subject: Contribution, decision: str, *, reason: str, sign: bool = False
    ) -> Contribution: ...

    @overload
    def review(
        self, subject: str, decision: str, *, reason: str, sign: bool = False
    ) -> Contribution | ProposedModel: ...

    def review(
        self,
        subject: Contribution | ProposedModel | str,
        decision: str,
        *,
        reason: str,
        sign: bool = False,
    ) -> Contribution | ProposedModel:
        """Decide on a quarantined contribution, or say something about a proposal; signed.

        Parameters
        ----------
        subject : a contribution that waits or a proposal, of another owner group than your own.
        decision : ``"accept"`` or ``"refuse"`` a contribution; ``"approve"`` a proposal,
            ``"request-changes"`` or ``"comment"``.
        reason : in words; whoever contributed or proposed reads it.
        sign : must be True.

        Raises
        ------
        ForbiddenError
            You are no reviewer, or it is your own.
        InvalidMoveError
            It is not quarantined.
        """
        if isinstance(subject, ProposedModel) or decision in OF_PROPOSALS:
            if isinstance(subject, Contribution):
                raise InvalidInputError(
                    f"a contribution cannot be decided on by {decision!r}",
                    wanted="accept or refuse",
                )
            return self.review_proposal(subject, decision, reason=reason, sign=sign)
        found = self.contribution(subject) if isinstance(subject, str) else subject
        meaning = f"decides on {found.n_rows:,} rows of {found.view.owner} for good"
        require_sign("review", meaning, sign=sign)
        body = {"contribution": found.id, "decision": decision, "reason": reason}
        path = ("contributions", found.id, "review")
        envelope = self.sign("review", body)
        found.view = self.api.post(ContributionView, *path, body=envelope)
        return found

    def withdraw(self, contribution: Contribution | str, *, sign: bool = False) -> Withdrawal:
        """Take a contribution back; without ``sign=True`` only say what that would do.

        Parameters
        ----------
        contribution : one of your owner group's, submitted.
        sign : True withdraws it; nobody can undo that.

        Raises
        ------
        ForbiddenError
            It is somebody else's.
        InvalidMoveError
            It is a draft, or withdrawn already.
        """
        found = self.contribution(contribution) if isinstance(contribution, str) else contribution
        path = ("contributions", found.id, "withdrawal")
        if sign is not True:
            return Withdrawal(self.api.get(WithdrawalView, *path))
        body = {"contribution": found.id, "file_sha256": found.view.file_sha256}
        envelope = self.sign("withdrawal", body)
        return Withdrawal(self.api.post(WithdrawalView, *path, body=envelope))
