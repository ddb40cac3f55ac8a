"""``workbench propose``, ``merge``, ``rollback``, and how far proposals have come."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, verb
from workbench.cli.tables import frame_table
from workbench.client.proposal import ProposedModel, parse_share
from workbench.core.errors import InvalidInputError
from workbench.core.wire import ChampionView, ProposalView

app = typer.Typer(help="Models that are offered in a champion's place.", no_args_is_help=True)
_Identity = Annotated[
    str, typer.Argument(metavar="PROPOSAL", help="The proposal's id, or the beginning of it.")
]


def add_proposals(root: typer.Typer) -> None:
    """Add ``propose``, ``merge`` and ``rollback`` to the root commands."""
    verb(root, "propose")(propose)
    verb(root, "merge")(merge)
    verb(root, "rollback")(rollback)


def propose(
    door: Door,
    model: Annotated[
        str,
        typer.Argument(
            metavar="RUN|FILE|RECIPE",
            help="A run's id, a safetensors file, or a recipe as JSON; see below.",
        ),
    ],
    claim: Annotated[str, typer.Option(help="What is better about it, in words.")],
    task: Annotated[str | None, typer.Option(help="Known from a run unless given.")] = None,
    contribution: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="It was trained on this one; repeatable."),
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE:OWNER:PART",
            help='Of the bounty, such as "author:ana:2/3"; repeatable, together 1.',
        ),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Owner group; yours unless given.")] = None,
    sign: Sign = False,
) -> Answer:
    """Offer a model in the champion's place, and have it judged.

    A recipe is a JSON object of parameters, such as '{"steps": 40}': the server trains the model
    again from it, with a seed that nobody can know before.
    """
    found = door.bench.propose(
        _model(model),
        task=task,
        claim=claim,
        contributions=contribution,
        shares=None if share is None else [parse_share(text) for text in share],
        owner=owner,
        sign=sign,
    )
    return _answer(found)


def merge(door: Door, proposal: _Identity, sign: Sign = False) -> Answer:
    """Make a proposal's model the champion, and pay for it."""
    return _answer(door.bench.merge(proposal, sign=sign))


def rollback(
    door: Door,
    proposal: _Identity,
    reason: Annotated[str, typer.Option(help="Why, in words; everybody reads it.")],
    sign: Sign = False,
) -> Answer:
    """Undo the latest merge; a bounty that is held returns."""
    return _answer(door.bench.rollback(proposal, reason, sign=sign))


@verb(app, "list")
def list_proposals(door: Door, task: TaskName) -> Answer:
    """List a task's proposals."""
    found = door.bench.task(task)
    views = door.bench.api.get_all(ProposalView, "tasks", found.id, "proposals")
    columns = ["owner", "state", "reason", "approvals", "claim", "created_at", "id"]
    empty = f"nobody has proposed for {found.id} yet: workbench propose RUN --claim … --sign"
    screen = frame_table(found.proposals()[columns], empty)
    return Answer([view.model_dump(mode="json") for view in views], screen)


@verb(app, "show")
def show_proposal(door: Door, proposal: _Identity) -> Answer:
    """Show one proposal: how far it is, and why."""
    found = door.bench.proposal(proposal)
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "diff")
def show_diff(door: Door, proposal: _Identity) -> Answer:
    """Show how a proposal differs from the champion."""
    found = door.bench.proposal(proposal).diff
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "champions")
def list_champions(door: Door, task: TaskName) -> Answer:
    """List a task's champions, and what each merge paid."""
    found = door.bench.task(task)
    views = door.bench.api.get_all(ChampionView, "tasks", found.id, "champions")
    columns = ["number", "state", "bounty_credits", "gain", "model", "proposal", "created_at"]
    empty = f"nobody has merged for {found.id} yet: workbench proposal list {found.id}"
    screen = frame_table(found.champions()[columns], empty)
    return Answer([view.model_dump(mode="json") for view in views], screen)


def _answer(found: ProposedModel) -> Answer:
    refused = found.state in {"rejected", "stale"}
    return Answer(found.view.model_dump(mode="json"), repr(found), status=int(refused))


def _model(text: str) -> str | Path | dict[str, Any]:
    if not text.lstrip().startswith("{"):
        return Path(text) if Path(text).suffix else text
    try:
        recipe = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(
            f"the recipe is no JSON: {error}", wanted='an object, such as {"steps": 40}'
        ) from error
    return {str(name): value for name, value in recipe.items()}
