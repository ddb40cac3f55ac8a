"""Money: ``pay``, ``dispute``, ``resolve``, ``payouts``, ``recompute``, ``why`` and pages."""

from enum import StrEnum
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, verb
from workbench.client.epoch import Epoch
from workbench.core.errors import NotFoundError

EpochName = Annotated[str, typer.Argument(metavar="EPOCH", help="TASK:NUMBER, or its id.")]


class Decision(StrEnum):
    """What becomes of a disputed epoch."""

    UPHOLD = "uphold"
    DISMISS = "dismiss"


def add_money(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "pay")(pay)
    verb(root, "dispute")(dispute)
    verb(root, "resolve")(resolve)
    verb(root, "payouts")(payouts)
    verb(root, "back-test")(back_test)
    verb(root, "recompute")(recompute)
    verb(root, "why")(why)
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


def dispute(
    door: Door,
    epoch: EpochName,
    reason: Annotated[str, typer.Option(help="In words; everybody reads it.")],
    sign: Sign = False,
) -> Answer:
    """Stop a provisional epoch. Nothing is paid until somebody has decided."""
    return _answer(door.bench.dispute(epoch, reason, sign=sign))


def resolve(
    door: Door,
    epoch: EpochName,
    decision: Annotated[
        Decision,
        typer.Argument(metavar="DECISION", help="uphold (the pool returns) or dismiss."),
    ],
    reason: Annotated[str, typer.Option(help="In words; everybody reads it.")],
    owner: Annotated[str | None, typer.Option(help="Whose dispute, where several wait.")] = None,
    sign: Sign = False,
) -> Answer:
    """Decide on a dispute, as the task's sponsor or a treasurer."""
    found = door.bench.resolve(epoch, decision.value, reason, owner=owner, sign=sign)
    return _answer(found)


def payouts(
    door: Door,
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Its id or its beginning.")],
) -> Answer:
    """Show what paying a study now would pay. Nothing is signed or moved."""
    found = door.bench.payouts(study)
    return Answer(found.view.model_dump(mode="json"), repr(found))


def back_test(
    door: Door,
    task: TaskName,
    pay_on: Annotated[str | None, typer.Option(help='"value" or "lower bound".')] = None,
    owner_cap: Annotated[str | None, typer.Option(help='Such as "1/2"; or none.')] = None,
    minimum_gain_units: Annotated[
        int | None, typer.Option(help="Least sum of all values, in 10⁻¹² of the metric.")
    ] = None,
    semivalue: Annotated[str | None, typer.Option(help="shapley or banzhaf.")] = None,
) -> Answer:
    """Replay past epochs under another rule. Nothing is signed or moved."""
    found = door.bench.back_test(
        task,
        pay_on=pay_on,
        owner_cap=owner_cap,
        minimum_gain_units=minimum_gain_units,
        semivalue=semivalue,
    )
    return Answer(found.view.model_dump(mode="json"), repr(found))


def recompute(
    door: Door,
    epoch: Annotated[
        str,
        typer.Argument(metavar="EPOCH", help="TASK:NUMBER, or the id of an epoch or a study."),
    ],
) -> Answer:
    """Compute an epoch or a study again from records. Status 1 where a step differs."""
    found = door.bench.recompute(epoch)
    return Answer(found.view.model_dump(mode="json"), repr(found), status=int(not found.is_same))


def why(
    door: Door,
    epoch: EpochName,
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="The owner group.")],
    rows: Annotated[
        bool, typer.Option("--rows/--no-rows", help="Name its rows that helped and hurt most.")
    ] = True,
) -> Answer:
    """Trace what an owner was paid back to coalitions and rows."""
    found = door.bench.why(epoch, owner, rows=rows)
    return Answer(found.view.model_dump(mode="json"), repr(found))


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
