"""``workbench pay``, ``publish`` and ``leaderboard``."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, verb
from workbench.client.epoch import Epoch
from workbench.core.errors import NotFoundError


def add_money(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "pay")(pay)
    verb(root, "publish")(publish)
    verb(root, "leaderboard")(leaderboard)


def pay(
    door: Door,
    task: TaskName,
    study: Annotated[
        str | None, typer.Option(help="A study's id; the newest sealed one unless given.")
    ] = None,
    nonce: Annotated[
        str | None, typer.Option(help="Pays the same study again, after the pool was funded.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Pay a task's whole pool by the values of a study."""
    chosen = study or _newest(door, task)
    return _answer(door.bench.pay(chosen, sign=sign, nonce=nonce))


def publish(door: Door) -> Answer:
    """Write the pages that viewers read."""
    files = [str(path) for path in door.bench.publish()]
    return Answer({"files": files}, "\n".join(files))


def leaderboard(door: Door, task: TaskName) -> Answer:
    """Show a task's newest payouts, owner by owner."""
    return _answer(door.bench.leaderboard(task))


def _answer(epoch: Epoch) -> Answer:
    return Answer(epoch.view.model_dump(mode="json"), repr(epoch), status=int(not epoch.adds_up))


def _newest(door: Door, task: str) -> str:
    sealed = [study.id for study in door.bench.studies(task) if study.view.state == "sealed"]
    if not sealed:
        raise NotFoundError(
            f"{task} has no sealed study", next_step=f"value its owners: workbench value {task}"
        )
    return sealed[-1]
