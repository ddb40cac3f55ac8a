"""What a task asks of whoever wants to take its champion's place, fixed when it opens."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from fractions import Fraction
from typing import Any, Final

from workbench.core.credits import MAX_AMOUNT
from workbench.core.errors import InvalidInputError
from workbench.registry.margin import Margin
from workbench.registry.merge_gate import GateRule
from workbench.registry.sure_gain import check_seeds

_PART: Final = re.compile(r"0|(?:[1-9][0-9]{0,5})/(?:[1-9][0-9]{0,5})")
_MOST: Final[Mapping[str, int]] = {
    "approvals": 100,
    "bounty_price": MAX_AMOUNT,
    "period_seconds": 10 * 366 * 24 * 60 * 60,
    "tau": 10**9,
    "gate_budget": 10_000,
    "gate_items": 10**6,
    # A comparison takes 32 models: two of each seed, and those that are compared.
    "seeds": 15,
}
_LEAST: Final[Mapping[str, int]] = {"period_seconds": 1, "gate_budget": 1, "seeds": 1}
_PARTS: Final = ("margin_start", "margin_end")

BY_ROW: Final = "row"
BY_SOURCE: Final = "source"
"""What a document is: a hidden row, or all rows of one source."""


@dataclass(frozen=True)
class MergeRules:
    """The rules of a task's proposals.

    Attributes
    ----------
    approvals : reviewers of other owner groups that have to approve, at least.
    bounty_price : µcr for each certified millionth of the metric.
    margin_start, margin_end : ε when the champion merged, and at the end of the period.
    period_seconds : in which ε falls.
    tau : by how much a slice may be worse, in millionths of the metric.
    gate_budget : gates that the hidden test serves.
    gate_items : documents of the hidden test that a gate draws; 0 takes all of them.
    seeds : with how many both recipes are trained again for a gate: 1, the models as they are,
        or 7 to 15.
    documents : ``"row"``, or ``"source"`` where rows of one source are alike: they are drawn
        together then, and p and gain know it.
    """

    approvals: int = 1
    bounty_price: int = 0
    margin_start: Fraction = Fraction(5, 100)
    margin_end: Fraction = Fraction(1, 100)
    period_seconds: int = 30 * 24 * 60 * 60
    tau: int = 10_000
    gate_budget: int = 100
    gate_items: int = 0
    seeds: int = 1
    documents: str = BY_ROW
    _rule: GateRule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        margin = Margin(self.margin_start, self.margin_end, timedelta(seconds=self.period_seconds))
        if self.seeds != 1:
            check_seeds(self.seeds)
        object.__setattr__(self, "_rule", GateRule(margin=margin, tau=self.tau))

    @classmethod
    def from_body(cls, value: object) -> "MergeRules":
        """Read and check the field ``merge`` of a task.

        Raises
        ------
        InvalidInputError
            It is no object, or a rule is unknown or not what it must be; the message names it.
        """
        if not isinstance(value, Mapping):
            raise InvalidInputError(f"the task's merge is {value!r:.80}", wanted="an object")
        known = (*_MOST, *_PARTS, "documents")
        if unknown := set(value) - set(known):
            raise InvalidInputError(
                f"merging has no rule {min(unknown, key=str)!r:.40}", wanted=", ".join(known)
            )
        return cls(**{name: _read(name, rule) for name, rule in value.items()})

    def to_body(self) -> dict[str, Any]:
        """Return what was chosen of it: rules that are the usual ones go without saying."""
        usual = MergeRules()
        return {
            one.name: str(rule) if isinstance(rule, Fraction) else _out(one.name, rule)
            for one in fields(self)
            if one.init and (rule := getattr(self, one.name)) != getattr(usual, one.name)
        }

    @property
    def gate(self) -> GateRule:
        """What a challenger has to show."""
        return self._rule


def _out(name: str, rule: int) -> int | str:
    # What may pass 2**53 travels as a text.
    return str(rule) if name == "bounty_price" else rule


def _read(name: str, value: object) -> Any:
    if name == "documents":
        if value not in (BY_ROW, BY_SOURCE):
            raise InvalidInputError(
                f"the task's merge.documents is {value!r:.80}",
                wanted=f"{BY_ROW!r} or {BY_SOURCE!r}",
            )
        return value
    return _part(name, value) if name in _PARTS else _whole(name, value)


def _whole(name: str, value: object) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    least, most = _LEAST.get(name, 0), _MOST[name]
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        text = ""
    if not text or not least <= int(text) <= most:
        raise InvalidInputError(
            f"the task's merge.{name} is {value!r:.80}",
            wanted=f"a whole number from {least} to {most}",
        )
    return int(text)


def _part(name: str, value: object) -> Fraction:
    """Return a part of the champion's loss, which has one spelling."""
    part = Fraction(value) if isinstance(value, str) and _PART.fullmatch(value) else Fraction(-1)
    if not 0 <= part < 1 or str(part) != value:
        raise InvalidInputError(
            f"the task's merge.{name} is {value!r:.80}",
            wanted='a fraction from 0 and below 1 in lowest terms, as "1/20"',
        )
    return part
