"""``workbench task``: what models should be good at, and the pools that pay for it."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, verb
from workbench.cli.tables import frame_table
from workbench.client.sources import check_path
from workbench.client.task import task_frame
from workbench.core.credits import format_credits
from workbench.core.errors import InvalidInputError
from workbench.core.wire import TaskView

_REQUIRED: Final = frozenset({"id", "title", "kind", "licenses"})
_GIVEN: Final = frozenset({"test", "gate_test", "sign"})
app = typer.Typer(help="Tasks and their pools.", no_args_is_help=True)


@verb(app, "list")
def list_tasks(door: Door) -> Answer:
    """List the open tasks."""
    views = door.bench.api.get_all(TaskView, "tasks")
    frame = task_frame(views)[["id", "kind", "pool_credits", "n_contributions", "n_rows", "title"]]
    empty = "no task is open yet; open one: workbench task open --help, or see: workbench demo"
    return Answer([v.model_dump(mode="json") for v in views], frame_table(frame, empty))


@verb(app, "show")
def show_task(door: Door, task: TaskName) -> Answer:
    """Show one task: what it wants, its pool, its champion."""
    found = door.bench.task(task)
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "open")
def open_task(
    door: Door,
    rules: Annotated[
        Path, typer.Argument(metavar="RULES", help="JSON file of the task's rules; see below.")
    ],
    test: Annotated[Path, typer.Option(help="File of hidden test rows; only the server reads it.")],
    gate_test: Annotated[
        Path | None, typer.Option(help="File of more hidden rows, which gates alone ask.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Open a task by its rules, which are signed and never change.

    The rules are a JSON object: id, title, kind (causal-lm, translation, text-classification
    or tabular-classification), licenses (SPDX); base (name of an imported model) and
    recipe for language models, classes for classifications, n_features for tables; metric,
    minimum_gain_units and seed where the default will not do; pay_on "lower bound" and
    owner_cap, such as "1/2", to pay less than the whole pool; semivalue "banzhaf" to pay by
    those values; dispute_seconds, for which an epoch can be disputed before it is paid; merge,
    an object of rules of proposals: approvals, bounty_price (µcr for a millionth of the metric),
    margin_start and margin_end such as "1/20", period_seconds, tau, gate_budget, gate_items,
    seeds (1, or 7 to 15) and documents, "source" where hidden rows of one source are alike.
    """
    found = door.bench.open_task(**_read_rules(rules), test=test, gate_test=gate_test, sign=sign)
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "fund")
def fund_task(
    door: Door,
    task: TaskName,
    amount: Annotated[str, typer.Argument(metavar="CREDITS", help='Such as "1000" or "12.5".')],
    bounties: Annotated[
        bool, typer.Option("--bounties", help="They pay whoever merges, not data.")
    ] = False,
    sign: Sign = False,
    nonce: Annotated[
        str | None, typer.Option(help="The same nonce again moves nothing; random unless given.")
    ] = None,
) -> Answer:
    """Put credits into a task's pool."""
    found = door.bench.task(task).fund(amount, bounties=bounties, sign=sign, nonce=nonce)
    text = f"the pool of {found.id} holds {format_credits(found.pool)} credits"
    if bounties:
        text = f"for bounties {found.id} holds {format_credits(int(found.view.bounties))} credits"
    if found.waiting:
        text += f"\n{found.waiting}"
    return Answer(found.view.model_dump(mode="json"), text)


def _read_rules(path: Path) -> dict[str, Any]:
    content = check_path(path, "a JSON file of rules").read_bytes()
    try:
        rules = json.loads(content)
    except ValueError as error:
        raise InvalidInputError(f"{path} is no JSON: {error}", wanted="a JSON object") from error
    missing = _REQUIRED - set(rules) if isinstance(rules, dict) else _REQUIRED
    if missing:
        raise InvalidInputError(
            f"the rules in {path} say nothing of {', '.join(sorted(missing))}",
            wanted=f"an object with {', '.join(sorted(_REQUIRED))}",
            next_step="see: workbench task open --help",
        )
    if given := _GIVEN & set(rules):
        raise InvalidInputError(
            f"the rules in {path} have a {min(given)!r}",
            wanted="what the command's own options say, outside of the file",
            next_step="see: workbench task open --help",
        )
    return {str(name): rule for name, rule in rules.items()}
