"""``workbench verify`` and ``card``: is what a reviewer sees what was recorded."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.core.errors import InvalidInputError


def add_verify(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "verify")(verify)
    verb(root, "card")(card)


def verify(
    door: Door,
    run: Annotated[
        str | None,
        typer.Argument(metavar="[RUN]", help="A run's id or its beginning; none: the home."),
    ] = None,
    files: Annotated[bool, typer.Option("--files", help="Of the home: hash every file.")] = False,
) -> Answer:
    """Compare a run with its seal, or the home with its log. Status 1 where one differs."""
    if run is None:
        home = door.bench.verify(files=files)
        return Answer(home.result, repr(home), status=0 if home.is_whole else 1)
    if files:
        raise InvalidInputError("--files beside a run", wanted="--files alone, for the home")
    found = door.bench.verify(run)
    return Answer(found.result, repr(found), status=0 if found.is_sealed else 1)


def card(
    door: Door,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or its beginning.")],
) -> Answer:
    """Show a run's model card as Markdown. Its seal is checked now; status 1 if it is broken."""
    found = door.bench.card(run)
    return Answer(found.to_json(), found.markdown, status=1 if found.state == "seal broken" else 0)
