"""Finding, starting and stopping the server of a home."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import workbench
from workbench.client.answers import accepted
from workbench.core.errors import (
    DiskFullError,
    ForbiddenError,
    OtherVersionError,
    ServerUnavailableError,
    UnauthorizedError,
    WorkbenchError,
)
from workbench.core.folders import private_folder
from workbench.core.settings import Settings
from workbench.core.wire import HealthView

if TYPE_CHECKING:
    import httpx

BASE_URL: Final = "http://workbench"
# -P: modules come from the installation, never from the folder the server starts in.
COMMAND: Final = (sys.executable, "-P", "-m", "workbench.server")
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 60.0
_HEALTH_SECONDS: Final = 10.0
_TOKEN_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.05
# A server that lost the race ends at once; another is started if nobody serves by then, and
# each waits twice as long as the one before, so that a crowd does not slow the winner down.
_FIRST_PATIENCE_SECONDS: Final = 1.0
_MAX_OUTPUT_BYTES: Final = 2**20
_N_LINES_SHOWN: Final = 20
# A person's own: the server, which outlives them, has no use for it.
_OF_A_PERSON: Final = ("WORKBENCH_TOKEN", "WORKBENCH_TOKEN_FILE")
_LEAST_FREE_BYTES: Final = 2**20


def ensure_server(settings: Settings) -> HealthView:
    """Return the home's server, started when there is none.

    Any number of processes may call this at once: one server remains.

    Raises
    ------
    OtherVersionError
        The server is of another version.
    ServerUnavailableError
        It does not answer within a minute.
    WorkbenchError
        The home cannot be served; the error is the server's own.
    """
    deadline = time.monotonic() + _START_SECONDS
    child: subprocess.Popen[bytes] | None = None
    next_start, patience = 0.0, _FIRST_PATIENCE_SECONDS
    while (health := _patient_status(settings, deadline - _START_SECONDS)) is None:
        now = time.monotonic()
        if now > deadline:
            raise _unavailable(settings, f"the server did not answer in {_START_SECONDS:.0f} s")
        if child is not None and (child.poll() or 0) > 0:
            raise _why(settings, child.pid)
        if (child is None or child.poll() is not None) and now >= next_start:
            child = _start(settings)
            next_start, patience = now + patience, 2 * patience
        time.sleep(_LOOK_SECONDS)
    check_version(health.version)
    return health


def server_status(settings: Settings) -> HealthView | None:
    """Return the server as it stands, or None when none answers.

    Raises
    ------
    ForbiddenError
        The socket lies where somebody else could have made it.
    UnauthorizedError
        The server that answers has another token than the home.
    """
    if not (_is_there(settings.socket_path) and settings.token_path.exists()):
        return None
    # The token is sent to whoever listens: only the home's owner may have made that socket.
    private_folder(settings.socket_path.parent)
    import httpx

    try:
        with http_client(settings) as client:
            response = client.get("/health", headers=bearer(settings), timeout=_HEALTH_SECONDS)
    except httpx.TransportError:
        return None
    return HealthView.model_validate_json(accepted(response).content)


def stop_server(settings: Settings) -> bool:
    """Stop the server after its requests in flight; jobs go on when it starts again.

    Returns
    -------
    bool : whether there was one to stop.

    Raises
    ------
    ServerUnavailableError
        It did not end within a minute.
    ForbiddenError
        The person is no admin of the team.
    """
    import httpx

    if not _is_there(settings.socket_path):
        return False
    private_folder(settings.socket_path.parent)
    try:
        with http_client(settings) as client:
            answer = client.post("/server/stop", headers=bearer(settings), timeout=_HEALTH_SECONDS)
        if answer.status_code == ForbiddenError.status:
            accepted(answer)
    except httpx.TransportError:
        # It ended by itself in this moment; the lock below tells.
        pass
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_locked(settings.lock_path):
        if time.monotonic() > deadline:
            raise _unavailable(settings, f"the server did not end in {_STOP_SECONDS:.0f} s")
        time.sleep(_LOOK_SECONDS)
    return True


def http_client(settings: Settings) -> "httpx.Client":
    """Return an HTTP client that reaches the home's socket and nothing else."""
    import httpx

    # No proxy of the environment applies to a socket, and no certificate is read for one.
    transport = httpx.HTTPTransport(
        uds=str(settings.socket_path),
        verify=False,
        limits=httpx.Limits(max_connections=None, keepalive_expiry=30.0),
    )
    return httpx.Client(transport=transport, base_url=BASE_URL, trust_env=False)


def bearer(settings: Settings) -> dict[str, str]:
    """Return the header that carries the person's token, or else the home's.

    The home's is as its file holds it now.

    Raises
    ------
    UnauthorizedError
        The home has no token that this user can read.
    """
    if settings.access_token is not None:
        return {"Authorization": f"Bearer {settings.access_token}"}
    try:
        token = settings.token_path.read_text().strip()
    except OSError as error:
        raise UnauthorizedError(
            f"the token {settings.token_path} cannot be read: {error.strerror}",
            wanted="the home's token, which its server makes",
            next_step="check WORKBENCH_HOME, and that the home is yours",
        ) from error
    return {"Authorization": f"Bearer {token}"}


def _patient_status(settings: Settings, began: float) -> HealthView | None:
    try:
        return server_status(settings)
    except UnauthorizedError:
        # The server of a home that was deleted and made anew notices within a second.
        if time.monotonic() - began > _TOKEN_SECONDS:
            raise
        return None


def _is_there(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_HEALTH_SECONDS)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    private_folder(settings.home)
    settings.logs_dir.mkdir(mode=0o700, exist_ok=True)
    output = _output_path(settings)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    if output.exists() and output.stat().st_size > _MAX_OUTPUT_BYTES:
        flags |= os.O_TRUNC
    descriptor = os.open(output, flags, 0o600)
    try:
        child = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            COMMAND,
            cwd=settings.home,
            env=without_tokens(os.environ) | settings.environment(),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    # Somebody must wait for it, or it stays a zombie for as long as this process lives.
    threading.Thread(target=child.wait, name="server-reaper", daemon=True).start()
    return child


def without_tokens(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a process that outlives, or serves more than, one person."""
    return {name: value for name, value in environ.items() if name not in _OF_A_PERSON}


def check_version(version: str) -> None:
    """Raise OtherVersionError unless a server of this version understands this client."""
    if _series(version) != _series(workbench.__version__):
        raise OtherVersionError(
            f"the server of this home is version {version}",
            wanted=f"version {_series(workbench.__version__)}, like this client",
            next_step="stop it with: workbench server stop; the next command starts its own",
            server=version,
            client=workbench.__version__,
        )


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _why(settings: Settings, pid: int) -> WorkbenchError:
    """Return the reason that a server left behind when it could not start."""
    try:
        left = json.loads(settings.startup_path.read_text())
    except (OSError, ValueError):
        left = {}
    if left.get("pid") == pid:
        return WorkbenchError.from_problem(left["problem"])
    # On a full disk the server cannot even leave word.
    if shutil.disk_usage(settings.home).free < _LEAST_FREE_BYTES:
        return DiskFullError(
            f"no space is left where {settings.home} is stored",
            wanted="free space on that file system",
            next_step="free some space and repeat the command; what was acknowledged is kept",
        )
    return _unavailable(settings, "the server ended while it started")


def _unavailable(settings: Settings, found: str) -> ServerUnavailableError:
    try:
        said = _output_path(settings).read_text(errors="replace").splitlines()
    except OSError:
        said = []
    return ServerUnavailableError(
        found,
        wanted=f"a server on {settings.socket_path}",
        next_step="look at what it said: workbench server logs",
        output=said[-_N_LINES_SHOWN:],
    )


def _output_path(settings: Settings) -> Path:
    return settings.logs_dir / "server.out"
