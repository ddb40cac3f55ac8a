"""Wizards in a notebook's cells; the bench only names them."""

from typing import TYPE_CHECKING

from workbench.client.task import Task

if TYPE_CHECKING:
    from workbench.widgets import ContributeWizard


class Wizards:
    """What a ``Bench`` opens for people who rather click."""

    def task(self, task: "Task | str") -> Task:
        """Return a task; ``Bench`` has it."""
        raise NotImplementedError

    def contribute_wizard(self, task: str | Task | None = None) -> "ContributeWizard":
        """Return a wizard for a cell: from a file to a signed receipt, by clicks.

        Parameters
        ----------
        task : the task or its id; asked for unless given.
        """
        # Widgets cost an import that most programs have no use for.
        from workbench.widgets import ContributeWizard  # noqa: PLC0415

        return ContributeWizard(None if task is None else self.task(task))
