"""Where everything is stored, and the limits a deployment may change."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import platformdirs

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError

_APP: Final = "workbench"
# sockaddr_un holds 108 bytes with the closing zero; a longer path cannot be bound.
_MAX_SOCKET_PATH: Final = 100


@dataclass(frozen=True)
class Settings:
    """Paths and limits of one home.

    Attributes
    ----------
    home : the server's folder: database, blobs, logs, published pages.
    cache_dir : converted base models and cached features; safe to delete.
    keys_dir : the person's private keys, outside the home.
    tracking_uri : MLflow tracking URI; SQLite in the home unless set.
    n_workers : worker processes.
    idle_seconds : the server stops after this long without work or requests.
    max_upload_bytes : largest file accepted.
    worker_memory_bytes : a worker whose resident memory grows past it is ended.
    job_seconds : a job that runs longer is ended.
    checkpoint_seconds : how often a training keeps what it goes on from after a crash.
    jobs_per_person : jobs of one person that run at the same time; more wait.
    queued_per_person : jobs of one person that may wait; more are refused.
    treasury_limit : µcr that one person may move out of the treasury at a time; more needs two.
        0 sets no limit, as in the home of one person.
    access_token : of a principal of a team; the home's own token unless given.
    published : folder of the published pages; in the home unless given. In a team it lies
        outside, where the OS user of the dashboards reaches it and not the home.
    """

    home: Path
    cache_dir: Path
    keys_dir: Path
    tracking_uri: str
    n_workers: int = 2
    idle_seconds: float = 900.0
    max_upload_bytes: int = 512 * 2**20
    worker_memory_bytes: int = 6 * 2**30
    job_seconds: float = 3600.0
    checkpoint_seconds: float = 30.0
    jobs_per_person: int = 2
    queued_per_person: int = 100
    treasury_limit: int = 0
    access_token: str | None = field(default=None, repr=False)
    published: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read ``WORKBENCH_*``; what is not set follows the platform's (XDG) folders."""
        env = os.environ if environ is None else environ
        home = _path(env, "WORKBENCH_HOME", platformdirs.user_data_path(_APP))
        return cls(
            home=home,
            cache_dir=_path(env, "WORKBENCH_CACHE", platformdirs.user_cache_path(_APP)),
            keys_dir=_path(env, "WORKBENCH_KEYS", platformdirs.user_config_path(_APP) / "keys"),
            tracking_uri=env.get("WORKBENCH_TRACKING_URI")
            or f"sqlite:///{home / 'mlflow' / 'mlflow.db'}",
            n_workers=_positive(env, "WORKBENCH_WORKERS", min(2, os.cpu_count() or 1)),
            idle_seconds=_positive(env, "WORKBENCH_IDLE_SECONDS", 900),
            max_upload_bytes=_positive(env, "WORKBENCH_MAX_UPLOAD_BYTES", 512 * 2**20),
            worker_memory_bytes=_positive(env, "WORKBENCH_WORKER_MEMORY_BYTES", 6 * 2**30),
            job_seconds=_positive(env, "WORKBENCH_JOB_SECONDS", 3600),
            checkpoint_seconds=_positive(env, "WORKBENCH_CHECKPOINT_SECONDS", 30),
            jobs_per_person=_positive(env, "WORKBENCH_JOBS_PER_PERSON", 2),
            queued_per_person=_positive(env, "WORKBENCH_QUEUED_PER_PERSON", 100),
            treasury_limit=_whole(env, "WORKBENCH_TREASURY_LIMIT", 0, at_least=0),
            access_token=_token(env),
            published=_path(env, "WORKBENCH_PUBLISHED", home / "published"),
        )

    def environment(self) -> dict[str, str]:
        """Return the variables from which a server reads these settings; no token of a person."""
        return {
            "WORKBENCH_HOME": str(self.home),
            "WORKBENCH_CACHE": str(self.cache_dir),
            "WORKBENCH_KEYS": str(self.keys_dir),
            "WORKBENCH_TRACKING_URI": self.tracking_uri,
            "WORKBENCH_WORKERS": str(self.n_workers),
            "WORKBENCH_IDLE_SECONDS": str(int(self.idle_seconds)),
            "WORKBENCH_MAX_UPLOAD_BYTES": str(self.max_upload_bytes),
            "WORKBENCH_WORKER_MEMORY_BYTES": str(self.worker_memory_bytes),
            "WORKBENCH_JOB_SECONDS": str(int(self.job_seconds)),
            "WORKBENCH_CHECKPOINT_SECONDS": str(int(self.checkpoint_seconds)),
            "WORKBENCH_JOBS_PER_PERSON": str(self.jobs_per_person),
            "WORKBENCH_QUEUED_PER_PERSON": str(self.queued_per_person),
            "WORKBENCH_TREASURY_LIMIT": str(self.treasury_limit),
            "WORKBENCH_PUBLISHED": str(self.published_dir),
        }

    @property
    def database_path(self) -> Path:
        """The one DuckDB file."""
        return self.home / "workbench.duckdb"

    @property
    def head_path(self) -> Path:
        """The newest signed head of the log, outside the database that it answers for."""
        return self.home / "head.json"

    @property
    def blobs_dir(self) -> Path:
        """Content-addressed files."""
        return self.home / "blobs"

    @property
    def jobs_dir(self) -> Path:
        """One folder a running job."""
        return self.home / "jobs"

    @property
    def published_dir(self) -> Path:
        """What viewers may read, and nothing else."""
        return self.published or self.home / "published"

    @property
    def logs_dir(self) -> Path:
        """The server's structured logs."""
        return self.home / "logs"

    @property
    def artifacts_dir(self) -> Path:
        """MLflow's artifacts when tracking is in the home."""
        return self.home / "mlflow" / "artifacts"

    @property
    def token_path(self) -> Path:
        """The bearer token of this home, mode 0600."""
        return self.home / "token"

    @property
    def lock_path(self) -> Path:
        """Held by the server for as long as it lives."""
        return self.home / "server.lock"

    @property
    def startup_path(self) -> Path:
        """Why the server could not start: its pid and problem details; absent otherwise."""
        return self.logs_dir / "startup.json"

    @property
    def models_dir(self) -> Path:
        """Base models, one folder a digest."""
        return self.cache_dir / "models"

    @property
    def socket_path(self) -> Path:
        """The server's unix socket; in a private temporary folder when the home's path is long."""
        path = self.home / "server.sock"
        if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
            return path
        short = Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}"
        return short / f"{sha256_hex(os.fsencode(self.home.resolve()))[:16]}.sock"


def _path(env: Mapping[str, str], name: str, default: Path) -> Path:
    text = env.get(name)
    path = Path(text).expanduser() if text else default
    if not path.is_absolute():
        path = Path.cwd() / path
    return path


def _token(env: Mapping[str, str]) -> str | None:
    if token := env.get("WORKBENCH_TOKEN", "").strip():
        return token
    name = env.get("WORKBENCH_TOKEN_FILE")
    if not name:
        return None
    try:
        token = Path(name).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"the file {name} of WORKBENCH_TOKEN_FILE cannot be read: {error}",
            wanted="a file that holds the token that an admin granted",
        ) from error
    if not token:
        raise InvalidInputError(
            f"the file {name} of WORKBENCH_TOKEN_FILE is empty",
            wanted="a file that holds the token that an admin granted",
        )
    return token


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    return _whole(env, name, default, at_least=1)


def _whole(env: Mapping[str, str], name: str, default: int, *, at_least: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < at_least:
        raise InvalidInputError(
            f"{name} is {text!r}", wanted=f"a whole number of at least {at_least}"
        )
    return int(text)
