"""A run in a bundle: all that somebody else needs to do it again, and to see whose word it is.

What is signed is checked by its signature, what is named by its content by its digest; the rest
(metrics, and what people read beside them) is what a reproduction compares.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptBundleError, SignatureError
from workbench.core.jobs import JobSpec
from workbench.registry.task import TaskSpec
from workbench.registry.valuation import evidence_digest, signed_values

FORMAT: Final = 1
_MODEL: Final = "model:"
_ROWS: Final = "rows:"
_VALUATION: Final = "valuation"

Row = dict[str, Any]


@dataclass(frozen=True)
class RunBundle:
    """One run with what it rests on, as canonical JSON.

    Attributes
    ----------
    origin : public key of the server that recorded the run.
    run : as its row: id, task, kind, spec, model, metrics, details.
    task : as its row: id, title, kind, spec, hidden_rows_sha256, sponsor, record.
    records : signed envelopes in the order of the origin's log: the task, the contributions
        whose rows the run read, its seals, and the people who signed them.
    blobs : digest → bytes of each file that comes with the bundle.
    withheld : name → digest of inputs that stay at home.
    models : digests of base models, which are imported where they are needed.
    version : the row of the model that the run made; ``None`` when it made none.
    study : game, players, evaluations, coalitions, orders and values of a valuation; else empty.
    """

    origin: str
    run: Row
    task: Row
    records: Sequence[Row]
    blobs: Mapping[str, int]
    withheld: Mapping[str, str]
    models: Sequence[str]
    version: Row | None = None
    study: Row = field(default_factory=dict)

    def to_json(self) -> Row:
        """Return the bundle's entry of the run."""
        return {"format": FORMAT, **{name: getattr(self, name) for name in _FIELDS}}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read an entry; nothing is believed before ``check``.

        Raises
        ------
        CorruptBundleError
            It is no entry of this format.
        """
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise _bad("it is no entry of format 1", "a bundle of this workbench's version")
        if missing := [name for name in _FIELDS if name not in value]:
            raise _bad(f"its entry lacks {', '.join(missing)}", "all parts of an entry")
        return cls(**{name: value[name] for name in _FIELDS})

    def check(self) -> list[Envelope]:
        """Return the signed records once everything agrees with everything.

        Raises
        ------
        CorruptBundleError
            The first thing that does not, by name.
        """
        try:
            envelopes = [self._verified(one) for one in self.records]
            self._check_task(envelopes)
            if self.run["kind"] == _VALUATION:
                self._check_study(envelopes)
            else:
                self._check_job(envelopes)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _bad(f"a part of it is not what it must be ({error!r:.80})") from error
        return envelopes

    def missing_inputs(self, inputs: Mapping[str, str]) -> dict[str, str]:
        """Return the inputs that neither come with the bundle nor are said to stay at home."""
        known = {*self.blobs, *self.withheld.values(), *(_MODEL + one for one in self.models)}
        return {name: digest for name, digest in inputs.items() if digest not in known}

    def _verified(self, value: Row) -> Envelope:
        try:
            return Envelope.from_json(value).verify()
        except SignatureError as error:
            raise _bad(f"a record of it does not verify: {error}") from error

    def _check_task(self, envelopes: Sequence[Envelope]) -> None:
        signed = [one for one in envelopes if one.content_id == self.task["record"]]
        if not signed or signed[0].kind != "task":
            raise _bad(f"the rules of {self.task['id']} are not signed in it")
        rules = TaskSpec.from_body(signed[0].body)
        if rules.to_body() != self.task["spec"] or rules.id != self.task["id"]:
            raise _bad(f"the rules of {self.task['id']} are not those its sponsor signed")
        if self.run["task"] != self.task["id"]:
            raise _bad(f"the run is of {self.run['task']!r:.80}, not of {self.task['id']}")

    def _check_job(self, envelopes: Sequence[Envelope]) -> None:
        job = JobSpec.from_json(self.run["spec"])
        if job.id != self.run["id"]:
            raise _bad(
                f"the job of the run {self.run['id'][:12]} is another one, {job.id[:12]}",
                "a job whose content id is the run's id",
            )
        self._check_inputs(job.inputs, envelopes)
        model = self.run["model"]
        if model is not None and (
            self.version is None
            or self.version["digest"] != model
            or model not in self.version["artifacts"].values()
        ):
            raise _bad(f"the model {model[:12]} of the run is none of its files")

    def _check_study(self, envelopes: Sequence[Envelope]) -> None:
        study = self.study["study"]
        signed = [
            one for one in envelopes if one.kind == _VALUATION and one.body["study"] == study["id"]
        ]
        if not signed or signed[0].content_id != study["record"] or signed[0].author != self.origin:
            raise _bad(f"the values of the study {study['id'][:12]} are not signed by its server")
        body = signed[0].body
        if evidence_digest(self.study["evidence"]) != body["evidence"]:
            raise _bad(
                f"the utilities of the study {study['id'][:12]} are not those it was sealed on"
            )
        pay_on = TaskSpec.from_body(self.task["spec"]).pay_on
        if signed_values(self.study["values"], pay_on) != body["values"]:
            raise _bad(f"the values of the study {study['id'][:12]} are not those that were sealed")
        if not content_id(self.study["game"]["spec"]) == self.study["game"]["id"] == body["game"]:
            raise _bad("the game of the study is another one")
        rows = {
            f"{_ROWS}{one['name']}:{k}": one["sha256"]
            for k, one in enumerate(self.run["details"]["datasets"])
        }
        self._check_inputs({"test": self.study["game"]["spec"]["test"]} | rows, envelopes)

    def _check_inputs(self, inputs: Mapping[str, str], envelopes: Sequence[Envelope]) -> None:
        if missing := self.missing_inputs(inputs):
            raise _bad(f"it holds nothing of the run's input {min(missing)}")
        consented = {
            one.body["rows_sha256"]
            for one in envelopes
            if (one.kind == "contribution" or (one.kind == "counted" and one.author == self.origin))
            and one.body["task"] == self.task["id"]
        }
        for name, digest in sorted(inputs.items()):
            if name.startswith(_ROWS) and digest not in consented:
                raise _bad(f"nobody signed for the rows of the input {name}")


_FIELDS: Final = (
    "origin", "run", "task", "records", "blobs", "withheld", "models", "version", "study",
)  # fmt: skip


def _bad(found: str, wanted: str = "a bundle as its server wrote it") -> CorruptBundleError:
    return CorruptBundleError(
        f"the bundle is not accepted: {found}", wanted=wanted, next_step="ask for it again"
    )
