"""``Bench``: what a notebook imports. One method a verb; the server does the work."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from workbench.client.backups import Backups
from workbench.client.card import Cards
from workbench.client.chain import Chain
from workbench.client.comparisons import Comparisons
from workbench.client.connection import Api, Connection, message
from workbench.client.contribution import Contribution, require_sign
from workbench.client.disputes import Disputes
from workbench.client.doctor import Checkup, local_checks, server_checks
from workbench.client.epoch import Epoch, Leaderboard
from workbench.client.frames import from_arrow, make_frame
from workbench.client.generations import Generations
from workbench.client.home_mirror import HomeMirrors
from workbench.client.identity import Identity
from workbench.client.inbox import Inboxes
from workbench.client.job import Job
from workbench.client.ledger import Ledger
from workbench.client.mirror import Mirrors
from workbench.client.model_source import model_source
from workbench.client.models import Model, imported_models, model_named, model_of
from workbench.client.money import Money
from workbench.client.people import People
from workbench.client.progress import Display, Meter, Silent
from workbench.client.proofs import Proofs
from workbench.client.proposals import Proposals
from workbench.client.reproduction import Reproductions
from workbench.client.reviews import Reviews
from workbench.client.run import Run
from workbench.client.sizes import Predictions
from workbench.client.sources import Source
from workbench.client.study import Study
from workbench.client.task import Task, send_tests, task_frame, task_rules
from workbench.client.transport import Transport
from workbench.client.valuations import Valuations
from workbench.client.verification import Verifications
from workbench.client.views import Views
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import (
    BlobView,
    ContributionView,
    EpochView,
    JobView,
    ModelRequest,
    PrincipalView,
    Publication,
    RunView,
    SqlRequest,
    TaskView,
    TrainRequest,
    Wire,
)

if TYPE_CHECKING:
    import pandas as pd

_FULL_ID: Final = 64


class Bench(
    Valuations,
    Predictions,
    Comparisons,
    Generations,
    Verifications,
    Reproductions,
    Mirrors,
    HomeMirrors,
    Cards,
    Money,
    Ledger,
    People,
    Reviews,
    Proposals,
    Backups,
    Proofs,
    Disputes,
    Chain,
    Views,
    Inboxes,
):
    """The workbench, from a notebook or a script.

    Parameters
    ----------
    transport : the way to the server; ``Bench.open`` makes the usual one.
    keys_dir : folder of private keys, the person's own.
    identity : name of the key that signs; made on first use.
    owner : owner group the identity signs for; the identity's own name unless given.
    settings : paths and limits; needed only by ``doctor``.
    make_display : opens what shows progress; what fits the place unless given.

    Examples
    --------
    >>> from workbench import Bench
    >>> bench = Bench.open()                                    # doctest: +SKIP
    >>> task = bench.task("speak-nahuatl")                      # doctest: +SKIP
    >>> task.contribute(frame, license="CC-BY-4.0", sign=True)  # doctest: +SKIP
    """

    def __init__(
        self,
        transport: Connection,
        keys_dir: Path,
        identity: str = "me",
        *,
        owner: str | None = None,
        settings: Settings | None = None,
        make_display: Callable[[], Display] | None = None,
    ) -> None:
        super().__init__(Api(transport, make_display, person=identity))
        self.settings = settings
        self._keys_dir = keys_dir
        self._identity = Identity(self.api, keys_dir, identity, owner or identity)

    @classmethod
    def open(
        cls, home: str | Path | None = None, identity: str = "me", *, quiet: bool = False
    ) -> Self:
        """Return a bench on a home's server, which starts when it is first needed.

        Parameters
        ----------
        home : folder of the server; ``WORKBENCH_HOME`` or the platform's folder unless given.
        identity : whose key signs.
        quiet : no progress is shown.
        """
        return cls.on(settings_for(home), identity, quiet=quiet)

    @classmethod
    def on(cls, settings: Settings, identity: str = "me", *, quiet: bool = False) -> Self:
        """Return a bench on the home of these settings; otherwise like ``open``."""
        return cls(
            Transport(settings),
            settings.keys_dir,
            identity,
            settings=settings,
            make_display=Silent if quiet else None,
        )

    def as_(self, identity: str, *, owner: str | None = None) -> "Bench":
        """Return the same bench with another identity: each signs with its own key."""
        return Bench(
            self.api.connection,
            self._keys_dir,
            identity,
            owner=owner,
            settings=self.settings,
            make_display=self.api.make_display,
        )

    def close(self) -> None:
        """Let go of the server; it goes on by itself."""
        self.api.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        home = self.settings.home if self.settings else "an in-process server"
        return f"<Bench on {home} as {self._identity.name}>"

    @property
    def identity(self) -> PrivateKey:
        """The key that signs, made on first use, readable by its owner alone."""
        return self._identity.key

    @property
    def principal(self) -> PrincipalView:
        """Who the server knows the identity as; registered on first use."""
        return self._identity.principal

    def tasks(self) -> "pd.DataFrame":
        """Return the open tasks, one row each."""
        return task_frame(self.api.get_all(TaskView, "tasks"))

    def task(self, task: "Task | str") -> Task:
        """Return a task by its id.

        Raises
        ------
        NotFoundError
            There is none; the error names the nearest.
        """
        name = task.id if isinstance(task, Task) else task
        return Task(self, self.api.get(TaskView, "tasks", name))

    def open_task(
        self,
        id: str,
        *,
        title: str,
        kind: str,
        test: object,
        licenses: Sequence[str],
        sign: bool = False,
        **rules: Any,
    ) -> Task:
        """Open a task; its rules are signed and never change.

        Parameters
        ----------
        id : lower-case letters, digits and hyphens.
        title : one line for people.
        kind : ``"causal-lm"``, ``"translation"``, ``"text-classification"`` or
            ``"tabular-classification"``.
        test : hidden test rows, or the path of a file of them; only the server reads them.
            For text ``{"text", "source"}``, with ``"label"`` where it is classified or
            ``"translation"``; for chats ``{"messages"}`` or ``{"prompt", "answer"}``; for
            tables ``{"features": [...], "label"}``.
        licenses : SPDX expressions that are accepted.
        sign : must be True: the rules are signed.
        **rules : ``base`` (a ``Model`` or the name of an imported one), ``recipe``,
            ``metric``, ``classes``, ``n_features``, ``minimum_gain_units``, ``seed``; ``pay_on``
            (``"value"`` or ``"lower bound"``), ``owner_cap`` (such as ``"1/2"``),
            ``semivalue`` (``"shapley"`` or ``"banzhaf"``), ``dispute_seconds``, ``merge``, the
            rules of proposals, and ``gate_test``, hidden rows that only their gates ask.
        """
        require_sign("open_task", "fixes the task's rules for good", sign=sign)
        base = rules.pop("base", None)
        if isinstance(base, str):
            base = model_named(base, imported_models(self.api.get_all(JobView, "jobs")))
        about = {"id": id, "title": title, "kind": kind, "licenses": list(licenses)}
        tests = send_tests(self, hidden_test=test, gate_test=rules.pop("gate_test", None))
        body = task_rules(about | tests, base, rules)
        return Task(self, self.api.post(TaskView, "tasks", body=self.sign("task", body)))

    def import_model(
        self, path: str | Path, name: str, *, sha256: str | None = None, license: str | None = None
    ) -> Model:
        """Convert a model once into the server's cache: GGUF, a safetensors folder or its zip.

        Parameters
        ----------
        path : the file or folder, or ``"owner/name"`` of the Hugging Face hub,
            fetched where it can be reached and is not in the local cache.
        name : what people call the model.
        sha256 : of the file, to be sure of a download.
        license : SPDX expression; what the model's README or GGUF metadata say unless given.
        """
        with model_source(path, self.max_upload_bytes, sha256) as source:
            blob = self.upload(source)
        told = {"license": license, "readme_licenses": list(source.licenses)}
        request = message(ModelRequest, sha256=blob.sha256, name=name, **told)
        return model_of(self._job("models", body=request).wait().result)

    def models(self) -> "pd.DataFrame":
        """Return the base models that were imported, one row each, with their licences."""
        models = imported_models(self.api.get_all(JobView, "jobs"))
        return make_frame([vars(model) for model in models], [*Model.__dataclass_fields__])

    def contribution(self, id: str) -> Contribution:
        """Return a contribution by its id."""
        return Contribution(self, self.api.get(ContributionView, "contributions", id))

    def train(
        self,
        task: Task | str,
        size: str = "standard",
        *,
        owners: Sequence[str] | None = None,
        priority: str = "normal",
        **parameters: Any,
    ) -> Run:
        """Fine-tune the task's base on its accepted rows, and wait for it.

        Parameters
        ----------
        task : the task.
        size : ``"quick"``, ``"standard"`` or ``"thorough"``.
        owners : only their rows; all unless given.
        priority : in the queue: ``"low"``, ``"normal"`` or ``"high"``.
        **parameters : what the recipe takes, such as ``steps``.
        """
        request = message(
            TrainRequest,
            size=size,
            owners=None if owners is None else list(owners),
            parameters=parameters,
        )
        path = ("tasks", self.task(task).id, "runs")
        done = self._job(*path, body=request, priority=priority).wait()
        return self.run(str(done.result["run"]))

    def run(self, id: str) -> Run:
        """Return a fine-tune, comparison or valuation by its id or the beginning of it."""
        return Run(self.api.get(RunView, "runs", id))

    def runs(self, task: Task | str) -> list[Run]:
        """Return a task's runs, oldest first."""
        return [Run(v) for v in self.api.get_all(RunView, "tasks", self.task(task).id, "runs")]

    def pay(self, study: Study | str, *, sign: bool = False, nonce: str | None = None) -> Epoch:
        """Pay the task's pool by a study's values, once; signed by the task's sponsor.

        Parameters
        ----------
        study : a sealed study.
        sign : must be True: this spends.
        nonce : another one pays the same study again, after the pool was funded again.
        """
        view = (study if isinstance(study, Study) else self.study(study)).view
        require_sign("pay", f"pays the whole pool of {view.task} to its owners", sign=sign)
        # Without a nonce the record is the same every time: nobody pays twice by accident.
        body = {"task": view.task, "study": view.id, "nonce": nonce or view.id}
        path = ("tasks", view.task, "epochs")
        return Epoch(self.api.post(EpochView, *path, body=self.sign("payout", body)))

    def leaderboard(self, task: Task | str) -> Leaderboard:
        """Return a task's newest epoch.

        Raises
        ------
        NotFoundError
            No such task, or it has paid nobody yet.
        """
        found = self.task(task)
        return Leaderboard(self.api.get(EpochView, "tasks", found.id, "leaderboard"), found.title)

    def publish(self) -> list[Path]:
        """Write the pages that viewers read, and return their paths."""
        published = self.api.post(Publication, "publications")
        root = self.settings.published_dir if self.settings else Path()
        return [root / name for name in published.files]

    def sql(
        self, statement: str, parameters: Sequence[str | float | bool | None] = ()
    ) -> "pd.DataFrame":
        """Return the rows of one SELECT over the published views.

        Parameters
        ----------
        statement : DuckDB's SQL with ``?`` for each parameter.
        parameters : texts, numbers, booleans, None.

        Raises
        ------
        QueryRefusedError
            It is no single SELECT over these views.
        """
        import pyarrow as pa

        request = message(SqlRequest, statement=statement, parameters=list(parameters))
        content = self.api.send("sql", body=request).content
        return from_arrow(pa.ipc.open_stream(content).read_all())

    def jobs(self) -> "pd.DataFrame":
        """Return all jobs, oldest first."""
        columns = [name for name in JobView.model_fields if name not in {"result", "problem"}]
        return make_frame([v.model_dump() for v in self.api.get_all(JobView, "jobs")], columns)

    def job(self, id: str) -> Job:
        """Return a job by its id or the beginning of it."""
        if len(id) < _FULL_ID:
            found = [v for v in self.api.get_all(JobView, "jobs") if id and v.id.startswith(id)]
            if len(found) == 1:
                return Job(self.api, found[0])
        return Job(self.api, self.api.get(JobView, "jobs", id))

    def doctor(self) -> Checkup:
        """Return what is well and what is not, here and in the server, and how to mend it."""
        local = local_checks(self.settings) if self.settings else []
        return Checkup([*local, *server_checks(self.api)])

    @property
    def max_upload_bytes(self) -> int:
        """The largest file the server accepts."""
        return self.settings.max_upload_bytes if self.settings else Settings.max_upload_bytes

    def upload(self, source: Source) -> BlobView:
        """Send a source's bytes, and return what they are stored as."""
        with Meter(f"upload {source.file_name}", self.api.make_display) as meter:
            content = source.content if isinstance(source.content, Path) else [source.content]
            blob = self.api.connection.upload(
                content, on_progress=lambda sent: meter.update(meter.label, sent, source.size)
            )
        return BlobView.model_validate(blob)

    def _job(self, *path: str, body: Wire, priority: str | None = None) -> Job:
        return Job(self.api, self.api.post(JobView, *path, body=body, priority=priority))


def settings_for(
    home: str | Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return the settings of a home; everything else as the environment says."""
    if home is None or str(home) == environ.get("WORKBENCH_HOME"):
        return Settings.from_environment(environ)
    # The pages of the environment's home are not this one's to write over.
    chosen = {"WORKBENCH_HOME": str(home), "WORKBENCH_PUBLISHED": ""}
    return Settings.from_environment({**environ, **chosen})
