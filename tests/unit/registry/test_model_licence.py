"""What a model comes under: the most restrictive wins, and what clashes is named."""

import pytest
from license_expression import get_spdx_licensing

from workbench.core.errors import InvalidInputError
from workbench.registry.licence_terms import CLASHES, PASSES_INTO, TERMS, Terms
from workbench.registry.model_licence import explained_clashes, model_licence, refuse_no_derivatives


def test_every_licence_of_the_tables_is_one_of_spdx() -> None:
    named = set(TERMS) | set(PASSES_INTO) | {one for pair in CLASHES for one in pair}
    named |= {one for others in PASSES_INTO.values() for one in others}
    symbols = get_spdx_licensing().known_symbols
    assert {name for name in named if name not in symbols} == set()
    assert named <= set(TERMS)


def test_every_term_is_said_in_words() -> None:
    assert len({terms.words for terms in Terms}) == len(Terms)


@pytest.mark.parametrize(
    ("licences", "expression", "terms"),
    [
        (["CC0-1.0"], "CC0-1.0", Terms.PUBLIC_DOMAIN),
        (["CC0-1.0", "MIT"], "MIT", Terms.PERMISSIVE),
        (["MIT", "CC-BY-4.0", "CC0-1.0"], "CC-BY-4.0", Terms.ATTRIBUTION),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0", Terms.SHARE_ALIKE),
        (["CC-BY-SA-3.0", "CC-BY-SA-4.0"], "CC-BY-SA-4.0", Terms.SHARE_ALIKE),
        (["CC-BY-SA-4.0", "GPL-3.0-only"], "GPL-3.0-only", Terms.SHARE_ALIKE),
        (["GPL-2.0-or-later", "GPL-3.0-only"], "GPL-3.0-only", Terms.SHARE_ALIKE),
        (["CC-BY-4.0", "CC-BY-NC-4.0"], "CC-BY-NC-4.0", Terms.NON_COMMERCIAL),
        (["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"], "CC-BY-NC-SA-4.0", Terms.NON_COMMERCIAL_SHARE_ALIKE),
        (["MPL-2.0", "MIT"], "MPL-2.0", Terms.WEAK_COPYLEFT),
        (["MIT", "Apache-2.0"], "Apache-2.0 AND MIT", Terms.PERMISSIVE),
        (["MIT", "LicenseRef-x", "CC-BY-4.0"], "CC-BY-4.0 AND LicenseRef-x", Terms.NOT_LISTED),
        (["GPL-3.0-only OR CC-BY-4.0"], "CC-BY-4.0", Terms.ATTRIBUTION),
        (["MIT OR (CC0-1.0 AND CC-BY-4.0)"], "MIT", Terms.PERMISSIVE),
        (["GPL-2.0-only WITH Classpath-exception-2.0"],
         "GPL-2.0-only WITH Classpath-exception-2.0", Terms.SHARE_ALIKE),
        (["CC-BY-ND-4.0", "MIT"], "", Terms.NO_DERIVATIVES),
        (["MIT WITH love"], "LicenseRef-unreadable", Terms.NOT_LISTED),
        (["MIT", "NOASSERTION"], "NOASSERTION", Terms.UNKNOWN),
        (["CC-BY-ND-4.0", "NOASSERTION"], "", Terms.NO_DERIVATIVES),
        ([], "", Terms.PUBLIC_DOMAIN),
    ],
)  # fmt: skip
def test_the_most_restrictive_wins(licences: list[str], expression: str, terms: Terms) -> None:
    found = model_licence(licences)
    assert (found.expression, found.terms) == (expression, terms)
    assert found.clashes == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-NC-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-NC-4.0", "GPL-3.0-only"),
        ("GPL-2.0-only", "GPL-3.0-only"),
        ("Apache-2.0", "GPL-2.0-only"),
        ("CC-BY-SA-1.0", "CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "ODbL-1.0"),
    ],
)
def test_what_cannot_be_met_together_is_named(one: str, other: str) -> None:
    found = model_licence([other, "CC0-1.0", one])
    assert found.clashes == [(one, other)]
    assert found.expression == ""
    assert found.to_json()["clashes"] == [[one, other]]


def test_a_clash_says_whose_licences_they_are_and_why() -> None:
    works = [
        ("the base model m", "Apache-2.0"), ("the data of ana", "GPL-2.0-only"),
        ("the data of ben", "CC-BY-4.0"), ("the data of eva", "GPL-2.0-only"),
    ]  # fmt: skip
    [said] = explained_clashes(works)
    assert said.startswith(
        "Apache-2.0 of the base model m and GPL-2.0-only of the data of ana and the data of eva "
        "cannot be met together: the one sets conditions"
    )
    assert explained_clashes([*works[:1], ("the data of ben", "")]) == []


def test_nothing_is_trained_under_a_licence_without_derivatives() -> None:
    refuse_no_derivatives(["CC-BY-4.0", "MIT OR CC-BY-ND-4.0"])
    with pytest.raises(
        InvalidInputError, match=r"CC-BY-NC-ND-4\.0 allows no adaptations"
    ) as caught:
        refuse_no_derivatives(["MIT", "CC-BY-NC-ND-4.0"])
    assert caught.value.facts["licenses"] == ["CC-BY-NC-ND-4.0"]
