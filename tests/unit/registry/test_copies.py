"""A copy has the weights of an earlier model, or its answers."""

from fractions import Fraction

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.copies import ProbedModel, agreement, find_copy


def model(name: str, digest: str, n_changed: int = 0, n_items: int = 2000) -> ProbedModel:
    answers = [f"{name} {k}" if k < n_changed else f"{k}" for k in range(n_items)]
    return ProbedModel(name, digest * 64, answers)


CHAMPION = model("champion", "a")


@pytest.mark.parametrize(("n_changed", "is_copy"), [(0, True), (2, True), (3, False)])
def test_two_of_two_thousand_other_answers_are_still_a_copy(n_changed: int, is_copy: bool) -> None:
    found = find_copy(model("other", "b", n_changed), [CHAMPION])
    assert (found is not None) == is_copy
    if found:
        assert found.agreement == 1 - Fraction(n_changed, 2000)
        assert "the same answers as champion on " in str(found)


def test_the_same_weights_go_first_whatever_they_answer() -> None:
    found = find_copy(model("other", "b"), [CHAMPION, model("twin", "b", 2000)])
    assert str(found) == "the same weights as twin"


def test_of_several_the_earliest_is_named() -> None:
    found = find_copy(model("other", "b"), [CHAMPION, model("second", "c")])
    assert found is not None
    assert found.of == "champion"


def test_the_first_model_is_nobodys_copy() -> None:
    assert find_copy(CHAMPION, []) is None


@pytest.mark.parametrize("answers", [[], ["1"]])
def test_another_probe_set_is_refused(answers: list[str]) -> None:
    with pytest.raises(InvalidInputError, match=f"{len(answers)} and 2 answers"):
        agreement(answers, ["1", "2"])
