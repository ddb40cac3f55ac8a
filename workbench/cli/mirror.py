"""``workbench mirror``: runs, or the whole home, as plain files that anybody can check."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.home_mirror import HomeMirror, serve_mirror
from workbench.client.mirror import Mirror
from workbench.core.errors import InvalidInputError

app = typer.Typer(
    help="The whole home, or runs, as files that anybody can check.",
    no_args_is_help=True,
)
_Uri = Annotated[str, typer.Argument(metavar="URI", help="A folder, or what fsspec opens.")]


@verb(app, "export")
def export_files(
    door: Door,
    uri: _Uri,
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Ids or beginnings; none: the whole home."),
    ] = None,
    hidden_test: Annotated[
        bool, typer.Option(help="Of runs: with the task's hidden test, only for reviewers.")
    ] = False,
) -> Answer:
    """Write the home as a mirror, or runs as a bundle: what is new."""
    if runs:
        bundle = door.bench.mirror(uri).export(*runs, hidden_test=hidden_test)
        return _answer(
            bundle, "to take them in elsewhere: workbench mirror import FOLDER --home NEW"
        )
    if hidden_test:
        raise InvalidInputError(
            "--hidden-test beside a whole home",
            wanted="runs to export with it",
            next_step=f"workbench mirror export {uri} RUN --hidden-test",
        )
    return _home_answer(door.bench.home_mirror(uri).export())


@verb(app, "check")
def check_files(
    door: Door,
    uri: _Uri,
    against: Annotated[
        str | None,
        typer.Option(metavar="URI", help="Another mirror, or a head file: do they agree?"),
    ] = None,
) -> Answer:
    """Verify a mirror offline, or a bundle's files. Status 1 where histories differ."""
    mirror = door.bench.home_mirror(uri)
    if mirror.exists or against is not None:
        return _home_answer(mirror.check(against))
    found = door.bench.mirror(uri).check()
    return _answer(found, "✓ every file is what its name says; signatures are checked on import")


@verb(app, "import")
def import_files(door: Door, uri: _Uri) -> Answer:
    """Take a mirror into an empty home, or a bundle's runs. All is verified first."""
    mirror = door.bench.home_mirror(uri)
    if mirror.exists:
        return _home_answer(mirror.import_())
    found = door.bench.mirror(uri).import_()
    wire = [run.view.model_dump(mode="json") for run in found]
    lines = [
        f"{run.view.kind} {run.id} of {run.view.task}\n"
        f"  do it again: workbench reproduce {run.id[:12]}"
        for run in found
    ]
    return Answer(wire, "\n".join(lines))


@verb(app, "serve")
def serve_files(
    door: Door,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the mirror.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8722,
) -> Answer:
    """Serve a mirror's files over HTTP to this machine alone."""
    with serve_mirror(folder, port) as server:
        if not door.as_json:
            typer.echo(f"{server.url} serves {folder} to this machine; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    return Answer(None, "")


def _home_answer(mirror: HomeMirror) -> Answer:
    comparison = mirror.comparison
    agrees = comparison is None or comparison.agrees
    return Answer(mirror.to_json(), repr(mirror), status=0 if agrees else 1)


def _answer(mirror: Mirror, note: str) -> Answer:
    return Answer(mirror.frame.to_dict("records"), f"{mirror!r}\n{note}")
