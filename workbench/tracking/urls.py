"""How to look at a run; strings only, so that any room above may ask without loading MLflow."""

import shlex
from typing import Final

from workbench.core.errors import InvalidInputError

DEFAULT_UI: Final = "http://127.0.0.1:5000"

_HTTP: Final = ("http://", "https://")


def run_url(ui: str, experiment_id: str, run_id: str) -> str:
    """Return the address of a run's page in the MLflow UI at ``ui``.

    >>> run_url("http://127.0.0.1:5000/", "1", "abc")
    'http://127.0.0.1:5000/#/experiments/1/runs/abc'
    """
    return f"{ui.rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"


def experiment_url(ui: str, experiment_id: str) -> str:
    """Return the address of an experiment's list of runs.

    >>> experiment_url("http://127.0.0.1:5000", "1")
    'http://127.0.0.1:5000/#/experiments/1/runs'
    """
    return f"{ui.rstrip('/')}/#/experiments/{experiment_id}/runs"


def ui_of(uri: str) -> str:
    """Return where the UI of a tracking URI is: the server's own address, or our default.

    >>> ui_of("https://mlflow.example.org/team")
    'https://mlflow.example.org/team'
    >>> ui_of("sqlite:////home/ana/mlflow.db")
    'http://127.0.0.1:5000'
    """
    return uri if uri.startswith(_HTTP) else DEFAULT_UI


def ui_command(uri: str, *, port: int = 5000) -> str:
    """Return the shell command that opens the UI of a database on this machine alone.

    Empty for a tracking server, whose UI is there already. The server takes about 20 s to
    start.

    >>> print(ui_command("sqlite:////home/ana/my runs/mlflow.db"))
    MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=1 mlflow server \
--backend-store-uri 'sqlite:////home/ana/my runs/mlflow.db' \
--host 127.0.0.1 --port 5000 --workers 1
    """
    if uri.startswith(_HTTP):
        return ""
    if not 0 < port < 2**16:
        raise InvalidInputError(f"the port is {port}", wanted="a number from 1 to 65535")
    words = ["mlflow", "server", "--backend-store-uri", uri]
    words += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return f"MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=1 {shlex.join(words)}"
