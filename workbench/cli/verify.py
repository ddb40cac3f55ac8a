"""``workbench verify`` and ``card``: is what a reviewer sees what was recorded."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb


def add_verify(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "verify")(verify)
    verb(root, "card")(card)


def verify(
    door: Door,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or its beginning.")],
) -> Answer:
    """Say whether MLflow shows a run as it was sealed, and if not, what was changed."""
    found = door.bench.verify(run)
    return Answer(found.result, repr(found), status=0 if found.is_sealed else 1)


def card(
    door: Door,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or its beginning.")],
) -> Answer:
    """Show a run's model card as Markdown, with what its seal says now; status 1 if broken."""
    found = door.bench.card(run)
    return Answer(found.to_json(), found.markdown, status=1 if found.state == "seal broken" else 0)
