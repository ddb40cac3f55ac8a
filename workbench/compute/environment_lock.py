"""What is installed, as a list that pip can install again."""

import importlib.metadata
import platform
import re
from typing import Final

_OURS: Final = "merit-workbench"


def environment_lock(version: str) -> str:
    """Return every installed distribution as ``name==version``, sorted, and Python in a comment.

    The fingerprint names the few packages that decide bits; this names all of them, so that
    the whole environment can be built again.

    Parameters
    ----------
    version : our own; an editable install's metadata may tell an older one.
    """
    found = {_OURS: version}
    for distribution in importlib.metadata.distributions():
        # A folder that an interrupted uninstall left behind has no name.
        if name := distribution.metadata["Name"]:
            found.setdefault(re.sub(r"[-_.]+", "-", name).lower(), distribution.version)
    lines = [f"# Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    lines += [f"{name}=={found[name]}" for name in sorted(found)]
    return "\n".join(lines) + "\n"
