"""``workbench verify``: is what a reviewer sees what was recorded."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb


def add_verify(root: typer.Typer) -> None:
    """Add the verb to the root commands."""
    verb(root, "verify")(verify)


def verify(
    door: Door,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or its beginning.")],
) -> Answer:
    """Say whether MLflow shows a run as it was sealed, and if not, what was changed."""
    found = door.bench.verify(run)
    return Answer(found.result, repr(found), status=0 if found.is_sealed else 1)
