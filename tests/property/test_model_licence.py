"""Laws of combining licences: no order matters, and more data never makes a model freer."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.registry.licence_terms import PASSES_INTO, TERMS, Terms
from workbench.registry.model_licence import ModelLicence, model_licence

SINGLE = st.sampled_from([*sorted(TERMS), "LicenseRef-a"])
TEXTS = st.recursive(
    SINGLE, lambda part: st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(
        lambda three: f"({' '.join(three)})"
    ), max_leaves=4,
).filter(lambda text: len(text) <= 200)  # fmt: skip
LISTS = st.lists(TEXTS, max_size=5)
NOTHING = ModelLicence()


@given(LISTS, LISTS, LISTS)
def test_combining_is_associative_commutative_and_idempotent(
    one: list[str], two: list[str], three: list[str]
) -> None:
    a, b, c = map(model_licence, (one, two, three))
    assert (a | b) | c == a | (b | c) == model_licence(three + two + one)
    assert a | b == b | a
    assert a | a == a == a | NOTHING


@given(LISTS, LISTS)
def test_more_data_never_makes_a_model_freer(one: list[str], two: list[str]) -> None:
    a, both = model_licence(one), model_licence(one + two)
    assert both.terms >= a.terms
    assert set(a.clashes) <= set(both.clashes)
    assert both.terms == max(a.terms, model_licence(two).terms)
    if a.licences and not a.expression:
        assert not both.expression


@given(LISTS)
def test_a_model_is_passed_on_under_licences_of_its_data(texts: list[str]) -> None:
    found = model_licence(texts)
    if found.expression:
        named = set(found.expression.split(" AND "))
        assert named <= found.licences
        assert max(TERMS.get(one, Terms.NOT_LISTED) for one in named) == found.terms


def test_what_passes_into_another_asks_no_less_there() -> None:
    for one, others in PASSES_INTO.items():
        assert all(TERMS[other] >= TERMS[one] for other in others)
