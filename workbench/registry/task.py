"""What a task says: fixed and signed when it opens, never changed afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.kinds import KINDS, Kind, KindName
from workbench.registry.licence import parse_license
from workbench.registry.merge_rules import BY_ROW, BY_SOURCE, MergeRules
from workbench.registry.translation import check_template

VALUE: Final = "value"
LOWER_BOUND: Final = "lower bound"
"""What a task's pool is paid on: the measured values, or the lower ends of their intervals."""

SHAPLEY: Final = "shapley"
BANZHAF: Final = "banzhaf"
"""By which semivalue a task's owners are paid."""

MAX_DISPUTE_SECONDS: Final = 366 * 24 * 60 * 60

_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PART: Final = re.compile(r"([1-9][0-9]{0,17})/([1-9][0-9]{0,17})")


@dataclass(frozen=True)
class TaskSpec:
    """A task as its sponsor signed it.

    Attributes
    ----------
    id : lower-case letters, digits and hyphens; part of addresses.
    kind : what the model does.
    base : name and digest of the base model, and its licence where it was known; ``None`` where
        the kind has none.
    recipe : parameters of the training recipe, the same for every coalition; ``utility`` names a
        closed form that evaluates coalitions instead.
    metric : what utilities measure; higher is better.
    licenses : SPDX expressions of which one must match a contribution's.
    hidden_test_sha256 : blob of canonical rows nobody but the server reads.
    gate_test_sha256 : another such blob, which gates alone ask and no training shows a loss of;
        empty where gates ask the hidden test.
    classes : labels of a classification.
    n_features : columns of a tabular task.
    minimum_gain_units : least total gain, in sealed units, for the pool to be paid.
    seed : from which every job's seed of this task derives.
    pay_on : ``"value"``, or ``"lower bound"``: of each value only what is sure at 95 % is paid
        for, the rest returns to the sponsor.
    owner_cap : the largest part of a pool that one owner is paid, above 0 and below 1; what is
        above returns to the sponsor. ``None`` caps nobody.
    dispute_seconds : how long an epoch can be disputed before it is paid; 0 pays at once.
    semivalue : ``"shapley"`` or ``"banzhaf"``: which values are paid for.
    merge : what a proposal has to show to take the champion's place, and what it earns.
    """

    id: str
    title: str
    kind: KindName
    metric: str
    licenses: tuple[str, ...]
    hidden_test_sha256: str
    gate_test_sha256: str = ""
    base: Mapping[str, str] | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    n_features: int = 0
    minimum_gain_units: int = 0
    seed: int = 0
    pay_on: str = VALUE
    owner_cap: Fraction | None = None
    dispute_seconds: int = 0
    semivalue: str = SHAPLEY
    merge: MergeRules = field(default_factory=MergeRules)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "TaskSpec":
        """Read and check the body of a signed task record.

        Raises
        ------
        InvalidInputError
            A field is missing, unknown or not what it must be; the message names it.
        """
        known = set(cls.__dataclass_fields__)
        if unknown := set(body) - known:
            raise InvalidInputError(
                f"a task has no field {min(unknown)!r}", wanted=", ".join(sorted(known))
            )
        for name in ("id", "title", "kind", "metric", "licenses", "hidden_test_sha256"):
            if name not in body:
                raise InvalidInputError(f"the task says nothing of its {name}", wanted=name)
        spec = cls(
            id=_text(body, "id", 64),
            title=_text(body, "title", 200),
            kind=body["kind"],
            metric=_text(body, "metric", 60),
            licenses=_texts(body, "licenses"),
            hidden_test_sha256=_text(body, "hidden_test_sha256", 64),
            gate_test_sha256=_gate_test(body),
            base=_base(body.get("base")),
            recipe=_mapping(body, "recipe"),
            classes=_texts(body, "classes"),
            n_features=_whole(body, "n_features"),
            minimum_gain_units=_whole(body, "minimum_gain_units"),
            seed=_whole(body, "seed"),
            pay_on=body.get("pay_on", VALUE),
            owner_cap=_part(body, "owner_cap"),
            dispute_seconds=_whole(body, "dispute_seconds"),
            semivalue=body.get("semivalue", SHAPLEY),
            merge=MergeRules.from_body(body.get("merge", {})),
        )
        spec._check()
        return spec

    def to_body(self) -> dict[str, Any]:
        """Return the JSON body that a sponsor signs; large integers as strings.

        Options of payment are named only where they are chosen: a task that was signed before
        there were any reads back to the same bytes.
        """
        chosen: dict[str, Any] = {} if self.pay_on == VALUE else {"pay_on": self.pay_on}
        chosen |= {} if self.owner_cap is None else {"owner_cap": str(self.owner_cap)}
        chosen |= {"dispute_seconds": self.dispute_seconds} if self.dispute_seconds else {}
        chosen |= {} if self.semivalue == SHAPLEY else {"semivalue": self.semivalue}
        chosen |= {"merge": merge} if (merge := self.merge.to_body()) else {}
        chosen |= {"gate_test_sha256": self.gate_test_sha256} if self.gate_test_sha256 else {}
        return chosen | {
            "id": self.id,
            "title": self.title,
            "kind": self.kind,
            "metric": self.metric,
            "licenses": list(self.licenses),
            "hidden_test_sha256": self.hidden_test_sha256,
            "base": None if self.base is None else dict(self.base),
            "recipe": dict(self.recipe),
            "classes": list(self.classes),
            "n_features": self.n_features,
            "minimum_gain_units": str(self.minimum_gain_units),
            "seed": str(self.seed),
        }

    def _check(self) -> None:
        if _ID.fullmatch(self.id) is None:
            raise InvalidInputError(
                f"{self.id!r} is no task id", wanted="lower-case letters, digits and hyphens"
            )
        if self.kind not in KINDS:
            raise InvalidInputError(f"no task kind is {self.kind!r}", wanted=" or ".join(KINDS))
        kind = KINDS[self.kind]
        if self.metric not in kind.metrics:
            raise InvalidInputError(
                f"a {self.kind} task is not measured by {self.metric!r}",
                wanted=" or ".join(kind.metrics),
            )
        if _SHA256.fullmatch(self.hidden_test_sha256) is None:
            raise InvalidInputError("hidden_test_sha256 is no digest", wanted="64 hex digits")
        if self.gate_test_sha256 == self.hidden_test_sha256:
            raise InvalidInputError(
                "the gate's test is the hidden test itself",
                wanted="rows that no training and no comparison is measured on",
            )
        self._check_payment()
        if not self.licenses:
            raise InvalidInputError("the task accepts no licence", wanted="one SPDX id at least")
        self._check_kind(kind)

    def _check_payment(self) -> None:
        if self.pay_on not in (VALUE, LOWER_BOUND):
            raise InvalidInputError(
                f"no task pays on {self.pay_on!r:.40}", wanted=f"{VALUE!r} or {LOWER_BOUND!r}"
            )
        if self.dispute_seconds > MAX_DISPUTE_SECONDS:
            raise InvalidInputError(
                f"a window of {self.dispute_seconds} s is longer than a year",
                wanted=f"dispute_seconds of at most {MAX_DISPUTE_SECONDS}",
            )
        if self.semivalue not in (SHAPLEY, BANZHAF):
            raise InvalidInputError(
                f"no task pays by the semivalue {self.semivalue!r:.40}",
                wanted=f"{SHAPLEY!r} or {BANZHAF!r}",
            )
        if self.semivalue == BANZHAF and self.minimum_gain_units:
            # Only Shapley values sum to what all owners gain together.
            raise InvalidInputError(
                "Banzhaf values do not sum to the gain, so no minimum can be asked of their sum",
                wanted=f"minimum_gain_units of 0, or {SHAPLEY!r}",
            )

    def _check_kind(self, kind: Kind) -> None:
        if kind.base == "always" and self.base is None:
            raise InvalidInputError(
                f"a {self.kind} task names no base model",
                wanted='base = {"name", "digest"}',
                next_step="import a model first",
            )
        if kind.base == "never" and self.base is not None:
            raise InvalidInputError(
                f"a {self.kind} task has no base model", wanted="no base", next_step="leave it out"
            )
        if kind.has_classes and not 2 <= len(set(self.classes)) == len(self.classes):
            raise InvalidInputError("the task names no classes", wanted="two different ones")
        cheap = self.recipe.get("utility")
        if cheap is not None and cheap not in kind.utilities:
            raise InvalidInputError(
                f"coalitions of a {self.kind} task are not evaluated by {cheap!r:.40}",
                wanted=" or ".join(map(repr, kind.utilities)) or "no recipe.utility",
            )
        if kind.rows == "translation" and "template" in self.recipe:
            check_template(self.recipe["template"])
        if kind.rows == "table" and self.n_features < 1:
            raise InvalidInputError("the task has no features", wanted="n_features of at least 1")
        if self.merge.seeds > 1 and self.metric == "accuracy":
            raise InvalidInputError(
                "accuracy is tested by the items of one training", wanted="merge.seeds of 1"
            )
        if kind.rows == "table" and self.merge.documents == BY_SOURCE:
            raise InvalidInputError(
                "rows of a table name no source", wanted=f"merge.documents of {BY_ROW!r}"
            )


def _text(body: Mapping[str, Any], name: str, limit: int) -> str:
    value = body[name]
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise InvalidInputError(f"the task's {name} is {value!r:.80}", wanted=f"1-{limit} letters")
    return value


def _gate_test(body: Mapping[str, Any]) -> str:
    digest = body.get("gate_test_sha256", "")
    if digest and (not isinstance(digest, str) or _SHA256.fullmatch(digest) is None):
        raise InvalidInputError("gate_test_sha256 is no digest", wanted="64 hex digits")
    return str(digest or "")


def _texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name, [])
    if not isinstance(value, list | tuple) or not all(isinstance(x, str) and x for x in value):
        raise InvalidInputError(f"the task's {name} is {value!r:.80}", wanted="a list of texts")
    return tuple(value)


def _mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"the task's {name} is {value!r:.80}", wanted="an object")
    return value


def _base(value: object) -> Mapping[str, str] | None:
    match value:
        case None:
            return None
        case {"name": str(name), "digest": str(digest), **rest} if _SHA256.fullmatch(digest):
            match rest:
                case {"license": str(license), **more} if not more and (
                    parse_license(license) == license
                ):
                    return {"name": name, "digest": digest, "license": license}
                case {} if not rest:
                    return {"name": name, "digest": digest}
    raise InvalidInputError(
        f"the task's base is {value!r:.160}",
        wanted='{"name", "digest"}, and "license" where it is known, in SPDX\'s own spelling',
    )


def _whole(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name, 0)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise InvalidInputError(
            f"the task's {name} is {value!r:.80}", wanted="a whole number from 0, below 2**63"
        )
    return int(text)


def _part(body: Mapping[str, Any], name: str) -> Fraction | None:
    """Return a part of a whole, which has one spelling: two spellings would be two records."""
    value = body.get(name)
    if value is None:
        return None
    match = _PART.fullmatch(value) if isinstance(value, str) else None
    part = Fraction(int(match[1]), int(match[2])) if match else Fraction(0)
    if not 0 < part < 1 or str(part) != value:
        raise InvalidInputError(
            f"the task's {name} is {value!r:.80}",
            wanted='a fraction above 0 and below 1 in lowest terms, as "1/2"',
        )
    return part
