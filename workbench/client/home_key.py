"""For which home a person signs: its server shows its key, and where it was met is kept."""

import json
from pathlib import Path
from typing import Final

from workbench.client.connection import Api
from workbench.core.errors import ConflictError, CorruptHomeError
from workbench.core.home_keys import check_key, make_challenge
from workbench.core.new_file import put_whole
from workbench.core.wire import HomeKeyView

_FILE: Final = "homes.json"


def proven_key(api: Api, keys_dir: Path) -> str:
    """Return the public key that records for the home have to name.

    The server signs a challenge, so that it cannot name another home's key. One that hands the
    challenge on to that home is found out by where the key was met before.

    Parameters
    ----------
    keys_dir : folder of private keys; it remembers the homes for which they have signed.

    Raises
    ------
    SignatureError
        The server has not the key that it names.
    ConflictError
        A home in another folder, which is still there, has the same key.
    """
    challenge = make_challenge()
    found = api.connection.request("GET", "/home", params={"challenge": challenge}).json()
    view = HomeKeyView.model_validate(found)
    key = check_key(view.key, challenge, view.proof)
    if api.connection.home is not None:
        _remember(keys_dir, str(api.connection.home.resolve()), key)
    return key


def _remember(keys_dir: Path, place: str, key: str) -> None:
    file = keys_dir / _FILE
    known = _read(file)
    twins = [one for one, of in known.items() if of == key and one != place and Path(one).exists()]
    if twins:
        raise ConflictError(
            f"the home in {place} has the key of the one in {twins[0]}, which is still there",
            wanted="one home of a key: what is signed for it would count in both",
            next_step=f"where {place} was restored from a backup, move the other one away; where "
            "it is somebody else's, sign nothing there",
            home=place,
            other=twins[0],
        )
    if known.get(place) != key:
        keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_whole(file, json.dumps(known | {place: key}, indent=2).encode() + b"\n", mode=0o600)


def _read(file: Path) -> dict[str, str]:
    try:
        match json.loads(file.read_text()):
            case dict(known) if all(isinstance(one, str) for one in known.values()):
                return known
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        pass
    raise CorruptHomeError(
        f"{file} does not say for which homes was signed",
        wanted="the file as it was written",
        next_step=f"look at it; without it, homes are met as for the first time: rm {file}",
    )
