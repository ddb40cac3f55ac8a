"""``workbench verify``, ``prove`` and ``card``: is what a reviewer sees what was recorded."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.bench import Bench
from workbench.core.errors import InvalidInputError


def add_verify(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "verify")(verify)
    verb(root, "prove")(prove)
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


def prove(
    door: Door,
    entry: Annotated[
        str | None,
        typer.Argument(metavar="[ENTRY]", help="Number in the log, or id of a record or entry."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="SIZE|HEAD", help="Instead: that the log only grew since then."),
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Instead: check a proof. Asks no server.")
    ] = None,
    origin: Annotated[
        str | None, typer.Option(metavar="KEY", help="With --check: the server's public key.")
    ] = None,
    head: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --check: a signed head you kept.")
    ] = None,
) -> Answer:
    """Prove that an entry is in the log, or that the log grew. --json is the proof."""
    if check is None:
        if origin is not None or head is not None:
            raise InvalidInputError("--origin or --head without --check", wanted="--check FILE")
        found = door.bench.prove(entry, since=since)
    elif entry is not None or since is not None:
        raise InvalidInputError("--check beside something to prove", wanted="--check FILE alone")
    else:
        found = Bench.check_proof(check, origin=origin, head=head)
    return Answer(found.document, repr(found))


def card(
    door: Door,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id or its beginning.")],
) -> Answer:
    """Show a run's model card as Markdown. Its seal is checked now; status 1 if it is broken."""
    found = door.bench.card(run)
    return Answer(found.to_json(), found.markdown, status=1 if found.state == "seal broken" else 0)
