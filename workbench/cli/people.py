"""``workbench identity``, ``role`` and ``access``: keys, what people may do, and their tokens."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from workbench.cli.door import Answer, Door, Sign, verb
from workbench.cli.tables import frame_table
from workbench.client.key_files import read_small
from workbench.core.errors import InvalidInputError
from workbench.core.wire import AccessView, PrincipalView

identities = typer.Typer(help="Your keys: copies, new ones, and your group.", no_args_is_help=True)
roles = typer.Typer(help="Who may do what in a team.", no_args_is_help=True)
access = typer.Typer(help="Tokens that let a team's people in.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="The principal's name.")]
_RoleName = Annotated[
    str,
    typer.Argument(metavar="ROLE", help="contributor, reviewer, treasurer, viewer or admin."),
]
_File = Annotated[Path, typer.Argument(metavar="FILE", help="The file.")]
_NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]
_PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        envvar="WORKBENCH_PASSPHRASE_FILE",
        help="A file whose first line is the passphrase; asked for unless given.",
    ),
]
_UNTOUCHED: Final = "Interrupted. No key was written, and none was changed."


@verb(identities, "export")
def export_identity(
    door: Door, name: _Name, file: _NewFile, passphrase_file: _PassphraseFile = None
) -> Answer:
    """Write a key into a new file that a passphrase opens."""
    passphrase = _passphrase(passphrase_file, twice=True)
    path = door.bench.export_identity(file, passphrase, name=name)
    screen = f"{path} holds the key of {name}; keep it and its passphrase in two places"
    return Answer({"identity": name, "file": str(path)}, screen)


@verb(identities, "import")
def import_identity(
    door: Door,
    file: _File,
    name: Annotated[str | None, typer.Option(help="Another name than it was exported as.")] = None,
    passphrase_file: _PassphraseFile = None,
) -> Answer:
    """Put an exported key among your own. None is ever overwritten."""
    passphrase = _passphrase(passphrase_file, twice=False)
    found = door.bench.import_identity(file, passphrase, name=name)
    screen = f"the key of {found} is here: sign with --as {found}"
    return Answer({"identity": found, "keys": str(door.settings.keys_dir)}, screen)


@verb(identities, "rotate")
def rotate_key(door: Door, sign: Sign = False) -> Answer:
    """Sign with a new key from now on. What the old one signed stays signed."""
    principal = door.bench.rotate_key(sign=sign)
    kept = f"the old key is kept beside it, in {door.settings.keys_dir}"
    return _principal(principal, f"{principal.name} signs with {principal.public_key}; {kept}")


@verb(identities, "ask")
def ask_for_key(door: Door, file: _NewFile) -> Answer:
    """Your key was lost: write what an admin signs for a new one."""
    path = door.bench.ask_for_key(file)
    screen = f"give {path} to an admin: workbench identity replace {path} --reason … --sign"
    return Answer({"identity": door.identity, "file": str(path)}, screen)


@verb(identities, "replace")
def replace_key(
    door: Door,
    file: _File,
    reason: Annotated[str, typer.Option(help="Why, in words; it is signed.")],
    sign: Sign = False,
) -> Answer:
    """Give somebody who lost a key the one they asked for. An admin does."""
    principal = door.bench.replace_key(file, reason=reason, sign=sign)
    return _principal(principal, f"{principal.name} signs with {principal.public_key} from now on")


@verb(identities, "admit")
def admit(
    door: Door,
    name: _Name,
    owner: Annotated[
        str | None, typer.Argument(metavar="OWNER", help="The owner group; yours unless given.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Let somebody who is not registered yet sign for an owner group."""
    member = door.bench.admit(name, owner, sign=sign)
    return Answer(
        member.model_dump(mode="json"),
        f"{member.principal} may sign for {member.owner}: "
        f"workbench init --as {member.principal} --owner {member.owner}",
    )


@verb(roles, "list")
def list_roles(door: Door) -> Answer:
    """List who may sign, for whom and with which roles."""
    wire = [
        view.model_dump(mode="json") for view in door.bench.api.get_all(PrincipalView, "principals")
    ]
    frame = door.bench.principals()
    frame["public_key"] = frame["public_key"].str[:16]
    return Answer(wire, frame_table(frame, "nobody is registered yet: workbench init"))


@verb(roles, "give")
def give_role(door: Door, name: _Name, role: _RoleName, sign: Sign = False) -> Answer:
    """Give a role. The first one makes the home a team, and must be an admin's."""
    return _roles(door.bench.give_role(name, role, sign=sign))


@verb(roles, "take")
def take_role(door: Door, name: _Name, role: _RoleName, sign: Sign = False) -> Answer:
    """Take a role away. The last admin stays."""
    return _roles(door.bench.take_role(name, role, sign=sign))


@verb(access, "grant")
def grant_access(door: Door, name: _Name) -> Answer:
    """Make a token that lets somebody in. It is shown once."""
    token = door.bench.grant_access(name)
    screen = (
        f"{token}\n  lets {name} in, and is shown only now: hand it over safely.\n"
        f"  They set WORKBENCH_TOKEN to it, or WORKBENCH_TOKEN_FILE to a file of it."
    )
    return Answer({"principal": name, "token": token}, screen)


@verb(access, "revoke")
def revoke_access(door: Door, name: _Name) -> Answer:
    """Let nobody in any more by a token of somebody."""
    n_tokens = door.bench.revoke_access(name)
    return Answer(
        {"principal": name, "n_tokens": n_tokens}, f"no token of {name} lets anybody in any more"
    )


@verb(access, "list")
def list_access(door: Door) -> Answer:
    """List tokens by their digests: whom they let in, and since when."""
    wire = [view.model_dump(mode="json") for view in door.bench.api.get_all(AccessView, "access")]
    frame = door.bench.access()
    frame["sha256"] = frame["sha256"].str[:12]
    return Answer(wire, frame_table(frame, "nobody has a token: workbench access grant NAME"))


def _passphrase(file: Path | None, *, twice: bool) -> str:
    if file is not None:
        return (read_small(file).splitlines() or [""])[0]
    if not sys.stdin.isatty():
        raise InvalidInputError(
            "nobody can be asked for the passphrase: this is no terminal",
            wanted="--passphrase-file, or WORKBENCH_PASSPHRASE_FILE",
        )
    try:
        return str(
            typer.prompt(
                "passphrase",
                hide_input=True,
                confirmation_prompt=twice,
                err=True,
                default="",
                show_default=False,
            )
        )
    except typer.Abort:
        interrupt = KeyboardInterrupt()
        interrupt.__notes__ = [_UNTOUCHED]
        raise interrupt from None


def _principal(view: PrincipalView, screen: str) -> Answer:
    return Answer(view.model_dump(mode="json"), screen)


def _roles(view: PrincipalView) -> Answer:
    return _principal(view, f"{view.name} is {', '.join(view.roles) or 'viewer'}")
