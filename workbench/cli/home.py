"""``workbench init``, ``doctor``, ``sql``, ``backup``, ``restore``, ``model`` and ``demo``."""

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.cli.tables import frame_table
from workbench.client.bench import Bench
from workbench.client.models import licence_text
from workbench.core.errors import InvalidInputError

models = typer.Typer(help="Base models in the server's cache.", no_args_is_help=True)


def add_home(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "init")(init)
    verb(root, "sql")(sql)
    verb(root, "doctor")(doctor)
    verb(root, "backup")(backup)
    verb(root, "restore")(restore)


def init(
    door: Door,
    owner: Annotated[str | None, typer.Option(help="Owner group you sign for.")] = None,
) -> Answer:
    """Make the home and your key, and register the key."""
    bench = door.bench.as_(door.identity, owner=owner)
    principal = bench.principal
    wire = {"home": str(door.settings.home), "principal": principal.model_dump(mode="json")}
    lines = [
        f"home      {door.settings.home}",
        f"identity  {principal.name}, signs for {principal.owner}",
        f"key       {door.settings.keys_dir / principal.name}.key",
        "next      workbench task list, or see it all at work: workbench demo",
    ]
    return Answer(wire, "\n".join(lines))


def sql(
    door: Door,
    statement: Annotated[
        str, typer.Argument(metavar="STATEMENT", help="One SELECT over the views.")
    ],
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", "--parameter", metavar="VALUE", help="For each ?, in order: JSON, or else text."
        ),
    ] = None,
) -> Answer:
    """Ask the records in SQL."""
    frame = door.bench.sql(statement, [_scalar(text) for text in parameter or []])
    names = [str(name) for name in frame.columns]
    rows = [
        {name: _plain_value(value) for name, value in zip(names, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]
    return Answer(rows, frame_table(frame, "no rows"))


def doctor(door: Door) -> Answer:
    """Check all that the workbench needs. Says how to mend what is wrong."""
    checkup = door.bench.doctor()
    wire = [check.model_dump(mode="json") for check in checkup.checks]
    return Answer(wire, repr(checkup), status=int(not checkup.ok))


def backup(
    door: Door,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER|FILE]",
            help="Of backups; HOME.backups unless given. Or one new file.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make none: read the newest one of the folder.")
    ] = False,
) -> Answer:
    """Back up the whole home while its server goes on."""
    if check:
        home = door.settings.home
        found = Bench.check_backup(folder or home.with_name(f"{home.name}.backups"))
    else:
        found = door.bench.backup(folder)
    return Answer(found.wire, repr(found))


def restore(
    door: Door,
    backup: Annotated[
        Path,
        typer.Argument(
            metavar="BACKUP", help="A folder of backups, the list of one, or its one file."
        ),
    ],
    head: Annotated[
        Path | None, typer.Option(help="head.json of the lost home: tells what was lost.")
    ] = None,
) -> Answer:
    """Make a home, which --home names, from a backup. Writes over nothing."""
    if door.home is None:
        raise InvalidInputError(
            "no home is named", wanted="--home NEW: a folder that is not there yet"
        )
    found = Bench.restore(backup, door.settings.home, head=head)
    checked = door.bench.verify(files=True)
    wire = found.wire | {"verification": checked.result}
    return Answer(wire, f"{found!r}\n{checked!r}", status=int(not checked.is_whole))


@verb(models, "import")
def import_model(
    door: Door,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER",
            help="A GGUF file, a safetensors folder or its zip, or OWNER/NAME of the hub.",
        ),
    ],
    name: Annotated[str, typer.Option(help="What tasks call it.")],
    sha256: Annotated[str | None, typer.Option(help="Refuse a file of another SHA-256.")] = None,
    license: Annotated[
        str | None,
        typer.Option(
            metavar="SPDX", help="Its licence; what its README or GGUF metadata say unless given."
        ),
    ] = None,
) -> Answer:
    """Convert a model once into the server's cache."""
    model = door.bench.import_model(file, name, sha256=sha256, license=license)
    lines = [f"{model.name} is {model.digest}", f"licence  {licence_text(model)}"]
    return Answer(vars(model), "\n".join(lines))


@verb(models, "list")
def list_models(door: Door) -> Answer:
    """List the imported base models."""
    frame = door.bench.models()
    empty = "no base model is imported: workbench model import FILE --name NAME"
    return Answer(frame.to_dict("records"), frame_table(frame, empty))


def _scalar(text: str) -> str | float | bool | None:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool | None) else text


def _plain_value(value: object) -> object:
    if hasattr(value, "tolist"):
        return value.tolist()
    if type(value).__name__ in {"NAType", "NaTType"} or (
        isinstance(value, float) and math.isnan(value)
    ):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
