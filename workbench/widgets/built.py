"""The widgets' JavaScript, which the build of extensions/ puts beside this module."""

from pathlib import Path
from typing import Final

from workbench.core.errors import NotBuiltError

_STATIC: Final = Path(__file__).parent / "static"


def built(name: str) -> Path:
    """Return the path of a built file.

    Raises
    ------
    NotBuiltError
        It was never built: a source tree without it.
    """
    path = _STATIC / name
    if not path.is_file():
        raise NotBuiltError(
            f"the widgets' {name} is not built",
            wanted=f"a file at {path}",
            next_step="make extension",
        )
    return path
