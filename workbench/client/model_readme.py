"""What a model's own README says of its licence: the front matter that model hubs read."""

import re
from pathlib import Path
from typing import Any, Final

from workbench.core.model_files import README

_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MOST_BYTES: Final = 64 * 1024
_MOST_LICENCES: Final = 8
_MOST_LETTERS: Final = 200


def readme_licenses(folder: Path) -> list[str]:
    """Return the licences that a model's README names, as it names them; none where it does not.

    Parameters
    ----------
    folder : of the model; anything else has no README.
    """
    # Only who imports a model pays for it.
    import yaml  # noqa: PLC0415

    try:
        with (folder / README).open("rb") as file:
            text = file.read(_MOST_BYTES).decode(errors="replace")
        front = _FRONT.match(text)
        said = yaml.safe_load(front[1]) if front else None
    except (OSError, yaml.YAMLError, RecursionError, ValueError):
        # A README is for people: what cannot be read names no licence.
        return []
    return _named(said) if isinstance(said, dict) else []


def _named(said: dict[Any, Any]) -> list[str]:
    given = said.get("license")
    own = said.get("license_name")
    names = [
        own if name == "other" and own else name
        for name in (given if isinstance(given, list) else [given])
    ]
    named = [name for name in names if isinstance(name, str) and len(name) <= _MOST_LETTERS]
    # One that cannot be read may be the strictest.
    return named if len(named) == len(names) <= _MOST_LICENCES else []
