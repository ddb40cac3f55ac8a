"""One opened home: its database, blobs, workers and jobs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.compute.executor import LocalExecutor
from workbench.compute.fingerprint import fingerprint
from workbench.compute.interface import Executor
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import JobView
from workbench.storage.backup import revoke_restored, settle_restored
from workbench.storage.blobs import BlobStore
from workbench.storage.database import Database
from workbench.storage.head import HeadKeeper, keep_heads, refused_in_a_mirror
from workbench.workflows.jobs import JobRunner
from workbench.workflows.scheduler import NOBODY, Asking

_MODEL = "model:"
# Jobs that leave what another server recorded as it is.
_IN_A_MIRROR = frozenset({"mirror", "verify"})


@dataclass(frozen=True)
class Home:
    """What every workflow is given.

    Attributes
    ----------
    settings : paths and limits.
    database : the one owner of the DuckDB file.
    blobs : content-addressed files.
    executor : worker processes.
    jobs : work that goes on whether or not anybody watches.
    key : the server's own key; it signs seals and heads, never what people claim.
    heads : signs the log's heads; knows whether the log is the one that it signed.
    environment : fingerprint of versions and CPU that goes into every job.
    asking : on whose behalf jobs are started; a request has a copy of the home with its own.
    logging : held while a run is logged to MLflow.
    """

    settings: Settings
    database: Database
    blobs: BlobStore
    executor: LocalExecutor
    jobs: JobRunner
    key: PrivateKey
    heads: HeadKeeper
    environment: dict[str, str]
    asking: Asking = NOBODY
    logging: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: Settings) -> "Home":
        """Open a home, making what is missing; nothing runs until ``resume``."""
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Features of rows and weights that were trained on them are no business of other users.
        settings.cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.models_dir.mkdir(parents=True, exist_ok=True)
        if not settings.published_dir.exists():
            settings.published_dir.mkdir(parents=True)
            # For viewers, whatever the umask says; the home around it lets nobody in.
            settings.published_dir.chmod(0o755)
        settle_restored(settings.home, settings.artifacts_dir.parent / "mlflow.db")
        database = Database.open(settings.database_path)
        every = {"principal": None}
        revoke_restored(
            settings.home,
            lambda: database.write(
                lambda tx: tx.execute("revoke_access_tokens", every | {"now": tx.now})
            ),
        )
        blobs = BlobStore(settings.blobs_dir, settings.max_upload_bytes)
        executor = LocalExecutor(
            settings.jobs_dir,
            resolve=_Resolver(settings, blobs),
            cache_dir=settings.cache_dir,
            n_workers=settings.n_workers,
            memory_bytes=settings.worker_memory_bytes,
            seconds=settings.job_seconds,
            checkpoint_seconds=settings.checkpoint_seconds,
            environment={},
        )
        key = PrivateKey.load_or_make(settings.home / "server.key")
        heads = keep_heads(database, key, settings.head_path)
        jobs = JobRunner(
            database,
            per_person=settings.jobs_per_person,
            queued_per_person=settings.queued_per_person,
        )
        home = cls(settings, database, blobs, executor, jobs, key, heads, fingerprint())
        jobs.bind(home)
        return home

    @property
    def origin(self) -> str:
        """Public key of the server whose records these are: another one's in a mirror."""
        return self.heads.origin

    @contextmanager
    def executor_for(self, name: str, address: str | None) -> Iterator[Executor]:
        """Lend an executor: this machine's workers, or those of a Ray cluster.

        Parameters
        ----------
        name : ``"local"`` or ``"ray"``.
        address : ``host:port`` of the cluster's head.

        Raises
        ------
        InvalidInputError
            A cluster without an address, or an address without a cluster.
        MissingExtraError
            Ray is not installed.
        """
        check_executor(name, address)
        if address is None:
            yield self.executor
            return
        # Only whoever asks for a cluster pays for its modules.
        from workbench.compute.ray_executor import RayExecutor  # noqa: PLC0415

        settings = self.settings
        cluster = RayExecutor(
            settings.jobs_dir / "ray",
            address,
            resolve=_Resolver(settings, self.blobs),
            cache_dir=settings.cache_dir,
            memory_bytes=settings.worker_memory_bytes,
            seconds=settings.job_seconds,
        )
        try:
            yield cluster
        finally:
            cluster.close()

    def start_job(
        self, verb: str, task: str | None, request: dict[str, Any], *, again: bool = False
    ) -> JobView:
        """Queue a job for whoever asks; see ``JobRunner.start``.

        Raises
        ------
        ForbiddenError
            This home mirrors another, and the job would add to it.
        """
        if self.heads.is_mirror and verb not in _IN_A_MIRROR:
            raise refused_in_a_mirror(self.origin)
        return self.jobs.start(verb, task, request, again=again, asking=self.asking)

    def resume(self) -> None:
        """Go on with what a stopped server left: withdrawals, jobs, runs that wait for MLflow."""
        # The withdrawals and bundles need a home.
        from workbench.workflows.mirror import name_bundled  # noqa: PLC0415
        from workbench.workflows.withdraw import finish_withdrawals  # noqa: PLC0415

        finish_withdrawals(self)
        name_bundled(self)
        self.jobs.resume()
        self.log_pending()
        # Only here: holds need a home, and a home would need holds.
        from workbench.workflows.holds import expire_due  # noqa: PLC0415

        expire_due(self)

    def log_pending(self) -> bool:
        """Start what waits for MLflow, runs and champions' aliases, if any do; say whether."""
        # They need a home.
        from workbench.workflows.champions import move_aliases  # noqa: PLC0415

        is_waiting = move_aliases(self)
        if not self.database.read("pending_runs"):
            return is_waiting
        self.jobs.start("track", None, {}, again=True)
        return True

    def close(self) -> None:
        """Stop the work where it stands; it goes on when the home is opened again."""
        self.jobs.stop()
        self.executor.close()
        self.jobs.join()
        self.database.close()


def check_executor(name: str, address: str | None) -> None:
    """Refuse a cluster without an address, and an address without a cluster."""
    if (name == "ray") != (address is not None):
        raise InvalidInputError(
            f"the executor is {name} and the address {address}",
            wanted="executor='ray' with address='127.0.0.1:6379', or neither",
        )


@dataclass(frozen=True)
class _Resolver:
    settings: Settings
    blobs: BlobStore

    def __call__(self, reference: str) -> Path:
        """Return the file or model folder that a job's input names by content."""
        if not reference.startswith(_MODEL):
            return self.blobs.path(reference)
        return model_folder(self.settings, reference.removeprefix(_MODEL))


def model_folder(settings: Settings, digest: str) -> Path:
    """Return the folder of an imported base model.

    Raises
    ------
    NotFoundError
        No model of this digest was imported on this machine.
    """
    folder = settings.models_dir / digest
    if not (folder / "config.json").is_file():
        raise NotFoundError(
            f"no base model {digest[:16]}… is in the cache",
            wanted="an imported model",
            next_step="import it again: bench.import_model(path)",
            digest=digest,
        )
    return folder
