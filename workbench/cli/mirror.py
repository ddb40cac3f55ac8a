"""``workbench mirror``: runs with all that they rest on, as plain files."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.mirror import Mirror

app = typer.Typer(
    help="Runs as plain files that anybody can check.",
    no_args_is_help=True,
)
_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the bundle.")]


@verb(app, "export")
def export_runs(
    door: Door,
    folder: _Folder,
    runs: Annotated[list[str], typer.Argument(metavar="RUN", help="Ids or beginnings.")],
    hidden_test: Annotated[
        bool, typer.Option(help="With the task's hidden test: only for reviewers.")
    ] = False,
) -> Answer:
    """Write runs into a bundle, beside those that are there."""
    found = door.bench.mirror(folder).export(*runs, hidden_test=hidden_test)
    return _answer(found, "to take them in elsewhere: workbench mirror import FOLDER --home NEW")


@verb(app, "check")
def check_bundle(door: Door, folder: _Folder) -> Answer:
    """Read every file of a bundle and compare it with its digest."""
    found = door.bench.mirror(folder).check()
    return _answer(found, "✓ every file is what its name says; signatures are checked on import")


@verb(app, "import")
def import_bundle(door: Door, folder: _Folder) -> Answer:
    """Take the runs of a bundle into the home. All that was signed is checked first."""
    found = door.bench.mirror(folder).import_()
    wire = [run.view.model_dump(mode="json") for run in found]
    lines = [
        f"{run.view.kind} {run.id} of {run.view.task}\n"
        f"  do it again: workbench reproduce {run.id[:12]}"
        for run in found
    ]
    return Answer(wire, "\n".join(lines))


def _answer(mirror: Mirror, note: str) -> Answer:
    return Answer(mirror.frame.to_dict("records"), f"{mirror!r}\n{note}")
