"""A task: what a model should be good at, who contributes, and the pool that pays them."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.client.approvals import waiting
from workbench.client.commitments import Commitment, Note
from workbench.client.connection import message
from workbench.client.contribution import Contribution, croissant_at, require_sign
from workbench.client.display import Column, Shown, Table
from workbench.client.epoch import Leaderboard
from workbench.client.frames import make_frame
from workbench.client.ledger import positive
from workbench.client.models import Model
from workbench.client.sources import hidden_test, read_source
from workbench.core.consent import USUAL_PURPOSES
from workbench.core.credits import format_credits
from workbench.core.envelope import Envelope
from workbench.core.kinds import KINDS
from workbench.core.licence import NOASSERTION
from workbench.core.wire import (
    CommitmentView,
    ContributionView,
    DraftRequest,
    SignedRequest,
    TaskView,
)

if TYPE_CHECKING:
    import pandas as pd

    from workbench.client.bench import Bench

_UNITS: Final = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
_COLUMNS: Final = (
    "id", "owner", "state", "file_name", "license", "n_rows_submitted", "n_rows", "created_at",
)  # fmt: skip


class Task(Shown):
    """A task as the server knows it.

    Parameters
    ----------
    bench : the way to the server.
    view : the task as it was last seen.

    Attributes
    ----------
    waiting : what the last ``fund`` has to wait for, in words; empty if for nothing.
    """

    def __init__(self, bench: "Bench", view: TaskView) -> None:
        self._bench = bench
        self.view = view
        self.waiting = ""

    @property
    def id(self) -> str:
        """The task's id, part of its address."""
        return self.view.id

    @property
    def title(self) -> str:
        """What the task is called."""
        return self.view.title

    @property
    def pool(self) -> int:
        """What the next epoch pays, in µcr, as last seen."""
        return int(self.view.pool)

    @property
    def champion(self) -> str | None:
        """The digest of the model the task stands behind; ``None`` before the first."""
        return self.refresh().view.champion

    def refresh(self) -> "Task":
        """Ask the server how it stands."""
        self.view = self._bench.api.get(TaskView, "tasks", self.id)
        return self

    def contribute(
        self,
        source: object,
        *,
        license: str,
        owner: str | None = None,
        columns: dict[str, str] | None = None,
        purposes: Sequence[str] = USUAL_PURPOSES,
        sign: bool = False,
    ) -> Contribution:
        """Upload rows, run every gate on them, and return the draft, or submit it.

        Parameters
        ----------
        source : DataFrame, ``datasets.Dataset`` (in memory or streamed), list of dicts or
            texts, or the path of a file: CSV, TSV, JSON, JSON Lines, Parquet or text, also
            gzipped (``rows.csv.gz``).
        license : SPDX expression, such as ``"CC-BY-4.0"``.
        owner : owner group it belongs to; the one your identity signs for unless given.
        columns : the task's name → the file's name of a column, e.g. ``{"text": "frase"}``;
            guessed unless given, and a note says what was guessed.
        purposes : what the rows may be used for: ``"training"``, and also ``"evaluation"`` and
            ``"publication"`` if meant.
        sign : True signs and submits what the gates let pass.

        Raises
        ------
        InvalidInputError
            The source is no file or frame with rows in it, a column is nested or binary, or
            ``columns`` names a role or column that is not there.
        TooLargeError
            It exceeds the server's limit; nothing was sent.
        """
        found = read_source(source, self._bench.max_upload_bytes)
        file_sha256 = self._bench.upload(found).sha256
        whose = owner or self._bench.principal.owner
        note = self._kept_note(whose, file_sha256)
        if note is not None:
            # Once more: the server may never have heard of it.
            self._register(note)
        request = message(
            DraftRequest,
            file_sha256=file_sha256,
            file_name=found.file_name,
            license=license,
            owner=whose,
            columns=columns or {},
            opening=note and note.opening,
        )
        path = ("tasks", self.id, "contributions")
        draft = Contribution.checked(self._bench, *path, body=request)
        return draft.submit(sign=True, purposes=purposes) if sign else draft

    def commit(self, source: object, *, owner: str | None = None, sign: bool = False) -> Commitment:
        """Say that you have a file, without showing it: from now on its rows are yours.

        ``contribute`` with the same file opens the commitment. What opens it is kept beside
        your keys; without that, it is worth nothing.

        Parameters
        ----------
        source : as ``contribute`` takes it; it is hashed here and not sent.
        owner : owner group it belongs to; the one your identity signs for unless given.
        sign : must be True.
        """
        require_sign("commit", "says that you have this file now", sign=sign)
        found = read_source(source, self._bench.max_upload_bytes)
        whose = owner or self._bench.principal.owner
        note = self._kept_note(whose, found.sha256) or self._bench.commitments.make(
            self._bench.sign,
            task=self.id,
            owner=whose,
            file_sha256=found.sha256,
            file_name=found.file_name,
        )
        return Commitment(self._register(note), note, self._bench.commitments.folder)

    def commitments(self) -> "pd.DataFrame":
        """Return the task's commitments, one row each, the earliest first."""
        views = self._bench.api.get_all(CommitmentView, "tasks", self.id, "commitments")
        columns = ["seq", "owner", "created_at", "digest", "id"]
        return make_frame([view.model_dump() for view in views], columns)

    def _kept_note(self, owner: str, file_sha256: str) -> Note | None:
        """Return the commitment to a file that is recorded in this home, or can be."""
        kept = self._bench.commitments.find(task=self.id, owner=owner, file_sha256=file_sha256)
        here = [note for note in kept if note.home == self._bench.home_key]
        if not here and (old := [note for note in kept if note.home is None]):
            # Of before records named their home: it counts where it was recorded then.
            recorded = set(self.commitments()["id"])
            here = [note for note in old if note.id in recorded]
        return here[0] if here else None

    def _register(self, note: Note) -> CommitmentView:
        signed = SignedRequest(envelope=note.envelope)
        return self._bench.api.post(CommitmentView, "tasks", self.id, "commitments", body=signed)

    def contributions(self) -> "pd.DataFrame":
        """Return the task's contributions, one row each."""
        views = self._bench.api.get_all(ContributionView, "tasks", self.id, "contributions")
        return make_frame([view.model_dump() for view in views], _COLUMNS)

    def croissant(self) -> dict[str, Any]:
        """Return the metadata of all accepted data as Croissant 1.0: JSON-LD, ready to be saved.

        Raises
        ------
        NotFoundError
            Nothing is accepted yet.
        """
        return croissant_at(self._bench, "tasks", self.id)

    def fund(
        self,
        amount: str,
        *,
        bounties: bool = False,
        sign: bool = False,
        nonce: str | None = None,
    ) -> "Task":
        """Put credits into the pool; ``waiting`` says if they need a second treasurer, and whom.

        Parameters
        ----------
        amount : credits as text, such as ``"1000"`` or ``"12.5"``.
        bounties : they pay whoever merges, not data.
        sign : must be True: this spends.
        nonce : the same nonce and amount again move nothing; random unless given.
        """
        units = positive(amount)
        require_sign("fund", f"moves {format_credits(units)} credits to {self.id}", sign=sign)
        body = {"task": self.id, "amount": str(units), "nonce": nonce or uuid.uuid4().hex}
        body |= {"for": "bounties"} if bounties else {}
        envelope = self._bench.sign("funding", body)
        self.view = self._bench.api.post(TaskView, "tasks", self.id, "funding", body=envelope)
        signed = Envelope.from_json(envelope.envelope)
        self.waiting = "\n".join(waiting(self._bench.api, signed.content_id))
        return self

    def leaderboard(self) -> Leaderboard:
        """Return the newest epoch's payouts."""
        return self._bench.leaderboard(self)

    def proposals(self) -> "pd.DataFrame":
        """Return the models that were offered in the champion's place, one row each."""
        return self._bench.proposals(self)

    def champions(self) -> "pd.DataFrame":
        """Return who was champion since the first, one row a merge."""
        return self._bench.champions(self)

    @property
    def frame(self) -> "pd.DataFrame":
        """One row: the task."""
        return task_frame([self.view])

    def _table(self) -> Table:
        view = self.view
        base = view.spec.get("base") or {}
        rows = [
            ["kind", view.kind],
            ["base model", str(base.get("name", "none"))],
            *([["its licence", str(base.get("license", "unknown"))]] if base else []),
            ["measured by", str(view.spec.get("metric", ""))],
            ["licences", ", ".join(map(str, view.spec.get("licenses", [])))],
            ["pool", f"{format_credits(self.pool)} credits"],
            ["for bounties", f"{format_credits(int(view.bounties))} credits"],
            ["contributions", f"{view.n_contributions} with {view.n_rows:,} rows"],
            ["champion", view.champion[:12] if view.champion else "the base model"],
            ["paid on", _paid_on(view.spec)],
            ["final", _final(view.spec)],
            ["sponsor", view.sponsor],
        ]
        title = f"{view.title} ({view.id})"
        return Table(title, [Column("task"), Column("")], rows)


def _paid_on(spec: dict[str, Any]) -> str:
    """Return by which rule a task pays, in words."""
    value = "Banzhaf value" if spec.get("semivalue") == "banzhaf" else "value"
    ends = {"lower bound": f"the lower end of each {value}'s 95% interval"}
    text = ends.get(spec.get("pay_on", ""), f"each owner's {value}")
    cap = spec.get("owner_cap")
    return text if cap is None else f"{text}, at most {cap} of the pool to one owner"


def _final(spec: dict[str, Any]) -> str:
    """Return when an epoch of a task is final, in words."""
    seconds = int(spec.get("dispute_seconds", 0))
    if not seconds:
        return "at once, when an epoch is closed"
    size, unit = next(one for one in _UNITS if seconds % one[0] == 0)
    return f"{seconds // size} {unit} after an epoch is closed, unless it is disputed"


def task_frame(views: list[TaskView]) -> "pd.DataFrame":
    """Return tasks as a DataFrame; ``pool`` in µcr as Python ints."""
    columns = (
        "id", "title", "kind", "sponsor", "pool", "n_contributions", "n_rows", "champion",
        "created_at",
    )  # fmt: skip
    return make_frame([view.model_dump() for view in views], columns, money=["pool"])


def _base(model: Model) -> dict[str, str]:
    known = {} if model.license == NOASSERTION else {"license": model.license}
    return {"name": model.name, "digest": model.digest} | known


def send_tests(bench: "Bench", **tests: object) -> dict[str, str]:
    """Upload hidden tests; return the fields of a task's record that name them."""
    return {
        f"{name}_sha256": bench.upload(hidden_test(rows, bench.max_upload_bytes)).sha256
        for name, rows in tests.items()
        if rows is not None
    }


def task_rules(about: dict[str, Any], base: Model | None, rules: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a task's record: what its sponsor signs.

    Parameters
    ----------
    about : id, title, kind, licences, digests of the hidden tests.
    base : the base model; ``None`` for tables.
    rules : the rest; what is ``None`` is left to its default.
    """
    body = {
        **about,
        "metric": KINDS[about["kind"]].metrics[0] if about["kind"] in KINDS else "",
        "base": _base(base) if base else None,
        **{name: rule for name, rule in rules.items() if rule is not None},
    }
    # Whole numbers that may pass 2**53 travel as texts.
    return body | {name: str(body.get(name, 0)) for name in ("minimum_gain_units", "seed")}
