"""The licence that a model comes under: of all that it was made from, the most restrictive wins.

========== ====================================================================================
``A AND B``  both apply
``A OR B``   the milder is chosen; of equals the first by name
``A WITH X`` what A asks, since exceptions only permit more
========== ====================================================================================

Licences are combined as sets, so that neither order nor grouping matters, and adding data never
makes a model freer. Two licences clash where each asks for itself alone: both want to be passed
on unchanged, or one forbids commercial use while the other forbids any further restriction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from workbench.core.errors import InvalidInputError
from workbench.core.licence import NOASSERTION
from workbench.registry.licence import chosen_licences
from workbench.registry.licence_terms import CLASHES, PASSES_INTO, TERMS, Terms

UNREADABLE: Final = "LicenseRef-unreadable"
_MOST_NAMED: Final = 5
_SHARING: Final = frozenset({Terms.SHARE_ALIKE, Terms.NON_COMMERCIAL_SHARE_ALIKE})


@dataclass(frozen=True)
class ModelLicence:
    """What a model comes under.

    Attributes
    ----------
    licences : single SPDX licences of all that it was made from.
    """

    licences: frozenset[str] = frozenset()

    def __or__(self, other: "ModelLicence") -> "ModelLicence":
        """Return what a model comes under that was made from both."""
        return ModelLicence(self.licences | other.licences)

    @property
    def terms(self) -> Terms:
        """What the strictest of them asks."""
        return max(map(_terms, self.licences), default=Terms.PUBLIC_DOMAIN)

    @property
    def clashes(self) -> list[tuple[str, str]]:
        """Pairs of licences that no model can meet together, in order of their names."""
        return [pair for pair in combinations(sorted(self.licences), 2) if _clash(*pair)]

    @property
    def expression(self) -> str:
        """Under which licence the model may be passed on; empty if there is none.

        Nothing was made from anything, some licences clash, or one allows no adaptations.
        ``NOASSERTION`` where it was made from something whose licence nobody has named.
        """
        if self.clashes or self.terms is Terms.NO_DERIVATIVES:
            return ""
        if NOASSERTION in self.licences:
            return NOASSERTION
        unread = {one for one in self.licences if _terms(one) is Terms.NOT_LISTED}
        listed = self.licences - unread
        strictest = max(map(_terms, listed), default=None)
        top = {one for one in listed if _terms(one) is strictest}
        kept = {one for one in top if not (PASSES_INTO.get(one, frozenset()) & (top - {one}))}
        return " AND ".join(sorted(kept | unread))

    def to_json(self) -> dict[str, Any]:
        """Return it for a run's details."""
        return {
            "expression": self.expression,
            "terms": self.terms.words,
            "licences": sorted(self.licences),
            "clashes": [list(pair) for pair in self.clashes],
        }


def model_licence(expressions: Iterable[str]) -> ModelLicence:
    """Return what a model comes under that was made from works under these licences.

    What is no SPDX expression, as in a record from elsewhere, counts as ``UNREADABLE``.
    """
    found: frozenset[str] = frozenset()
    for text in expressions:
        if text == NOASSERTION:
            found |= {NOASSERTION}
            continue
        try:
            found |= chosen_licences(text, _strictness)
        except InvalidInputError:
            found |= {UNREADABLE}
    return ModelLicence(found)


def refuse_no_derivatives(licences: Iterable[str]) -> None:
    """Refuse licences under which nothing may be trained.

    Raises
    ------
    InvalidInputError
        One of them allows no adaptations.
    """
    bad = sorted(
        one for one in model_licence(licences).licences if _terms(one) is Terms.NO_DERIVATIVES
    )
    if bad:
        raise InvalidInputError(
            f"{' and '.join(bad)} allows no adaptations, and a model is taken for one",
            wanted="licences under which a model may be trained, such as CC-BY-4.0",
            next_step=f"leave out {' and '.join(bad)}, or ask for another licence",
            reason="no-derivatives",
            licenses=bad,
        )


def explained_clashes(works: Sequence[tuple[str, str]]) -> list[str]:
    """Return a sentence a clash: which licences, of which works, and why no model meets both.

    Parameters
    ----------
    works : what each is called, and the SPDX expression it comes under.
    """
    whose: dict[str, frozenset[str]] = {}
    for name, expression in works:
        under = model_licence([expression] if expression else [])
        whose[name] = whose.get(name, frozenset()) | under.licences
    said = []
    for one, other in model_licence(expression for _, expression in works if expression).clashes:
        first, second = (
            f"{licence} of {_listed([name for name, under in whose.items() if licence in under])}"
            for licence in (one, other)
        )
        said.append(f"{first} and {second} cannot be met together: {_why(one, other)}")
    return said


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return " and ".join([*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _why(one: str, other: str) -> str:
    if frozenset({one, other}) in CLASHES:
        return "the one sets conditions that the other does not allow to be added"
    if {_terms(one), _terms(other)} <= _SHARING:
        return "each wants what is made from it to be passed on under itself alone"
    return "one forbids commercial use, the other forbids any further restriction"


def _terms(licence: str) -> Terms:
    if licence == NOASSERTION:
        return Terms.UNKNOWN
    return TERMS.get(licence.partition(" WITH ")[0], Terms.NOT_LISTED)


def _strictness(licences: frozenset[str]) -> int:
    return max(map(_terms, licences))


def _clash(one: str, other: str) -> bool:
    if frozenset({one, other}) in CLASHES:
        return True
    terms = {_terms(one), _terms(other)}
    if terms <= _SHARING:
        may = PASSES_INTO.get(one, frozenset()) | PASSES_INTO.get(other, frozenset())
        return not may & {one, other}
    return terms == {Terms.SHARE_ALIKE, Terms.NON_COMMERCIAL}
