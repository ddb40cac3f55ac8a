"""The part of ``Bench`` that looks at money: what would be paid, was it right, and why."""

from workbench.client.back_test import BackTest
from workbench.client.connection import Api, join, message
from workbench.client.epoch import Epoch
from workbench.client.payouts import Payouts
from workbench.client.recomputation import Recomputation
from workbench.client.study import Study
from workbench.client.task import Task
from workbench.client.why import Why
from workbench.core.wire import (
    BackTestRequest,
    BackTestView,
    EpochView,
    PayoutsView,
    RecomputationView,
    RecomputeRequest,
    WhyView,
)


class Money:
    """What ``Bench`` does to show where money goes; it moves none.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def epoch(self, name: str) -> Epoch:
        """Return an epoch by its id, the beginning of it, or ``TASK:NUMBER``."""
        return Epoch(self.api.get(EpochView, "epochs", name))

    def payouts(self, study: Study | str) -> Payouts:
        """Return what paying a study now would pay each owner; nothing is signed or moved.

        Parameters
        ----------
        study : a sealed study, its id or the beginning of it.

        Raises
        ------
        InsufficientFundsError
            The task's pool is empty.
        InvalidMoveError
            The study may not be paid by.
        """
        name = study if isinstance(study, str) else study.id
        return Payouts(self.api.get(PayoutsView, "valuations", name, "payouts"))

    def back_test(
        self,
        task: Task | str,
        *,
        pay_on: str | None = None,
        owner_cap: str | None = None,
        minimum_gain_units: int | None = None,
        semivalue: str | None = None,
    ) -> BackTest:
        """Replay a task's past epochs under another rule; nothing is signed or moved.

        Parameters
        ----------
        task : the task; each rule is as it was opened with unless given.
        pay_on : ``"value"`` or ``"lower bound"``.
        owner_cap : such as ``"1/2"``; ``"none"`` takes the task's away.
        minimum_gain_units : least sum of all values, in 10⁻¹² of the metric.
        semivalue : ``"shapley"`` or ``"banzhaf"``.

        Raises
        ------
        InvalidInputError
            No task could be opened with such a rule.
        """
        minimum = None if minimum_gain_units is None else str(minimum_gain_units)
        request = message(
            BackTestRequest,
            pay_on=pay_on,
            owner_cap=owner_cap,
            minimum_gain_units=minimum,
            semivalue=semivalue,
        )
        name = task if isinstance(task, str) else task.id
        return BackTest(self.api.post(BackTestView, "tasks", name, "back-tests", body=request))

    def recompute(self, epoch: Epoch | Study | str) -> Recomputation:
        """Compute an epoch or a study again from what is recorded, a tick for each step.

        Nothing is trained: utilities are taken as they were recorded, and everything that
        follows from them is compared. ``reproduce`` trains them again.

        Parameters
        ----------
        epoch : an epoch or a sealed study, its id or the beginning of it; of an epoch also
            ``TASK:NUMBER``.

        Raises
        ------
        NotFoundError
            Neither has this name.
        """
        request = RecomputeRequest(name=epoch if isinstance(epoch, str) else epoch.id)
        return Recomputation(self.api.post(RecomputationView, "recomputations", body=request))

    def why(self, epoch: Epoch | str, owner: str, *, rows: bool = True) -> Why:
        """Return why an owner was paid what it was paid.

        Parameters
        ----------
        epoch : an epoch, its id or the beginning of it, or ``TASK:NUMBER``.
        owner : the owner group.
        rows : name its own rows that helped and hurt most, by number; takes some seconds.

        Raises
        ------
        NotFoundError
            There is no such epoch, or its study valued nobody of this name.
        """
        name = epoch if isinstance(epoch, str) else epoch.id
        path = join("epochs", name, "why")
        found = self.api.connection.request(
            "GET", path, params={"owner": owner, "rows": str(rows).lower()}
        ).json()
        return Why(WhyView.model_validate(found))
