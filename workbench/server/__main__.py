"""``python -m workbench.server``: serve the home that the environment names.

Ends with 0 at once when the home has a server, so that any number of clients may start one;
with 1 when the home cannot be served, which ``logs/startup.json`` explains.
"""

import os
import sys

from workbench.core.errors import WorkbenchError
from workbench.core.folders import private_folder
from workbench.core.settings import Settings
from workbench.server.lifecycle import HomeLock, note_failure


def main() -> int:
    """Serve, and return the process's exit status."""
    # Everything the server writes is its owner's alone.
    os.umask(0o077)
    settings = Settings.from_environment()
    try:
        private_folder(settings.home)
    except WorkbenchError as error:
        return _give_up(error)
    lock = HomeLock.acquire(settings.lock_path)
    if lock is None:
        return 0
    settings.startup_path.unlink(missing_ok=True)
    # Imported by the one that serves: the others of a race are gone before it has begun.
    from workbench.server.process import serve  # noqa: PLC0415

    try:
        serve(settings, lock)
    except WorkbenchError as error:
        note_failure(settings, error)
        return _give_up(error)
    # The kernel lets go of the lock when the process ends, after its last write.
    return 0


def _give_up(error: WorkbenchError) -> int:
    sys.stderr.write(f"{type(error).__name__}: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
