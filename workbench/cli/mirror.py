"""``workbench mirror``: runs with all that they rest on, as plain files."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.mirror import Mirror

app = typer.Typer(
    help="Runs with all that they rest on, as plain files that anybody can check.",
    no_args_is_help=True,
)
_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the bundle.")]


@verb(app, "export")
def export_runs(
    door: Door,
    folder: _Folder,
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids or beginnings.")],
    hidden_test: Annotated[
        bool, typer.Option(help="With the task's hidden test: only for reviewers.")
    ] = False,
) -> Answer:
    """Write runs into a bundle, beside those that are there."""
    return _answer(door.bench.mirror(folder).export(*runs, hidden_test=hidden_test))


@verb(app, "check")
def check_bundle(door: Door, folder: _Folder) -> Answer:
    """Read every file of a bundle and compare it with its digest."""
    return _answer(door.bench.mirror(folder).check())


@verb(app, "import")
def import_bundle(door: Door, folder: _Folder) -> Answer:
    """Take the runs of a bundle into the home, once all that was signed is checked."""
    found = door.bench.mirror(folder).import_()
    wire = [run.view.model_dump(mode="json") for run in found]
    lines = [
        f"{run.view.kind} {run.id} of {run.view.task}\n"
        f"  do it again: workbench reproduce {run.id[:12]}"
        for run in found
    ]
    return Answer(wire, "\n".join(lines))


def _answer(mirror: Mirror) -> Answer:
    return Answer(mirror.frame.to_dict("records"), repr(mirror))
