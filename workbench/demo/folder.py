"""The demo's home: marked as its own, so that ``--fresh`` never deletes anything else."""

import json
import shutil
from pathlib import Path
from typing import Final

from workbench.client.launch import stop_server
from workbench.core.errors import ForbiddenError
from workbench.core.folders import private_folder
from workbench.core.settings import Settings

_MARKER: Final = "demo.json"
_CONTENT: Final = {"made_by": "workbench demo"}


def is_ours(home: Path) -> bool:
    """Return whether the demo made this home."""
    try:
        return not home.is_symlink() and json.loads((home / _MARKER).read_text()) == _CONTENT
    except (OSError, ValueError):
        return False


def mark(settings: Settings) -> bool:
    """Mark a home that is new as the demo's; return whether it is the demo's.

    A home that people already use is used too, but never marked: it is theirs.
    """
    home = settings.home
    if not home.exists() or not any(home.iterdir()):
        private_folder(home)
        (home / _MARKER).write_text(json.dumps(_CONTENT) + "\n")
    return is_ours(home)


def start_over(settings: Settings) -> None:
    """Stop the server of the demo's home and delete the home; keys and caches stay.

    Raises
    ------
    ForbiddenError
        The home was not made by the demo; nothing is deleted.
    """
    home = settings.home
    if not home.exists():
        return
    if not is_ours(home) and any(home.iterdir()):
        raise ForbiddenError(
            f"{home} was not made by the demo, so the demo does not delete it",
            wanted=f"a folder with the demo's {_MARKER}",
            next_step="choose another home: WORKBENCH_HOME=/some/folder workbench demo --fresh",
        )
    stop_server(settings)
    shutil.rmtree(home)
