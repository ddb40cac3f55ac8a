"""``workbench contribute`` and what became of contributions."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, as_text, verb
from workbench.cli.tables import frame_table
from workbench.client.contribution import Contribution
from workbench.core.errors import InvalidInputError
from workbench.core.wire import ContributionView

app = typer.Typer(help="Contributions and how far they have come.", no_args_is_help=True)
_Identity = Annotated[str, typer.Argument(metavar="CONTRIBUTION", help="The contribution's id.")]


def add_contribute(root: typer.Typer) -> None:
    """Add ``contribute`` to the root commands."""
    verb(root, "contribute")(contribute)


def contribute(
    door: Door,
    task: TaskName,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, TSV, JSON, JSON Lines, Parquet or text; also .gz."
        ),
    ],
    license: Annotated[str, typer.Option(help="SPDX expression, such as CC-BY-4.0.")],
    owner: Annotated[str | None, typer.Option(help="Owner group; yours unless given.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THEIRS=YOURS",
            help="The task's name of a column, and the file's; repeatable.",
        ),
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Check a file against a task's gates. With --sign, what passes is submitted."""
    found = door.bench.task(task).contribute(
        file, license=license, owner=owner, columns=_pairs(column or []), sign=sign
    )
    return _answer(found)


@verb(app, "list")
def list_contributions(door: Door, task: TaskName) -> Answer:
    """List a task's contributions."""
    found = door.bench.task(task)
    views = door.bench.api.get_all(ContributionView, "tasks", found.id, "contributions")
    columns = ["owner", "state", "file_name", "license", "n_rows", "created_at", "id"]
    empty = f"nobody has contributed to {found.id} yet: workbench contribute {found.id} FILE"
    screen = frame_table(found.contributions()[columns], empty)
    return Answer([view.model_dump(mode="json") for view in views], screen)


@verb(app, "show")
def show_contribution(door: Door, contribution: _Identity) -> Answer:
    """Show one contribution and what the gates found."""
    return _answer(door.bench.contribution(contribution))


@verb(app, "submit")
def submit_contribution(door: Door, contribution: _Identity, sign: Sign = False) -> Answer:
    """Sign and submit a draft."""
    return _answer(door.bench.contribution(contribution).submit(sign=sign))


@verb(app, "mask")
def mask_contribution(
    door: Door,
    contribution: _Identity,
    drop: Annotated[
        bool, typer.Option("--drop", help="Leave the rows out instead of masking them.")
    ] = False,
    sign: Sign = False,
) -> Answer:
    """Mask or drop held rows in a new draft; with --sign, submit it."""
    masked = door.bench.contribution(contribution).mask(drop=drop)
    return _answer(masked.submit(sign=True) if sign else masked)


@verb(app, "croissant")
def describe_contribution(door: Door, contribution: _Identity) -> Answer:
    """Print an accepted contribution's metadata: Croissant, JSON-LD."""
    found = door.bench.contribution(contribution).croissant()
    return Answer(found, as_text(found))


def _answer(found: Contribution) -> Answer:
    refused = found.state in {"refused", "quarantined"}
    return Answer(found.view.model_dump(mode="json"), repr(found), status=int(refused))


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        theirs, equals, yours = text.partition("=")
        if not (theirs and equals and yours):
            raise InvalidInputError(f"--column is {text[:80]!r}", wanted="such as text=frase")
        if theirs in pairs:
            raise InvalidInputError(
                f"--column says twice what {theirs[:80]!r} is read from",
                wanted="one column for each",
                next_step=f"keep {theirs[:80]}={pairs[theirs][:80]} or {text[:160]}",
            )
        pairs[theirs] = yours
    return pairs
