"""A process that serves MLflow's pages of the home's database until its parent goes away.

They are served on a unix socket in a folder of the parent's, so that no other account of the
machine and no page of a browser reaches them past the parent.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from workbench.core.settings import Settings
from workbench.tracking.database import make_database

_ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    # It would start processes of its own.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def serve_command(socket: Path, artifacts_dir: Path) -> list[str]:
    """Return the command of MLflow's server.

    The database is not in it, but in the environment: its address may hold a password, and
    whoever is on the machine sees the arguments of all processes.

    >>> " ".join(serve_command(Path("/tmp/a b/s"), Path("/home/a"))[4:])
    "server --uvicorn-opts --uds '/tmp/a b/s' --workers 1 --allowed-hosts localhost \
--no-serve-artifacts --default-artifact-root /home/a"
    """
    return [
        *(sys.executable, "-P", "-m", "mlflow", "server"),
        *("--uvicorn-opts", f"--uds {shlex.quote(str(socket))}", "--workers", "1"),
        *("--allowed-hosts", "localhost", "--no-serve-artifacts"),
        *("--default-artifact-root", str(artifacts_dir)),
    ]


def main(arguments: Sequence[str]) -> int:
    """Serve the database of ``WORKBENCH_*`` on a socket until standard input ends."""
    socket = Path(arguments[0])
    settings = Settings.from_environment()
    threading.Thread(target=_end_with_parent, args=(socket,), daemon=True).start()
    make_database(settings.tracking_uri, settings.artifacts_dir)
    environment = os.environ | _ENVIRONMENT | {"MLFLOW_BACKEND_STORE_URI": settings.tracking_uri}
    command = serve_command(socket, settings.artifacts_dir)
    return subprocess.run(  # noqa: S603 - our own interpreter
        command, env=environment, cwd=socket.parent, stdin=subprocess.DEVNULL, check=False
    ).returncode


def _end_with_parent(socket: Path) -> None:
    # Also when the parent was killed. The pages only read: nothing is lost by a kill, and all
    # of the processes of our group go with it.
    while os.read(0, 1):
        pass
    with contextlib.suppress(OSError):
        for left in socket.parent.iterdir():
            left.unlink()
        socket.parent.rmdir()
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
