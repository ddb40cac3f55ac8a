"""A contribution on its way: checked as a draft, then signed by its owner."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.client.connection import join
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.receipt import Receipt
from workbench.client.rejected import read_rejected, write_rejected
from workbench.client.withdrawal import Withdrawal
from workbench.core.consent import USUAL_PURPOSES, consent_body
from workbench.core.errors import InvalidInputError
from workbench.core.wire import ContributionView, JobView, MaskRequest, ReceiptView, Wire

if TYPE_CHECKING:
    import pandas as pd

    from workbench.client.bench import Bench

_QUICK_SECONDS = 0.01
_FINDING_COLUMNS = ("gate", "code", "outcome", "n_rows", "rows", "message", "remedy")


class Contribution(Shown):
    """One immutable dataset version and how far it has come.

    Parameters
    ----------
    bench : the way to the server, with the identity that signs.
    view : the contribution as it was last seen.
    gate_seconds : each gate and how long it took, of the job that just checked it.
    """

    def __init__(
        self, bench: "Bench", view: ContributionView, gate_seconds: Sequence[dict[str, Any]] = ()
    ) -> None:
        self._bench = bench
        self.view = view
        self.gate_seconds = gate_seconds

    @classmethod
    def checked(cls, bench: "Bench", *path: str, body: Wire) -> "Contribution":
        """Have the server check a contribution, gate by gate, and return it.

        Parameters
        ----------
        bench : the way to the server.
        path, body : what is asked of it.

        Raises
        ------
        WorkbenchError
            What the gates refuse; the file cannot be read, say.
        """
        done = Job(bench.api, bench.api.post(JobView, *path, body=body)).wait().result
        view = bench.api.get(ContributionView, "contributions", done["contribution"])
        return cls(bench, view, done["gates"])

    @property
    def id(self) -> str:
        """The contribution's id."""
        return self.view.id

    @property
    def state(self) -> str:
        """From ``draft`` to ``accepted``, as last seen."""
        return self.view.state

    @property
    def n_rows(self) -> int:
        """Rows that passed every gate."""
        return self.view.n_rows

    @property
    def findings(self) -> "pd.DataFrame":
        """What the gates found: in which rows, and what to do about it."""
        rows = [finding.model_dump() for finding in self.view.findings]
        return make_frame(rows, _FINDING_COLUMNS)

    @property
    def rejected(self) -> "pd.DataFrame":
        """The rows that were dropped or are held, all of them, a line for each reason."""
        return read_rejected(self._bench.api, self.id)

    def write_rejected(self, file: str | Path) -> Path:
        """Write them into a new CSV file that no spreadsheet takes for formulas."""
        return write_rejected(self.rejected, file)

    @property
    def gates(self) -> "pd.DataFrame":
        """Seconds each gate took when it was checked just now; empty if that was earlier."""
        return make_frame(list(self.gate_seconds), ("gate", "seconds"))

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``findings``."""
        return self.findings

    def refresh(self) -> "Contribution":
        """Ask the server how it stands."""
        self.view = self._bench.api.get(ContributionView, "contributions", self.id)
        return self

    def consent(self, purposes: Sequence[str] = USUAL_PURPOSES) -> dict[str, object]:
        """Return what the owner signs: which bytes, for what, and that they may be shared.

        Parameters
        ----------
        purposes : ``"training"``, and also ``"evaluation"`` and ``"publication"`` if meant.
        """
        about = self.view.model_dump() | {"contribution": self.id}
        return consent_body(about, purposes)

    def submit(
        self, *, sign: bool = False, purposes: Sequence[str] = USUAL_PURPOSES
    ) -> "Contribution":
        """Sign the consent and submit; a second time changes nothing.

        Where the file was committed to before, the submission opens the commitment.

        Parameters
        ----------
        sign : must be True: nothing is signed in passing.
        purposes : what the rows may be used for; see ``consent``.

        Raises
        ------
        InvalidInputError
            Without ``sign=True``.
        NotFoundError
            The salt of its commitment is not beside your keys.
        """
        require_sign("submit", "says that you may share these rows for training", sign=sign)
        consent = self.consent(purposes)
        path = ("contributions", self.id)
        signed = self._bench.sign("consent", consent)
        receipt = self._bench.api.post(ReceiptView, *path, "consent", body=signed)
        body = {name: value for name, value in consent.items() if name != "words"}
        body["consent"] = receipt.record
        if self.view.commitment is not None:
            body["reveal"] = self._bench.commitments.note(self.view.commitment).reveal
        envelope = self._bench.sign("contribution", body)
        done = Contribution.checked(self._bench, *path, "submission", body=envelope)
        self.view, self.gate_seconds = done.view, done.gate_seconds
        return self

    def receipt(self) -> Receipt:
        """Return the consent under which it was submitted; it verifies by itself.

        Raises
        ------
        NotFoundError
            It is a draft: nobody has agreed to anything.
        """
        return Receipt(self._bench.api.get(ReceiptView, "contributions", self.id, "receipt"))

    def review(self, decision: str, *, reason: str, sign: bool = False) -> "Contribution":
        """Decide on it; see ``Bench.review``."""
        self.view = self._bench.review(self, decision, reason=reason, sign=sign).view
        return self

    def withdraw(self, *, sign: bool = False) -> Withdrawal:
        """Take it back, or say what that would do; see ``Bench.withdraw``."""
        found = self._bench.withdraw(self, sign=sign)
        self.refresh()
        return found

    def mask(self, *, drop: bool = False) -> "Contribution":
        """Return a new draft, personal data and secrets masked; this one stays as it is.

        A placeholder such as ``⟨e-mail⟩`` stands where something was found. The draft is of
        another file, the rows in canonical form, and goes through every gate again.

        Parameters
        ----------
        drop : True leaves out the rows that are held instead.

        Raises
        ------
        InvalidInputError
            No row is held, or none would be left.
        InvalidMoveError
            It is no draft any more.
        """
        return Contribution.checked(
            self._bench, "contributions", self.id, "mask", body=MaskRequest(drop=drop)
        )

    def croissant(self) -> dict[str, Any]:
        """Return the metadata of these rows as Croissant 1.0: JSON-LD, ready to be saved.

        Raises
        ------
        InvalidMoveError
            It is not accepted.
        """
        return croissant_at(self._bench, "contributions", self.id)

    def _table(self) -> Table:
        view = self.view
        rows = [[f.code, f.outcome, f"{f.n_rows:,}", f.message, f.remedy] for f in view.findings]
        columns = [Column("finding"), Column("outcome"), Column("rows", "right")]
        caption = f"{view.file_name} by {view.owner} for {view.task}: {view.state}"
        counts = f"{view.n_rows:,} of {view.n_rows_submitted:,} rows pass · {view.license}"
        if view.commitment is not None:
            counts += f" · committed to in record {view.commitment[:12]}"
        next_step = (
            "Nothing is signed yet. To sign and submit: .submit(sign=True)"
            f" or: workbench contribution submit {view.id} --sign"
        )
        outcomes = {found.outcome for found in view.findings}
        if "refused" in outcomes:
            next_step = "Nothing can be signed: mend what is refused, then contribute it again."
        elif "held" in outcomes:
            next_step = (
                "Rows are held. To mask them in a new draft: .mask()"
                f" or: workbench contribution mask {view.id}"
            )
        return Table(
            caption,
            [*columns, Column("what"), Column("remedy")],
            rows,
            [counts, self._times(), next_step if view.state == "draft" else _after(view)],
        )

    def _times(self) -> str:
        if not self.gate_seconds:
            return ""
        total = sum(gate["seconds"] for gate in self.gate_seconds)
        slow = [gate for gate in self.gate_seconds if gate["seconds"] >= _QUICK_SECONDS]
        took = [f"{gate['gate']} {gate['seconds']:.2f}" for gate in slow]
        if n_quick := len(self.gate_seconds) - len(slow):
            took.append(f"{n_quick} more under {_QUICK_SECONDS}")
        return f"Seconds by gate: {', '.join(took)}; {total:.2f} in all."


def croissant_at(bench: "Bench", *path: str) -> dict[str, Any]:
    """Return the Croissant metadata of a contribution, or of a task's data."""
    found = bench.api.connection.request("GET", join(*path, "croissant")).json()
    return dict(found)


def _after(view: ContributionView) -> str:
    if view.state == "quarantined":
        return f"It waits for a reviewer: workbench review {view.id} accept --reason … --sign"
    if view.state == "withdrawn":
        return "It counts no more; its bytes are deleted where nobody else needs them."
    return ""


def require_sign(verb: str, meaning: str, *, sign: bool) -> None:
    """Raise InvalidInputError unless the person said that this is to be signed."""
    if sign is not True:
        raise InvalidInputError(
            f"{verb} signs with your key: it {meaning}",
            wanted="sign=True (in a terminal --sign)",
            next_step="say so, if that is what you want",
        )
